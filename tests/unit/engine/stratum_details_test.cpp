// SPDX-License-Identifier: Apache-2.0
#include "engine/stratum_details.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace davylamp {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Row {
    const char* name;
    std::string payload;
    Pairs expected;
};

Pairs pairs(const StratumDetails& details)
{
    Pairs out;
    auto add = [&](const char* name, const std::string& value) {
        if (!value.empty())
            out.emplace_back(name, value);
    };
    add("method", details.method);
    add("login", details.login);
    add("password", details.password);
    add("worker", details.worker);
    add("agent", details.agent);
    add("rigid", details.rigid);
    add("algo", details.algo);
    add("nicehash", details.nicehash ? "yes" : "");
    return out;
}

class StratumDetailsOf : public testing::TestWithParam<Row> {};

TEST_P(StratumDetailsOf, Finds)
{
    EXPECT_EQ(pairs(stratum_details(GetParam().payload)), GetParam().expected);
}

const Row kRows[] = {
    {"xmrig",
     R"({"id":1,"jsonrpc":"2.0","method":"login","params":{"login":"48edf","pass":"x",)"
     R"~("agent":"XMRig/6.26.0 (Linux)","rigid":"rack1","algo":["cn/0","rx/0"]}})~"
     "\n",
     {{"method", "login"},
      {"login", "48edf"},
      {"password", "x"},
      {"agent", "XMRig/6.26.0 (Linux)"},
      {"rigid", "rack1"},
      {"algo", "cn/0,rx/0"}}},
    {"a long list of algorithms, and a job's own",
     R"({"method":"login","params":{"algo":["a","b","c","d",["e"]],"x":["f"]}}{"algo":"rx/0"})",
     {{"method", "login"}, {"algo", "a,b,c"}}},
    {"a job's algorithm",
     R"({"jsonrpc":"2.0","method":"job","params":{"job_id":"1","algo":"rx/0"}})",
     {{"method", "job"}, {"algo", "rx/0"}}},
    {"a proxy's extensions",
     R"({"result":{"job":{},"extensions":["algo","nicehash","keepalive"],"status":"OK"}})",
     {{"nicehash", "yes"}}},
    {"a flag",
     R"({"method":"login","nicehash": true})",
     {{"method", "login"}, {"nicehash", "yes"}}},
    {"no flag", R"({"method":"login","nicehash":false,"x":true})", {{"method", "login"}}},
    {"coin-hive",
     R"({"type":"auth","params":{"site_key":"48edf","type":"anonymous"}})",
     {{"method", "auth"}, {"login", "48edf"}}},
    {"cpuminer",
     "{\"id\": 1, \"method\": \"mining.subscribe\", \"params\": [\"cpuminer/2.5.1\"]}\n"
     "{\"id\": 2, \"method\": \"mining.authorize\", \"params\": [\"u.w\", \"p\"]}\n",
     {{"method", "mining.subscribe"},
      {"login", "u.w"},
      {"password", "p"},
      {"agent", "cpuminer/2.5.1"}}},
    {"claymore, method last",
     R"({"worker": "eth1.0", "jsonrpc": "2.0", "params": ["0xabc/rig/mail", "x"], "id": 2,)"
     R"( "method": "eth_submitLogin"})",
     {{"method", "eth_submitLogin"},
      {"login", "0xabc/rig/mail"},
      {"password", "x"},
      {"worker", "eth1.0"}}},
    {"cgminer, params nested",
     R"({"id": 0, "method": "mining.configure", "params": [["version-rolling"], {"m": "f"}]})",
     {{"method", "mining.configure"}}},
    {"EWBF, null among the params",
     R"({"id":1,"method":"mining.subscribe","params":["EWBF 0.3.4b",null,"host","3333"]})",
     {{"method", "mining.subscribe"}, {"agent", "EWBF 0.3.4b"}}},
    {"escapes are undone",
     R"({"method":"login","params":{"\u006cogin":"a\u00e9\"b\\","pass":"\u20ac"}})",
     {{"method", "login"}, {"login", "a\u00e9\"b\\"}, {"password", "\u20ac"}}},
    {"cut in the middle",
     R"({"id":1,"method":"login","params":{"login":"48edfHu7V9Z84Yz)",
     {{"method", "login"}, {"login", "48edfHu7V9Z84Yz"}}},
    {"a key inside a string is text",
     R"({"method":"x","note":"\"login\":\"fooled\""})",
     {{"method", "x"}}},
    {"numbers and words are no names", R"({"login":5,"pass":null,"agent":true})", {}},
    {"the first of two counts", R"({"login":"one","login":"two"})", {{"login", "one"}}},
    {"no JSON", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", {}},
    {"nothing", "", {}},
    {"only a quote", "\"", {}},
    {"a backslash at the end", "{\"login\":\"a\\", {{"login", "a\\"}}},
    {"a short escape", R"({"login":"\u00"})", {{"login", "?"}}},
    {"closing what was never opened", "]]]}}}{\"agent\":\"x\"}", {{"agent", "x"}}},
};

INSTANTIATE_TEST_SUITE_P(Messages, StratumDetailsOf, testing::ValuesIn(kRows),
                         [](const auto& param) {
                             std::string name = param.param.name;
                             for (char& c : name)
                                 c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
                             return name;
                         });

TEST(StratumDetailsBounds, ClipsAValue)
{
    auto details = pairs(stratum_details("{\"login\":\"" + std::string(400, 'a') + "\"}"));
    ASSERT_EQ(details.size(), 1u);
    EXPECT_EQ(details[0].second, std::string(160, 'a'));
}

TEST(StratumDetailsBounds, ReadsNoMoreThanARecordHolds)
{
    EXPECT_EQ(stratum_details(std::string(512, ' ') + "{\"login\":\"late\"}"), StratumDetails{});
}

TEST(StratumDetailsBounds, KeepsBytesThatAreNoText)
{
    auto details = pairs(stratum_details("{\"login\":\"\xff\xfe\x01\"}"));
    ASSERT_EQ(details.size(), 1u);
    EXPECT_EQ(details[0].second, "\xff\xfe\x01");
}

} // namespace
} // namespace davylamp
