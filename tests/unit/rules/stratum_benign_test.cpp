// SPDX-License-Identifier: Apache-2.0
// Protocols that share Stratum's words, framing or shape. None is convicted, in one piece or byte
// by byte, and all that was sent has arrived when the messages are over.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>

#include "stratum_flow.h"

namespace davylamp::test {
namespace {

struct Twin {
    std::string_view what;
    std::string text;
    int verdict; // OPEN: it talks on in JSON; CLEAR: it is plainly something else
};

void expect_silence(const Twin& twin, std::uint8_t direction)
{
    for (std::size_t size : {std::size_t{1}, std::size_t{5}, twin.text.size()}) {
        Flow flow = cut(twin.text, direction, size);
        Reading reading = flow.reading();
        EXPECT_EQ(reading.verdict, twin.verdict) << twin.what << " by " << size;
        EXPECT_FALSE(reading.held) << twin.what << " by " << size;
        EXPECT_EQ(flow.left(), twin.text) << twin.what << " by " << size;
    }
}

const std::string kLogin = R"({"id":1,"method":"login","params":{"login":"u","pass":"x"}})";

TEST(StratumTwins, ClientsThatShareTheWords)
{
    const Twin twins[] = {
        {"Electrum",
         R"({"id":0,"method":"server.version","params":["electrum/4.5","1.4"]})"
         "\n"
         R"({"id":1,"method":"blockchain.headers.subscribe","params":[]})"
         "\n"
         R"({"id":2,"method":"blockchain.scripthash.subscribe","params":["00"]})"
         "\n",
         DAVY_STRATUM_OPEN},
        {"bitcoind in HTTP",
         "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 60\r\n\r\n"
         R"({"id":1,"method":"getblocktemplate","params":[]})",
         DAVY_STRATUM_CLEAR},
        {"geth in HTTP",
         "POST / HTTP/1.1\r\nHost: a\r\n\r\n"
         R"({"jsonrpc":"2.0","id":1,"method":"eth_getWork","params":[]})",
         DAVY_STRATUM_CLEAR},
        {"a Stratum body in HTTP", "POST /json_rpc HTTP/1.1\r\nHost: a\r\n\r\n" + kLogin,
         DAVY_STRATUM_CLEAR},
        {"LSP",
         "Content-Length: 60\r\n\r\n"
         R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{}})",
         DAVY_STRATUM_CLEAR},
        {"Verto",
         R"({"jsonrpc":"2.0","method":"login","params":{"login":"1008@host","passwd":"x","loginParams":{},"userVariables":{},"sessid":"0"},"id":1})"
         "\n",
         DAVY_STRATUM_OPEN},
        {"Meteor DDP",
         R"({"msg":"connect","version":"1","support":["1"]})"
         R"({"msg":"method","method":"login","params":[{"user":{"username":"u"},"password":{"digest":"00","algorithm":"sha-256"}}],"id":"1"})",
         DAVY_STRATUM_OPEN},
        {"DDP that resumes",
         R"({"msg":"method","id":"1","method":"login","params":[{"resume":"token","login":"u","pass":"x"}]})",
         DAVY_STRATUM_OPEN},
        {"LuCI", R"({"id":1,"method":"login","params":["root","password"]})", DAVY_STRATUM_OPEN},
        {"TP-Link",
         R"({"method":"login","params":{"cloudUserName":"u","cloudPassword":"p","terminalUUID":"0"}})",
         DAVY_STRATUM_OPEN},
        {"Cisco NSO",
         R"({"jsonrpc":"2.0","id":1,"method":"login","params":{"user":"u","passwd":"p"}})",
         DAVY_STRATUM_OPEN},
        {"a login one level down",
         R"({"method":"call","params":{"service":"common","method":"login","args":["db","u","p"]}})",
         DAVY_STRATUM_OPEN},
        {"a login by short name alone", R"({"method":"login","params":{"login":"root"}})",
         DAVY_STRATUM_OPEN},
        {"params.login of another method",
         R"({"method":"user.get","params":{"login":")" + wallet(95) + R"(","pass":"x"}})",
         DAVY_STRATUM_OPEN},
        {"the words as values",
         R"({"method":"x","params":{"login":"mining.subscribe"},"k":"method"})", DAVY_STRATUM_OPEN},
        {"a batch queue",
         R"({"method":"submit","params":{"job_id":"1","command":"make","queue":"long"}})"
         "\n"
         R"({"method":"submit","params":{"nonce":"1","script":"x"}})"
         "\n",
         DAVY_STRATUM_OPEN},
        {"keepalived's logs", R"({"program":"keepalived","params":"-D","method":"vrrp"})",
         DAVY_STRATUM_OPEN},
        {"a log line in strings",
         R"({"time":"2026-01-01","msg":"{\"id\":1,\"method\":\"mining.subscribe\",\"params\":[]}"})"
         "\n",
         DAVY_STRATUM_OPEN},
        {"a log line one level down",
         R"({"ts":1,"event":{"method":"mining.subscribe","params":["x"]}})"
         "\n"
         R"({"ts":2,"payload":[{"method":"login","params":{"login":"u","pass":"x"}}]})"
         "\n",
         DAVY_STRATUM_OPEN},
        {"a log line without params",
         R"({"ts":1,"method":"mining.subscribe","took_ms":3})"
         "\n"
         R"({"ts":2,"method":"login","user":"u","pass":"x"})"
         "\n",
         DAVY_STRATUM_OPEN},
        {"params without its method, then the method without params",
         R"({"params":["x"],"id":1})"
         "\n"
         R"({"method":"mining.subscribe","id":2})"
         "\n",
         DAVY_STRATUM_OPEN},
        {"the halves in two members of a batch",
         R"([{"params":{"login":"u","pass":"x"}},{"method":"login"},{"method":"mining.submit"},{"params":[]}])",
         DAVY_STRATUM_OPEN},
        {"an array of names", R"(["method","mining.subscribe","params",["mining.subscribe"]])",
         DAVY_STRATUM_OPEN},
        {"a batch within a batch", R"([[{"method":"mining.subscribe","params":[]}]])",
         DAVY_STRATUM_OPEN},
        {"keys that name it",
         R"({"mining.subscribe":1,"params":[],"method":{"mining.subscribe":[]}})",
         DAVY_STRATUM_OPEN},
        {"a quarry's services",
         R"({"jsonrpc":"2.0","id":4,"method":"mining.truck_position","params":{"truck":"t1"}})"
         "\n"
         R"({"jsonrpc":"2.0","id":5,"method":"mining.subscribers","params":["x"]})"
         "\n"
         R"({"jsonrpc":"2.0","id":6,"method":"mining.","params":[]})"
         R"({"jsonrpc":"2.0","id":7,"method":"mining.notify","params":["shift over"]})"
         "\n",
         DAVY_STRATUM_OPEN},
        {"a lone keepalived",
         R"({"id":3,"jsonrpc":"2.0","method":"keepalived","params":{"id":"7f3a"}})"
         "\n",
         DAVY_STRATUM_OPEN},
        {"a prefix only",
         R"({"method":"mining","params":[]}{"method":"miningpool.list","params":[]})",
         DAVY_STRATUM_OPEN},
        {"not at the front", R"({"method":"data.mining.run","params":[]})", DAVY_STRATUM_OPEN},
        {"a line feed in the word", R"({"method":"mi\ning.subscribe","params":[]})",
         DAVY_STRATUM_OPEN},
        {"methods that go on",
         R"({"method":"eth_getWorkers","params":[]}{"method":"logins","params":{"login":"u","pass":"x"}})",
         DAVY_STRATUM_OPEN},
        {"letters beyond ASCII", R"({"method":"\u046dining.subscribe","params":[]})",
         DAVY_STRATUM_OPEN},
        {"EVE",
         R"({"event_type":"alert","alert":{"signature":"ET MINER mining.subscribe"},"payload_printable":"{\"method\":\"login\"}"})"
         "\n",
         DAVY_STRATUM_OPEN},
        {"a log with a date", "[2026-01-01 10:00:00] method mining.subscribe params\n",
         DAVY_STRATUM_CLEAR},
        {"braces that are no JSON", "{hello} mining.subscribe\n", DAVY_STRATUM_CLEAR},
        {"words between messages", R"({"id":1} login {"id":2})", DAVY_STRATUM_CLEAR},
        {"a comma between messages", R"({"id":1},{"id":2})", DAVY_STRATUM_CLEAR},
        {"a lone end", "}" + kLogin, DAVY_STRATUM_CLEAR},
        {"a string", "\"mining.subscribe\"" + kLogin, DAVY_STRATUM_CLEAR},
        {"bytes that no text has", std::string("{\"id\":\x01", 7) + "}" + kLogin,
         DAVY_STRATUM_CLEAR},
        {"bytes beyond ASCII outside strings", "{\"id\":\xc3\xa9}" + kLogin, DAVY_STRATUM_CLEAR},
        {"a text over two lines", "{\"a\":\"mining.\nsubscribe\",\"params\":[]}",
         DAVY_STRATUM_CLEAR},
        {"TLS", std::string("\x16\x03\x01\x01\x24\x01\x00\x01\x20\x03\x03", 11),
         DAVY_STRATUM_CLEAR},
        {"SSH", "SSH-2.0-OpenSSH_9.2p1\r\n", DAVY_STRATUM_CLEAR},
        {"Redis", "*1\r\n$4\r\nPING\r\n", DAVY_STRATUM_CLEAR},
        {"SMTP", "EHLO host\r\n", DAVY_STRATUM_CLEAR},
        {"NUL", std::string(1, '\0') + kLogin, DAVY_STRATUM_CLEAR},
    };
    for (const Twin& twin : twins)
        expect_silence(twin, DAVY_TO_SERVER);
}

TEST(StratumTwins, ServersThatShareTheShape)
{
    const std::string hash = "\"0x" + hex(64) + "\"";
    const Twin twins[] = {
        {"a share's reply",
         R"({"id":2,"jsonrpc":"2.0","error":null,"result":{"status":"OK"}})"
         "\n"
         R"({"id":2,"result":true,"error":null})"
         "\n",
         DAVY_STRATUM_OPEN},
        {"Zcash's subscribe reply", R"({"id":1,"result":["04d567b212","04d567b212"],"error":null})",
         DAVY_STRATUM_OPEN},
        {"Electrum",
         R"({"jsonrpc":"2.0","id":1,"result":["ElectrumX 1.16","1.4"]})"
         R"({"jsonrpc":"2.0","method":"blockchain.headers.subscribe","params":[{"hex":"00","height":1}]})",
         DAVY_STRATUM_OPEN},
        {"a list of methods", R"({"id":1,"result":["mining.subscribe","mining.notify"]})",
         DAVY_STRATUM_OPEN},
        {"help by method",
         R"({"id":1,"result":[{"name":"mining.subscribe","args":["mining.notify"]}]})"
         R"({"id":1,"result":{"methods":[["mining.subscribe"]]}})",
         DAVY_STRATUM_OPEN},
        {"two hashes, five hashes, other lists",
         R"({"result":[)" + hash + "," + hash + "]}" + R"({"result":[)" + hash + "," + hash + "," +
             hash + R"(,"a","b"]})" + R"({"result":[1,)" + hash + "," + hash + "," + hash + "]}" +
             R"({"result":[)" + hash + ",\"a\"," + hash + "," + hash + "]}" + R"({"result":[[],)" +
             hash + "," + hash + "," + hash + "]}" + R"({"result":{"x":[)" + hash + "," + hash +
             "," + hash + "]}}" + R"({"logs":[)" + hash + "," + hash + "," + hash + "]}",
         DAVY_STRATUM_OPEN},
        {"hashes a digit short or long",
         R"({"result":["0x)" + hex(63) + "\"," + hash + "," + hash + "]}" + R"({"result":["0x)" +
             hex(65) + "\"," + hash + "," + hash + "]}" + R"({"result":["0x)" + hex(63) + "g\"," +
             hash + "," + hash + "]}" + R"({"result":["00)" + hex(64) + "\"," + hash + "," + hash +
             "]}",
         DAVY_STRATUM_OPEN},
        {"geth in HTTP",
         "HTTP/1.1 200 OK\r\n\r\n{\"result\":[" + hash + "," + hash + "," + hash + "]}",
         DAVY_STRATUM_CLEAR},
        {"a CI server's job",
         R"({"method":"job","params":{"job_id":"1","branch":"main"}})"
         R"({"result":{"job":{"job_id":"1","status":"KEEPALIVED"}}})"
         R"({"result":{"status":"OK","target":"x","job_id":"1"}})"
         R"({"result":{"job":{"x":{"job_id":"1","target":"2"}}}})",
         DAVY_STRATUM_OPEN},
        {"a quarry's services",
         R"({"method":"mining.truck_position","params":{"truck":"t1"}})"
         R"({"id":1,"result":[["mining.trucks","mining.notifications"]]})"
         R"({"id":2,"method":"mining.subscribe","params":["x"]})",
         DAVY_STRATUM_OPEN},
        {"who is kept alive", R"({"id":3,"error":null,"result":{"status":"KEEPALIVED"}})",
         DAVY_STRATUM_OPEN},
        {"notify without params", R"({"method":"mining.notify","id":1})", DAVY_STRATUM_OPEN},
        {"an SSH banner", "SSH-2.0-OpenSSH_9.2p1\r\n", DAVY_STRATUM_CLEAR},
    };
    for (const Twin& twin : twins)
        expect_silence(twin, DAVY_TO_CLIENT);
}

TEST(StratumTwins, RandomBytes)
{
    std::mt19937 random(1);
    int cleared = 0;
    for (int i = 0; i < 4'000; i++) {
        std::string text;
        for (int n = 0; n < 300; n++)
            text += static_cast<char>(random());
        for (std::string_view first : {"", "{", "[", "{\""}) {
            Reading reading =
                read_whole(std::string(first) + text, static_cast<std::uint8_t>(i & 1));
            EXPECT_NE(reading.verdict, DAVY_STRATUM_MATCH);
            EXPECT_FALSE(reading.held);
            cleared += reading.verdict == DAVY_STRATUM_CLEAR;
        }
    }
    EXPECT_GT(cleared, 4'000 * 3); // most are known for what they are, even behind a brace
}

} // namespace
} // namespace davylamp::test
