// SPDX-License-Identifier: Apache-2.0
// What convicts, byte for byte as real clients and pools send it.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "stratum_flow.h"

namespace davylamp::test {
namespace {

constexpr int kBitcoin = DAVY_DIALECT_BITCOIN, kCryptonote = DAVY_DIALECT_CRYPTONOTE,
              kEthereum = DAVY_DIALECT_ETHEREUM;

const std::string kWallet = wallet(95);
const std::string kHash = "\"0x" + hex(64) + "\"";

TEST(StratumWords, EachHashIsThatOfItsText)
{
    int rows = 0;
    auto check = [&](std::uint64_t expected, int word, std::string_view text) {
        std::uint64_t hash = DAVY_HASH_BEGIN;
        for (char c : text)
            hash = davy_hash_step(hash, static_cast<std::uint8_t>(c));
        EXPECT_EQ(hash, expected) << text;
        EXPECT_EQ(davy_stratum_word(hash), word) << text;
        rows++;
    };
#define ROW(hash, word, text) check(hash, word, text);
    DAVY_STRATUM_WORDS(ROW)
#undef ROW
    EXPECT_EQ(rows, 44);
    EXPECT_EQ(davy_stratum_word(DAVY_HASH_BEGIN), DAVY_WORD_NONE);
}

// A flow convicts with the last byte of `until`, not before.
struct Catch {
    std::string client, until, rest;
    int dialect;
    std::vector<std::string> tokens; // never whole at the pool, however small the writes
};

std::vector<Catch> requests()
{
    const std::string half = kWallet.substr(0, 90), end = kWallet.substr(90);
    return {
        {"xmrig login",
         R"({"id":1,"jsonrpc":"2.0","method":"login","params":{"login":")" + half,
         end +
             R"(","pass":"x","agent":"XMRig/6.26.0 (Linux x86_64) libuv/1.44.2 gcc/12.2.0","rigid":"r","algo":["cn/0","rx/0"]}})"
             "\n",
         kCryptonote,
         {"login", kWallet.substr(0, 1)}},
        {"xmrig login by name",
         R"({"id":1,"jsonrpc":"2.0","method":"login","params":{"login":"u","pass")",
         R"(:"x","agent":"XMRig/6.26.0","mode":"self-select","algo":["rx/0"]}})"
         "\n",
         kCryptonote,
         {"login"}},
        {"xmrig donation",
         R"({"id":1,"jsonrpc":"2.0","method":"login","params":{"login":")" + hex(64) +
             R"(","pass")",
         R"(:"x","agent":"XMRig/6.26.0","algo":["rx/0"],"diff":1,"height":2,"seed_hash":"00"}})"
         "\n",
         kCryptonote,
         {"login"}},
        {"xmrig submit",
         R"({"id":2,"jsonrpc":"2.0","method":"submit","params":{"id":"7f3a","job_id":"0001","nonce")",
         R"(:"12345678","result":")" + hex(64) +
             R"(","algo":"rx/0"}})"
             "\n",
         kCryptonote,
         {}},
        {"xmrig block_template",
         R"({"id":4,"jsonrpc":"2.0","method":"block_template","params":{"id":"7f3a","job_id")",
         R"(:"0001","blob":"00","height":1}})"
         "\n",
         kCryptonote,
         {}},
        {"xmrig gr subscribe",
         R"({"id":1,"jsonrpc":"2.0","method":"mining.subscribe","params")",
         R"~(:["XMRig/6.26.0 (Linux x86_64)"]})~"
         "\n"
         R"({"id":2,"jsonrpc":"2.0","method":"mining.authorize","params":["user","pass"]})"
         "\n",
         kBitcoin,
         {"mining.authorize"}},
        {"xmrig gr submit",
         R"({"id":3,"jsonrpc":"2.0","method":"mining.submit","params")",
         R"(:["user","job","00","01","02"]})"
         "\n",
         kBitcoin,
         {"mining.submit"}},
        {"MoneroOcean's xmrig",
         R"({"id":1,"jsonrpc":"2.0","method":"login","params":{"login":")" + half,
         end +
             R"(","pass":"x","agent":"XMRig/6.26.0-mo1","algo":["rx/0"],"algo-perf":{"rx/0":1.0}}})"
             "\n",
         kCryptonote,
         {"login", kWallet.substr(0, 1)}},
        {"xmr-stak",
         R"({"method":"login","params":{"login":")" + half,
         end + R"(","pass":"x","rigid":"","agent":"xmr-stak/2.10"},"id":1})"
               "\n",
         kCryptonote,
         {"login", kWallet.substr(0, 1)}},
        {"cpuminer subscribe",
         R"({"id": 1, "method": "mining.subscribe", "params")",
         R"(: ["cpuminer/2.5.1"]})"
         "\n",
         kBitcoin,
         {"mining.subscribe"}},
        {"cpuminer authorize",
         R"({"id": 2, "method": "mining.authorize", "params")",
         R"(: ["u", "p"]})"
         "\n",
         kBitcoin,
         {"mining.authorize"}},
        {"cpuminer submit",
         R"({"method": "mining.submit", "params")",
         R"(: ["u", "job", "00", "01", "02"], "id":4})"
         "\n",
         kBitcoin,
         {"mining.submit"}},
        {"cpuminer-opt extranonce",
         R"({"id": 3, "method": "mining.extranonce.subscribe", "params")",
         R"(: []})"
         "\n",
         kBitcoin,
         {"mining.extranonce.subscribe"}},
        {"cpuminer-opt difficulty",
         R"({"id": 1, "method": "mining.suggest_difficulty", "params")",
         R"(: ["0.100000"]})"
         "\n",
         kBitcoin,
         {"mining.suggest_difficulty"}},
        {"ccminer login",
         R"({"method":"login","params":{"login":"u","pass")",
         R"(:"x","agent":"ccminer/2.3.1"},"id":2})"
         "\n",
         kCryptonote,
         {"login"}},
        {"cgminer configure",
         R"({"id": 0, "method": "mining.configure", "params")",
         R"(: [["version-rolling"], {"version-rolling.mask": "ffffffff"}]})"
         "\n",
         kBitcoin,
         {"mining.configure"}},
        {"cgminer submit, method last",
         R"({"params": ["u.1", "5a1f", "00000000", "5e2c3a41", "7c3b1a09"], "id": 7, "method": "mining.submit")",
         R"(})"
         "\n",
         kBitcoin,
         {"mining.submit"}},
        {"ethminer hello",
         R"({"id":1,"method":"mining.hello","params")",
         R"(:{"agent":"ethminer","host":"pool","port":"0d05","proto":"EthereumStratum/2.0.0"}})"
         "\n",
         kBitcoin,
         {"mining.hello"}},
        {"ethminer 1.0.0",
         R"({"id":1,"method":"mining.subscribe","params")",
         R"(:["ethminer/0.19","EthereumStratum/1.0.0"]})"
         "\n",
         kBitcoin,
         {"mining.subscribe"}},
        {"ethminer eth_submitLogin",
         R"({"id":1,"method":"eth_submitLogin","params")",
         R"(:["0x)" + hex(40) +
             R"("],"worker":"rig"})"
             "\n",
         kEthereum,
         {"eth_submitLogin"}},
        {"ethminer eth_getWork",
         R"({"id":5,"method":"eth_getWork","params")",
         ":[]}\n",
         kEthereum,
         {"eth_getWork"}},
        {"ethminer eth_submitWork",
         R"({"id":40,"method":"eth_submitWork","params")",
         R"(:["0x00","0x01","0x02"]})"
         "\n",
         kEthereum,
         {"eth_submitWork"}},
        {"ethminer eth_submitHashrate",
         R"({"id":9,"method":"eth_submitHashrate","params")",
         R"(:["0x1","0x2"]})"
         "\n",
         kEthereum,
         {"eth_submitHashrate"}},
        {"eth_login",
         R"({"id":1,"method":"eth_login","params")",
         R"(:["0x"]})",
         kEthereum,
         {"eth_login"}},
        {"Claymore, method last",
         R"({"worker": "eth1.0", "jsonrpc": "2.0", "params": ["0x)" + hex(40) +
             R"(/rig/mail", "x"], "id": 2, "method": "eth_submitLogin")",
         "}\n",
         kEthereum,
         {"eth_submitLogin"}},
        {"EWBF",
         R"({"id":1,"method":"mining.subscribe","params")",
         R"(:["EWBF 0.3.4b",null,"host","3333"]})"
         "\n",
         kBitcoin,
         {"mining.subscribe"}},
        {"coin-hive-stratum: no agent",
         R"({"id":1,"method":"login","params":{"login":"u","pass")",
         R"(:"x"}})"
         "\n",
         kCryptonote,
         {"login"}},
        {"p2pool: a wallet alone",
         R"({"id":1,"method":"login","params":{"login":")" + half,
         end + R"("}})"
               "\n",
         kCryptonote,
         {"login", kWallet.substr(0, 1)}},
        {"a wallet and its worker",
         R"({"id":1,"method":"login","params":{"login":")" + half,
         end + R"(.rig-0+1000"}})"
               "\n",
         kCryptonote,
         {"login"}},
        {"Beam",
         R"({"method":"login","api_key")",
         R"(:"k","id":"login","jsonrpc":"2.0"})"
         "\n",
         kCryptonote,
         {"login"}},
    };
}

std::vector<Catch> answers()
{
    return {
        {"CryptoNote login reply",
         R"({"id":1,"jsonrpc":"2.0","error":null,"result":{"id":"7f3a","job":{"blob":")" +
             hex(152) + R"(","job_id":"0001","target")",
         R"(:"b88d0600","algo":"rx/0","height":1,"seed_hash":")" + hex(64) +
             R"("},"extensions":["algo"],"status":"OK"}})"
             "\n",
         kCryptonote,
         {}},
        {"CryptoNote job",
         R"({"jsonrpc":"2.0","method":"job","params":{"blob":")" + hex(152) +
             R"(","job_id":"0001","target")",
         R"(:"b88d0600"}})"
         "\n",
         kCryptonote,
         {}},
        {"self-select job, method last",
         R"({"params":{"target":"b88d0600","pool_wallet":"4","extra_nonce":"00","job_id":"0001"},"method":"job")",
         "}\n",
         kCryptonote,
         {}},
        {"subscribe reply",
         R"({"id":1,"result":[[["mining.set_difficulty")",
         R"(,"1"],["mining.notify","1"]],"00000001",4],"error":null})"
         "\n",
         kBitcoin,
         {}},
        {"subscribe reply, flat pair",
         R"({"error":null,"id":1,"result":[["mining.notify")",
         R"(,"ae68","EthereumStratum/1.0.0"],"080c"]})"
         "\n",
         kBitcoin,
         {}},
        {"set_difficulty",
         R"({"id":null,"method":"mining.set_difficulty","params")",
         ":[1]}\n",
         kBitcoin,
         {}},
        {"notify, method last",
         R"({"params":["job",")" + hex(64) + R"(",[],true],"id":null,"method":"mining.notify")",
         R"(})"
         "\n",
         kBitcoin,
         {}},
        {"notify in another case",
         R"({"id":null,"method":"Mining.Notify","params")",
         ":[]}\n",
         kBitcoin,
         {}},
        {"reconnect",
         R"({"id":null,"method":"client.reconnect","params")",
         R"(:["host",3333,0]})",
         kBitcoin,
         {}},
        {"show_message", R"({"params":["hi"],"method":"client.show_message")", "}", kBitcoin, {}},
        {"get_version", R"({"id":1,"method":"client.get_version","params")", ":[]}", kBitcoin, {}},
        {"EthProxy work",
         R"({"jsonrpc":"2.0","id":0,"result":[)" + kHash + "," + kHash + "," + kHash + "]",
         "}\n",
         kEthereum,
         {}},
        {"EthProxy work with block number",
         R"({"result":[)" + kHash + " ,\t" + kHash + " , " + kHash + R"(,"0x1b4"])",
         "}\n",
         kEthereum,
         {}},
    };
}

TEST(Stratum, ConvictsEachClientAtTheByteThatTells)
{
    for (const Catch& c : requests()) {
        Reading before =
            read_whole(std::string_view(c.until).substr(0, c.until.size() - 1), DAVY_TO_SERVER);
        EXPECT_EQ(before.verdict, DAVY_STRATUM_OPEN) << c.client;
        Reading whole = read_whole(c.until + c.rest, DAVY_TO_SERVER);
        EXPECT_EQ(whole, (Reading{DAVY_STRATUM_MATCH, c.dialect, c.until.size(), false}))
            << c.client;
        EXPECT_LE(c.until.size(), 192u) << c.client;
    }
}

TEST(Stratum, ConvictsEachPoolAtTheByteThatTells)
{
    for (const Catch& c : answers()) {
        Reading before =
            read_whole(std::string_view(c.until).substr(0, c.until.size() - 1), DAVY_TO_CLIENT);
        EXPECT_EQ(before.verdict, DAVY_STRATUM_OPEN) << c.client;
        Reading whole = read_whole(c.until + c.rest, DAVY_TO_CLIENT);
        EXPECT_EQ(whole, (Reading{DAVY_STRATUM_MATCH, c.dialect, c.until.size(), false}))
            << c.client;
    }
}

TEST(Stratum, ListensToEachDirectionForItsOwn)
{
    for (const Catch& c : answers()) {
        EXPECT_EQ(read_whole(c.until + c.rest, DAVY_TO_SERVER).verdict, DAVY_STRATUM_OPEN)
            << c.client;
    }
    for (const Catch& c : requests()) {
        EXPECT_EQ(read_whole(c.until + c.rest, DAVY_TO_CLIENT).verdict, DAVY_STRATUM_OPEN)
            << c.client;
    }
}

TEST(Stratum, OffsetsMeasuredOnTheWire)
{
    struct Case {
        std::string_view client;
        std::size_t offset;
    };
    const Case cases[] = {
        {"xmrig gr subscribe", 60}, {"xmrig gr submit", 57},          {"cpuminer subscribe", 48},
        {"cpuminer submit", 36},    {"cgminer configure", 48},        {"ethminer hello", 40},
        {"ethminer 1.0.0", 44},     {"ethminer eth_submitLogin", 43}, {"ethminer eth_getWork", 39},
        {"xmrig login", 150},
    };
    for (const Case& c : cases) {
        bool found = false;
        for (const Catch& row : requests()) {
            if (row.client != c.client)
                continue;
            found = true;
            EXPECT_EQ(read_whole(row.until + row.rest, DAVY_TO_SERVER).offset, c.offset)
                << c.client;
        }
        EXPECT_TRUE(found) << c.client;
    }
}

TEST(Stratum, NothingLeavesOfALoginInOnePiece)
{
    for (const Catch& c : requests()) {
        Flow flow(DAVY_TO_SERVER);
        flow.segment(c.until + c.rest);
        EXPECT_EQ(flow.left(), "") << c.client;
    }
}

TEST(Stratum, NoWholeTokenLeavesHoweverSmallTheWrites)
{
    for (const Catch& c : requests()) {
        for (std::size_t size : {1, 2, 3, 7, 16, 33}) {
            Flow flow = cut(c.until + c.rest, DAVY_TO_SERVER, size);
            EXPECT_EQ(flow.reading(),
                      (Reading{DAVY_STRATUM_MATCH, c.dialect, c.until.size(), false}))
                << c.client << " by " << size;
            for (const std::string& token : c.tokens)
                EXPECT_EQ(flow.left().find('"' + token), std::string::npos)
                    << c.client << " by " << size << " let through " << flow.left();
        }
    }
}

TEST(Stratum, HoldsFromTheLastCharacterOfATellingMethod)
{
    for (std::string_view method :
         {"mining.subscribe", "mining.authorize", "mining.configure", "mining.submit",
          "mining.hello", "mining.extranonce.subscribe", "eth_submitLogin", "eth_login",
          "eth_getWork", "eth_submitWork", "eth_submitHashrate", "login"}) {
        std::string text = R"({"id":1,"method":")" + std::string(method);
        EXPECT_FALSE(read_whole(text.substr(0, text.size() - 1), DAVY_TO_SERVER).held) << text;
        EXPECT_TRUE(read_whole(text, DAVY_TO_SERVER).held) << text;
        EXPECT_TRUE(read_whole(text + R"(","x":{"y":[)", DAVY_TO_SERVER).held) << text;
        EXPECT_FALSE(read_whole(text + R"(","x":{"y":[1]}})", DAVY_TO_SERVER).held) << text;
        // The pool's side is never held: nothing of it is a secret of ours.
        EXPECT_FALSE(read_whole(text, DAVY_TO_CLIENT).held) << text;
        // A longer word is another word.
        EXPECT_FALSE(read_whole(text + "s", DAVY_TO_SERVER).held) << text;
    }
    for (std::string_view method :
         {"submit", "block_template", "server.version", "logi", "", "keepalived", "mining.",
          "mining.truck_position", "mining.notify", "mining.set_difficulty"})
        EXPECT_FALSE(read_whole(R"({"method":")" + std::string(method), DAVY_TO_SERVER).held)
            << method;
}

TEST(Stratum, HoldsTheWalletFromItsFirstCharacter)
{
    EXPECT_FALSE(read_whole(R"({"params":{"login":")", DAVY_TO_SERVER).held);
    EXPECT_TRUE(read_whole(R"({"params":{"login":"4)", DAVY_TO_SERVER).held);
    EXPECT_TRUE(read_whole(R"({"params":{"login":"4","pass":"x")", DAVY_TO_SERVER).held);
    EXPECT_TRUE(read_whole(R"({"params":{"login":"4","pass":"x"},"id":1)", DAVY_TO_SERVER).held);
    EXPECT_FALSE(read_whole(R"({"params":{"login":"4","pass":"x"},"id":1})", DAVY_TO_SERVER).held);
    EXPECT_FALSE(read_whole(R"({"params":{"user":"4","pass":"x")", DAVY_TO_SERVER).held);
    EXPECT_FALSE(read_whole(R"({"params":[{"login":"4","pass":"x")", DAVY_TO_SERVER).held);
}

TEST(Stratum, OverdueConvictsWhoseFamilyIsPlain)
{
    struct Case {
        std::string_view text;
        int dialect; // NONE: let it go
    };
    const Case cases[] = {
        {R"({"id":1,"method":"mining.subscribe")", DAVY_DIALECT_BITCOIN},
        {R"({"id":1,"method":"eth_submitLogin","params)", DAVY_DIALECT_ETHEREUM},
        {R"({"id":1,"method":"eth_login",)", DAVY_DIALECT_ETHEREUM},
        // A word that is not over.
        {R"({"id":1,"method":"mining.authorize)", DAVY_DIALECT_NONE},
        {R"({"id":1,"method":"eth_submitLogin)", DAVY_DIALECT_NONE},
        {R"({"params":{"login":"4"},"method":"login)", DAVY_DIALECT_NONE},
        // After a login alone anything may come.
        {R"({"id":1,"method":"login","params":{"login":"4)", DAVY_DIALECT_NONE},
        {R"({"id":1,"method":"login","params":{"login":"4")", DAVY_DIALECT_NONE},
        {R"({"id":1,"method":"login)", DAVY_DIALECT_NONE},
        {R"({"id":1,"method":"login","params":{)", DAVY_DIALECT_NONE},
        {R"({"id":1,"params":{"login":"4")", DAVY_DIALECT_NONE},
        {R"({"id":1,"method":"eth_getWork")", DAVY_DIALECT_NONE},
    };
    for (const Case& c : cases) {
        Flow flow = cut(c.text, DAVY_TO_SERVER, 1);
        EXPECT_TRUE(flow.reading().held) << c.text;
        EXPECT_EQ(davy_stratum_overdue(&flow.state()), c.dialect != DAVY_DIALECT_NONE) << c.text;
        if (c.dialect != DAVY_DIALECT_NONE) {
            EXPECT_EQ(flow.state().dialect, c.dialect) << c.text;
        }
    }
    for (std::string_view over : {R"({"method":"mining.hello"})", R"({"method":"mining.hellos")"})
        EXPECT_FALSE(davy_stratum_overdue(&cut(over, DAVY_TO_SERVER, 1).state())) << over;
    EXPECT_FALSE(
        davy_stratum_overdue(&cut(R"({"method":"mining.notify")", DAVY_TO_CLIENT, 1).state()));
}

TEST(Stratum, ForgivesWhatPoolsForgive)
{
    const std::string tail = R"("method":"mining.subscribe","params":[]})";
    for (const std::string& text : std::vector<std::string>{
             "\n\r\n \t\n{" + tail,
             "{ \"method\"\t:\r\n\"mining.subscribe\" ,\n \"params\" : [ ] }\r\n",
             R"({"\u006dethod":"\u006dining\u002esubscribe","\u0070arams":[]})",
             R"({"METHOD":"mining.subscribe","Params":[]})",
             R"({"m\u0045thod":"mining.subscribe","params":[]})",
             // The first of two equal keys counts in rapidjson, the last in JavaScript and Go.
             R"({"method":"x","method":"mining.subscribe","params":[]})",
             R"({"method":"mining.subscribe","method":"x","params":[]})",
             "[{" + tail + "]",
             "[ {\"method\":\"x\",\"params\":{}} , {" + tail + "]",
             "[[],[{\"x\":[]}],{" + tail,
             "{\"id\":\"\\\"}{\\\\\"," + tail,
             "{\"id\":[[[[[[[[[[[[{\"a\":[]}]]]]]]]]]]]]," + tail,
             "{\"id\":\"\xc3\xa9\\u00e9\\ud83d\\ude00\"," + tail,
             "{\"id\":NaN,'x':0x1,/**/" + tail,
             R"({"id":1,"method":"server.version","params":["x"]})"
             "\n{" +
                 tail,
             R"({"id":1}{"id":2}  [] {)" + tail,
             R"({"id":")" + std::string(100'000, 'a') + R"(",)" + tail,
             // A line that is broken within a string: every pool goes on with the next.
             "{\"id\":\"x\n{" + tail,
             "[{\"a\":{\"id\":\"x\\u00\n{" + tail,
         })
        EXPECT_EQ(read_whole(text, DAVY_TO_SERVER).verdict, DAVY_STRATUM_MATCH)
            << text.substr(0, 200);
}

TEST(Stratum, EscapesHideNoWalletFromTheHold)
{
    std::string text =
        R"({"method":"\u006cogin","params":{"\u006cogin":"\u0034)" + kWallet.substr(1) + R"("}})";
    Flow flow = cut(text, DAVY_TO_SERVER, 1);
    EXPECT_EQ(flow.reading().verdict, DAVY_STRATUM_MATCH);
    EXPECT_EQ(flow.left(), R"({"method":"\u006cogi)");
}

TEST(Stratum, ReadsNoFurtherThanItsBudget)
{
    const std::string login = R"({"method":"mining.subscribe","params":[]})";
    std::string ping;
    while (ping.size() < DAVY_STRATUM_BUDGET - 100)
        ping += R"({"id":1,"method":"server.ping","params":[]})"
                "\n";
    EXPECT_EQ(read_whole(ping + login, DAVY_TO_SERVER).verdict, DAVY_STRATUM_MATCH);
    while (ping.size() <= DAVY_STRATUM_BUDGET)
        ping += R"({"id":1,"method":"server.ping","params":[]})"
                "\n";
    EXPECT_EQ(read_whole(ping + login, DAVY_TO_SERVER),
              (Reading{DAVY_STRATUM_CLEAR, DAVY_DIALECT_NONE, DAVY_STRATUM_BUDGET, false}));
    // Deeper than any counter of ours could wrap.
    EXPECT_EQ(read_whole(std::string(DAVY_STRATUM_BUDGET + 1, '['), DAVY_TO_SERVER).verdict,
              DAVY_STRATUM_CLEAR);
}

TEST(Stratum, JudgementFollowsModeAndOrigin)
{
    struct Case {
        davy_stratum_facts facts;
        std::uint8_t mode;
        std::uint32_t verdict;
    };
    const davy_stratum_facts plain{DAVY_DIALECT_BITCOIN, DAVY_TO_SERVER, 0, 0, 48},
        midstream{DAVY_DIALECT_BITCOIN, DAVY_TO_SERVER, 1, 0, 48},
        greeting{DAVY_DIALECT_BITCOIN, DAVY_TO_CLIENT, 0, 0, 48},
        late_greeting{DAVY_DIALECT_BITCOIN, DAVY_TO_CLIENT, 1, 0, 48},
        exempt_greeting{DAVY_DIALECT_BITCOIN, DAVY_TO_CLIENT, 0, 1, 48},
        exempt{DAVY_DIALECT_BITCOIN, DAVY_TO_SERVER, 0, 1, 48},
        none{DAVY_DIALECT_NONE, DAVY_TO_SERVER, 0, 0, 48};
    const Case cases[] = {
        {plain, DAVY_MODE_OFF, DAVY_ALLOW},
        {plain, DAVY_MODE_MONITOR, DAVY_ALERT},
        {plain, DAVY_MODE_BLOCK, DAVY_DENY},
        {plain, DAVY_MODE_KILL, DAVY_KILL},
        {midstream, DAVY_MODE_OFF, DAVY_ALLOW},
        {midstream, DAVY_MODE_MONITOR, DAVY_ALERT},
        {midstream, DAVY_MODE_BLOCK, DAVY_ALERT},
        {midstream, DAVY_MODE_KILL, DAVY_ALERT},
        {exempt, DAVY_MODE_MONITOR, DAVY_ALLOW},
        {exempt, DAVY_MODE_KILL, DAVY_ALLOW},
        {none, DAVY_MODE_KILL, DAVY_ALLOW},
        // What comes in alone is reported.
        {greeting, DAVY_MODE_OFF, DAVY_ALLOW},
        {greeting, DAVY_MODE_MONITOR, DAVY_ALERT},
        {greeting, DAVY_MODE_BLOCK, DAVY_ALERT},
        {greeting, DAVY_MODE_KILL, DAVY_ALERT},
        {late_greeting, DAVY_MODE_KILL, DAVY_ALERT},
        {exempt_greeting, DAVY_MODE_KILL, DAVY_ALLOW},
    };
    for (const Case& c : cases)
        EXPECT_EQ(davy_judge_stratum(&c.facts, c.mode), c.verdict)
            << int(c.mode) << " midstream " << int(c.facts.midstream);
    EXPECT_EQ(davy_stratum_certainty(&plain), DAVY_CERTAIN);
    EXPECT_EQ(davy_stratum_certainty(&greeting), DAVY_POSSIBLE);
}

// Who passes on a message says the same bytes, whatever it lay in and however it was cut.
TEST(Stratum, KnowsAMessageAgain)
{
    const std::string login = R"({"id":1,"method":"login","params":{"login":"u","pass":"x"}})";
    const std::uint64_t message = cut(login, DAVY_TO_SERVER, 100).state().message;
    EXPECT_EQ(cut("\n{\"id\":0}\r\n " + login, DAVY_TO_SERVER, 7).state().message, message);
    EXPECT_EQ(cut(login + " more", DAVY_TO_SERVER, 1).state().message, message);
    std::string other = login;
    other[6] = '2';
    EXPECT_NE(cut(other, DAVY_TO_SERVER, 100).state().message, message);
    EXPECT_NE(cut(" [" + login, DAVY_TO_SERVER, 100).state().message, message);
}

} // namespace
} // namespace davylamp::test
