// SPDX-License-Identifier: Apache-2.0
// Takes each wrapping of a flow away, alone and one in the other, however the bytes are cut; finds
// the hosts that a client asks for on the way.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "davylamp/rules/flow.h"
#include "wrapping.h"

namespace davylamp::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::string_literals;

struct Heard {
    int verdict[2] = {};
    int dialect[2] = {};
    std::vector<std::string>
        hosts; // "name NAME", "address A.B.C.D", "server NAME", "protocol NAME"
    std::vector<int> wraps;
    std::size_t read[2] = {};
};

// A flow, heard by turns.
class Talk {
public:
    Talk()
    {
        davy_flow_begin(&flow_);
        davy_host_begin(&name_);
    }

    Talk& client(std::string_view bytes) { return say(DAVY_TO_SERVER, bytes); }
    Talk& server(std::string_view bytes) { return say(DAVY_TO_CLIENT, bytes); }

    Heard heard() const
    {
        Heard out;
        for (int i = 0; i < 2; i++) {
            out.verdict[i] = flow_.stratum[i].verdict;
            out.dialect[i] = flow_.stratum[i].dialect;
            out.read[i] = flow_.read[i];
        }
        out.hosts = hosts_;
        for (int i = 0; i < flow_.unwrap.count && i < DAVY_WRAPS_MAX; i++)
            out.wraps.push_back(flow_.unwrap.wraps[i]);
        return out;
    }

private:
    Talk& say(std::uint8_t direction, std::string_view bytes)
    {
        for (char c : bytes) {
            int what = davy_flow_step(&flow_, direction == DAVY_TO_SERVER ? &name_ : nullptr,
                                      direction, static_cast<std::uint8_t>(c));
            if (direction != DAVY_TO_SERVER)
                continue;
            if (what == DAVY_BYTE_NAME)
                hosts_.push_back("name "s + name_.text);
            if (what == DAVY_BYTE_SERVER)
                hosts_.push_back("server "s + name_.text);
            if (what == DAVY_BYTE_PROTOCOL)
                hosts_.push_back("protocol "s + name_.text);
            if (what == DAVY_BYTE_ADDRESS)
                hosts_.push_back("address " + text(flow_.unwrap.address));
        }
        return *this;
    }

    static std::string text(const std::uint8_t* address)
    {
        std::string out;
        bool mapped = address[10] == 0xff && address[11] == 0xff;
        for (int i = mapped ? 12 : 0; i < 16; i++)
            out += (out.empty() ? "" : ".") + std::to_string(address[i]);
        return out;
    }

    davy_flow_scan flow_;
    davy_host_name name_;
    std::vector<std::string> hosts_;
};

const std::string kWrappedLogin = R"({"id":1,"method":"login","params":{"login":"4A","pass":"x"}})"
                                  "\n";
const std::string kJob = R"({"jsonrpc":"2.0","method":"job","params":{"job_id":"1","target":"ff"}})"
                         "\n";

struct Wrapping {
    const char* name;
    std::vector<std::string> client, server; // handshakes, by turns; the login follows
    std::vector<std::string> hosts;
    std::vector<int> wraps;
    bool framed = false;
};

void PrintTo(const Wrapping& one, std::ostream* out) { *out << one.name; }

const std::vector<Wrapping> kWrappings = {
    {"nothing", {""}, {""}, {}, {}},
    {"blank lines", {"\r\n \t\n"}, {""}, {}, {}},
    {"SOCKS4",
     {"\x04\x01\x0d\x05\xc6\x33\x64\x07user\0"s},
     {"\0\x5a\0\0\0\0\0\0"s},
     {"address 198.51.100.7"},
     {DAVY_WRAP_SOCKS4}},
    {"SOCKS4a",
     {"\x04\x01\x0d\x05\0\0\0\x01\0Pool.example\0"s},
     {"\0\x5a\0\0\0\0\0\0"s},
     {"name pool.example"},
     {DAVY_WRAP_SOCKS4}},
    {"SOCKS5 name",
     {"\x05\x01\0"s, "\x05\x01\0\x03\x0cpool.example\x0d\x05"s},
     {"\x05\0"s, "\x05\0\0\x01\0\0\0\0\0\0"s},
     {"name pool.example"},
     {DAVY_WRAP_SOCKS5}},
    {"SOCKS5 IPv4",
     {"\x05\x02\0\x02"s, "\x05\x01\0\x01\xc6\x33\x64\x07\x0d\x05"s},
     {"\x05\0"s, "\x05\0\0\x03\x02hi\0\0"s},
     {"address 198.51.100.7"},
     {DAVY_WRAP_SOCKS5}},
    {"SOCKS5 IPv6",
     {"\x05\x01\0"s, "\x05\x01\0\x04\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07\x0d\x05"s},
     {"\x05\0"s, "\x05\0\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"s},
     {"address 32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.7"},
     {DAVY_WRAP_SOCKS5}},
    {"SOCKS5 with a password",
     {"\x05\x02\0\x02"s, "\x01\x04user\x02pw"s, "\x05\x01\0\x03\x01p\x0d\x05"s},
     {"\x05\x02"s, "\x01\0"s, "\x05\0\0\x01\0\0\0\0\0\0"s},
     {"name p"},
     {DAVY_WRAP_SOCKS5}},
    {"SOCKS5 with an empty password",
     {"\x05\x01\x02"s, "\x01\x01u\0"s, "\x05\x01\0\x03\x01p\x0d\x05"s},
     {"\x05\x02"s, "\x01\0"s, "\x05\0\0\x01\0\0\0\0\0\0"s},
     {"name p"},
     {DAVY_WRAP_SOCKS5}},
    {"CONNECT",
     {"CONNECT pool.example:3333 HTTP/1.1\r\nHost: pool.example:3333\r\n\r\n"},
     {"HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n"},
     {"name pool.example"},
     {DAVY_WRAP_CONNECT}},
    {"CONNECT with bare line feeds",
     {"\r\nCONNECT 198.51.100.7:3333 HTTP/1.0\n\n"},
     {"HTTP/1.0 200 OK\n\n"},
     {"name 198.51.100.7"},
     {DAVY_WRAP_CONNECT}},
    {"the PROXY protocol, version 1", {"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n"}, {""}, {}, {}},
    {"the PROXY protocol of who knows nothing", {"PROXY UNKNOWN\r\n"}, {""}, {}, {}},
    {"the PROXY protocol, version 2",
     {"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\1\2\3\4\5\6\7\x08\0\1\0\2"s},
     {""},
     {},
     {}},
    {"the PROXY protocol, version 2, with a TLV and without addresses",
     {"\r\n\r\n\0\r\nQUIT\n\x20\0\0\x06\4\0\3{[\"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"s},
     {""},
     {},
     {}},
    {"SOCKS4 behind the PROXY protocol",
     {"PROXY UNKNOWN\r\n\x04\x01\0\x50\x01\x02\x03\x04\0"s},
     {"\0\x5a\0\0\0\0\0\0"s},
     {"address 1.2.3.4"},
     {DAVY_WRAP_SOCKS4}},
    {"the PROXY protocol behind CONNECT",
     {"CONNECT a:1 HTTP/1.1\r\n\r\n", "PROXY TCP6 ::1 ::1 1 2\r\n"},
     {"HTTP/1.1 200 OK\r\n\r\n", ""},
     {"name a"},
     {DAVY_WRAP_CONNECT}},
    {"WebSocket",
     {"GET /proxy HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUPGRADE:  WebSocket\r\n\r\n"},
     {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"},
     {},
     {DAVY_WRAP_WEBSOCKET},
     true},
    {"SOCKS5 in CONNECT",
     {"CONNECT a:1 HTTP/1.1\r\n\r\n", "\x05\x01\0"s, "\x05\x01\0\x03\x01p\x0d\x05"s},
     {"HTTP/1.1 200 OK\r\n\r\n", "\x05\0"s, "\x05\0\0\x01\0\0\0\0\0\0"s},
     {"name a", "name p"},
     {DAVY_WRAP_CONNECT, DAVY_WRAP_SOCKS5}},
    {"WebSocket in CONNECT in SOCKS4",
     {"\x04\x01\0\x50\x01\x02\x03\x04\0"s, "CONNECT a:1 HTTP/1.1\r\n\r\n",
      "GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"},
     {"\0\x5a\0\0\0\0\0\0"s, "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 101 Go\r\n\r\n"},
     {"address 1.2.3.4", "name a"},
     {DAVY_WRAP_SOCKS4, DAVY_WRAP_CONNECT, DAVY_WRAP_WEBSOCKET},
     true},
};

class Unwrap : public testing::TestWithParam<Wrapping> {
protected:
    Talk handshake() const
    {
        Talk talk;
        for (std::size_t i = 0; i < GetParam().client.size(); i++)
            talk.client(GetParam().client[i]).server(GetParam().server[i]);
        return talk;
    }
};

TEST_P(Unwrap, FindsTheLogin)
{
    const std::string login =
        GetParam().framed ? frame(1, kWrappedLogin, "\x12\x34\x56\x78") : kWrappedLogin;
    Talk talk = handshake();
    EXPECT_EQ(talk.heard().verdict[0], DAVY_STRATUM_OPEN);
    EXPECT_EQ(talk.heard().verdict[1], DAVY_STRATUM_OPEN);
    Heard heard = talk.client(login).heard();
    EXPECT_EQ(heard.verdict[DAVY_TO_SERVER], DAVY_STRATUM_MATCH);
    EXPECT_EQ(heard.dialect[DAVY_TO_SERVER], DAVY_DIALECT_CRYPTONOTE);
    EXPECT_EQ(heard.hosts, GetParam().hosts);
    EXPECT_EQ(heard.wraps, GetParam().wraps);
}

TEST_P(Unwrap, FindsTheJob)
{
    const std::string job = GetParam().framed ? frame(1, kJob, "") : kJob;
    Heard heard = handshake().server(job).heard();
    EXPECT_EQ(heard.verdict[DAVY_TO_CLIENT], DAVY_STRATUM_MATCH);
    EXPECT_EQ(heard.dialect[DAVY_TO_CLIENT], DAVY_DIALECT_CRYPTONOTE);
}

// A login in something that is none of ours ends the reading before it.
TEST_P(Unwrap, IsDoneWithAnythingElse)
{
    const std::string other = "SSH-2.0-x\r\n" + kWrappedLogin;
    Heard heard = handshake().client(GetParam().framed ? frame(1, other, "abcd") : other).heard();
    EXPECT_EQ(heard.verdict[DAVY_TO_SERVER], DAVY_STRATUM_CLEAR);
}

INSTANTIATE_TEST_SUITE_P(Rules, Unwrap, testing::ValuesIn(kWrappings), [](const auto& test) {
    std::string name = test.param.name;
    for (char& c : name)
        c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
    return name;
});

Talk websocket()
{
    Talk talk;
    talk.client("GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n")
        .server("HTTP/1.1 101 Switching Protocols\r\n\r\n");
    return talk;
}

TEST(UnwrapFrames, FragmentsAndControlFramesBetweenThem)
{
    std::string whole = kWrappedLogin, mask = "\x01\x02\x03\x04";
    Talk talk = websocket();
    talk.client(frame(9, "ping", mask));
    talk.client(frame(1, whole.substr(0, 20), mask, false));
    talk.client(frame(9, R"({"method":"mining.hello"})", mask));
    talk.client(frame(0, whole.substr(20), mask));
    EXPECT_EQ(talk.heard().verdict[DAVY_TO_SERVER], DAVY_STRATUM_MATCH);
}

TEST(UnwrapFrames, LongAndEmptyFrames)
{
    std::string padding = "{\"a\":\"" + std::string(70000, 'x') + "\"}", mask = "\x7f\0\xff\x11"s;
    Talk talk = websocket();
    talk.client(frame(1, "", mask)).client(frame(1, padding, mask));
    talk.client(frame(1, "{\"b\":\"" + std::string(300, 'y') + "\"}", mask));
    EXPECT_EQ(talk.heard().verdict[DAVY_TO_SERVER], DAVY_STRATUM_OPEN);
    talk.client(
        frame(2, kWrappedLogin, mask)); // binary is as good as text to a server that takes it
    EXPECT_EQ(talk.heard().verdict[DAVY_TO_SERVER], DAVY_STRATUM_MATCH);
}

TEST(UnwrapFrames, AMessageEndsWithItsFrame)
{
    Talk talk = websocket();
    talk.client(frame(1, R"({"method":"login","params":{"login":"4A)", "abcd"));
    talk.client(frame(1, R"(","pass":"x"}})", "abcd"));
    EXPECT_NE(talk.heard().verdict[DAVY_TO_SERVER], DAVY_STRATUM_MATCH);
}

TEST(UnwrapFrames, WhatNodesServeThereConvictsNobody)
{
    Talk talk = websocket();
    talk.client(frame(1, R"({"jsonrpc":"2.0","id":1,"method":"eth_getWork","params":[]})", "abcd"));
    std::string hash = "\"0x" + std::string(64, 'a') + "\"";
    talk.server(frame(1, "{\"id\":1,\"result\":[" + hash + "," + hash + "," + hash + "]}", ""));
    EXPECT_EQ(talk.heard().verdict[DAVY_TO_SERVER], DAVY_STRATUM_OPEN);
    EXPECT_EQ(talk.heard().verdict[DAVY_TO_CLIENT], DAVY_STRATUM_OPEN);
}

TEST(UnwrapFrames, BrowserMinersAuth)
{
    const std::string auth = R"({"type":"auth","params":{"site_key":"K","type":"anonymous"}})";
    EXPECT_EQ(websocket().client(frame(1, auth, "abcd")).heard().verdict[DAVY_TO_SERVER],
              DAVY_STRATUM_MATCH);
    // Not as a line on TCP, nor with other parameters.
    EXPECT_EQ(Talk().client(auth + "\n").heard().verdict[DAVY_TO_SERVER], DAVY_STRATUM_OPEN);
    EXPECT_EQ(websocket()
                  .client(frame(1, R"({"type":"auth","params":{"token":"K"}})", "abcd"))
                  .heard()
                  .verdict[DAVY_TO_SERVER],
              DAVY_STRATUM_OPEN);
}

TEST(UnwrapFrames, CompressedOnesAreNotRead)
{
    std::string compressed = frame(1, kWrappedLogin, "abcd");
    compressed[0] = static_cast<char>(compressed[0] | 0x40);
    Talk talk = websocket();
    EXPECT_EQ(talk.client(compressed).heard().verdict[DAVY_TO_SERVER], DAVY_STRATUM_OPEN);
    talk.client(frame(1, kWrappedLogin, "abcd"));
    EXPECT_EQ(talk.heard().verdict[DAVY_TO_SERVER], DAVY_STRATUM_MATCH);
}

TEST(UnwrapHttp, OrdinaryRequestsAreDoneWith)
{
    for (const char* head : {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "POST / HTTP/1.1\r\n\r\n",
                             "OPTIONS / HTTP/1.1\r\n\r\n", "GETAWAY / HTTP/1.1\r\n\r\n",
                             "GET / HTTP/1.1\r\nX-Upgrade: websocket\r\n\r\n"})
        EXPECT_EQ(Talk().client(head + kWrappedLogin).heard().verdict[DAVY_TO_SERVER],
                  DAVY_STRATUM_CLEAR)
            << head;
}

TEST(UnwrapHttp, AHeadWithoutAnEnd)
{
    Talk talk;
    talk.client("CONNECT a:1 HTTP/1.1\r\n" + std::string(DAVY_HEAD_MAX, 'x'));
    EXPECT_EQ(talk.heard().verdict[DAVY_TO_SERVER], DAVY_STRATUM_CLEAR);
}

TEST(UnwrapSocks, OtherCommandsAndKindsAreDoneWith)
{
    for (const std::string& bytes :
         {"\x05\0"s, "\x05\x01\0\x07"s, "\x05\x01\0\x05\x02"s, "\x05\x01\0\x05\x01\0\x02"s,
          "\x05\x01\0\x05\x01\0\x03\0"s, "\x04\x02"s})
        EXPECT_EQ(Talk().client(bytes).heard().verdict[DAVY_TO_SERVER], DAVY_STRATUM_CLEAR);
}

TEST(Unwrap, NoDeeperThanItsStack)
{
    Talk talk;
    for (int i = 0; i < DAVY_WRAPS_MAX; i++)
        talk.client("CONNECT a:1 HTTP/1.1\r\n\r\n");
    EXPECT_EQ(talk.heard().verdict[DAVY_TO_SERVER], DAVY_STRATUM_CLEAR);
}

TEST(Unwrap, AFlowThatCarriesNothingIsLetGo)
{
    Talk talk = websocket();
    for (int i = 0; i < 5 && talk.heard().verdict[DAVY_TO_SERVER] == DAVY_STRATUM_OPEN; i++)
        talk.client(frame(9, std::string(60000, 'x'), "abcd"));
    EXPECT_EQ(talk.heard().verdict[DAVY_TO_SERVER], DAVY_STRATUM_CLEAR);
    EXPECT_EQ(talk.heard().read[DAVY_TO_SERVER], std::size_t{DAVY_FLOW_BUDGET} + 1);
}

TEST(UnwrapWords, HashesAreThoseOfTheirTexts)
{
    auto hash = [](std::string_view text) {
        std::uint64_t out = DAVY_HASH_BEGIN;
        for (char c : text)
            out = davy_hash_step(out, static_cast<std::uint8_t>(c));
        return out;
    };
    EXPECT_EQ(hash("CONNECT"), DAVY_HTTP_CONNECT);
    EXPECT_EQ(hash("GET"), DAVY_HTTP_GET);
    EXPECT_EQ(hash("upgrade:websocket"), DAVY_HTTP_UPGRADE);
}

TEST(Hello, NameAndProtocols)
{
    const std::string hello = client_hello("Pool.Example", {"h2", "stratum/1"});
    Heard heard = Talk().client(hello).heard();
    EXPECT_THAT(heard.hosts,
                ElementsAre("server pool.example", "protocol h2", "protocol stratum/1"));
    EXPECT_THAT(heard.wraps, ElementsAre(DAVY_WRAP_TLS));
}

TEST(Hello, InPiecesOfRecords)
{
    for (std::size_t size : {1, 3, 40, 100, 1000}) {
        Heard heard = Talk().client(client_hello("pool.example", {"h2"}, size)).heard();
        EXPECT_THAT(heard.hosts, ElementsAre("server pool.example", "protocol h2")) << size;
    }
}

TEST(Hello, BehindAProxy)
{
    Talk talk;
    talk.client("CONNECT a:443 HTTP/1.1\r\n\r\n").server("HTTP/1.1 200 OK\r\n\r\n");
    talk.client(client_hello("pool.example", {}));
    EXPECT_THAT(talk.heard().hosts, ElementsAre("name a", "server pool.example"));
}

TEST(Hello, WithoutAName)
{
    EXPECT_THAT(Talk().client(client_hello("", {})).heard().hosts, IsEmpty());
}

TEST(Hello, IsDoneWithBehindItsEnd)
{
    Talk talk;
    talk.client(client_hello("a.example", {}));
    talk.client("\x17\x03\x03\x00\x05hello"s);
    EXPECT_EQ(talk.heard().verdict[DAVY_TO_SERVER], DAVY_STRATUM_CLEAR);
}

TEST(Hello, CutShortAnywhereBringsNoNameThatIsNone)
{
    const std::string hello = client_hello("pool.example", {"h2"});
    for (std::size_t size = 0; size < hello.size(); size++) {
        for (const std::string& host : Talk().client(hello.substr(0, size)).heard().hosts)
            EXPECT_TRUE(host == "server pool.example" || host == "protocol h2") << host;
    }
}

TEST(HostName, Ipv4InDots)
{
    auto read = [](std::string_view text) {
        davy_host_name name;
        std::uint8_t address[16];
        davy_host_begin(&name);
        for (char c : text)
            davy_host_append(&name, static_cast<std::uint8_t>(c));
        if (!davy_host_is_ipv4(&name, address))
            return "none"s;
        return std::to_string(address[12]) + "." + std::to_string(address[13]) + "." +
               std::to_string(address[14]) + "." + std::to_string(address[15]);
    };
    EXPECT_EQ(read("198.51.100.7"), "198.51.100.7");
    EXPECT_EQ(read("255.255.255.255"), "255.255.255.255");
    for (const char* text : {"", "1", "1.2.3", "1.2.3.", ".1.2.3", "1.2.3.4.5", "1.2.3.256",
                             "1.2.3.4x", "1..2.3", "1234.1.1.1", "pool.example"})
        EXPECT_EQ(read(text), "none") << text;
}

TEST(HostName, LongerThanAnyIsBroken)
{
    davy_host_name name;
    davy_host_begin(&name);
    for (int i = 0; i < 300; i++)
        davy_host_append(&name, 'a');
    EXPECT_TRUE(name.broken);
    EXPECT_EQ(std::string(name.text).size(), std::size_t{DAVY_HOST_NAME_MAX - 1});
    davy_host_begin(&name);
    davy_host_append(&name, ' ');
    EXPECT_TRUE(name.broken);
}

// A proxy that answers before it was asked, in the middle of the address that it is asked for.
TEST(UnwrapSides, AProxysOwnAddressHidesNoneThatTheClientNames)
{
    Talk talk;
    talk.client("\5\1\0\5\1\0\1\xc6\x33"s).server("\5\0\5\0\0\1\n\0\0\1\4\x38"s);
    EXPECT_THAT(talk.client("\x64\7\0\x50"s).heard().hosts, ElementsAre("address 198.51.100.7"));
}

// In the kernel the server's segment may come between any two instructions of the client's.
TEST(UnwrapSides, ShareNothingThatBothWrite)
{
    davy_flow_scan flow;
    davy_flow_begin(&flow);
    EXPECT_EQ(davy_unwrap_step(&flow.unwrap, nullptr, DAVY_TO_SERVER, '{'), DAVY_BYTE_INNER);
    EXPECT_EQ(davy_unwrap_step(&flow.unwrap, nullptr, DAVY_TO_CLIENT, '['), DAVY_BYTE_INNER);
    EXPECT_EQ(flow.unwrap.side[DAVY_TO_SERVER].byte, '{');
    EXPECT_EQ(flow.unwrap.side[DAVY_TO_CLIENT].byte, '[');
}

TEST(UnwrapSides, BeginEachForItself)
{
    davy_flow_scan flow{};
    davy_flow_begin_side(&flow, DAVY_TO_CLIENT);
    davy_flow_step(&flow, nullptr, DAVY_TO_CLIENT, '{');
    const davy_flow_scan before = flow;
    davy_flow_begin_side(&flow, DAVY_TO_SERVER);
    EXPECT_EQ(std::memcmp(&before.stratum[DAVY_TO_CLIENT], &flow.stratum[DAVY_TO_CLIENT],
                          sizeof before.stratum[0]),
              0);
    EXPECT_EQ(std::memcmp(&before.unwrap.side[DAVY_TO_CLIENT], &flow.unwrap.side[DAVY_TO_CLIENT],
                          sizeof before.unwrap.side[0]),
              0);
    EXPECT_EQ(flow.read[DAVY_TO_CLIENT], 1u);
}

TEST(UnwrapSides, AServersBeginningForgetsNothingThatItsClientHasShown)
{
    davy_flow_scan flow{};
    davy_flow_begin_side(&flow, DAVY_TO_SERVER);
    for (const char byte : "\5\1\0\5\1\0\1\xc6\x33\x64"s)
        davy_flow_step(&flow, nullptr, DAVY_TO_SERVER, static_cast<std::uint8_t>(byte));
    const davy_flow_scan before = flow;
    davy_flow_begin_side(&flow, DAVY_TO_CLIENT);
    EXPECT_EQ(flow.unwrap.count, 1);
    EXPECT_EQ(flow.unwrap.wraps[0], DAVY_WRAP_SOCKS5);
    EXPECT_EQ(std::memcmp(before.unwrap.address, flow.unwrap.address, 16), 0);
    EXPECT_EQ(std::memcmp(&before.unwrap.side[DAVY_TO_SERVER], &flow.unwrap.side[DAVY_TO_SERVER],
                          sizeof before.unwrap.side[0]),
              0);
    EXPECT_EQ(flow.read[DAVY_TO_SERVER], 10u);
}

} // namespace
} // namespace davylamp::test
