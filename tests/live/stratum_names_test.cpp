// SPDX-License-Identifier: Apache-2.0
// Pools by name, where what is said cannot be read: in a TLS hello, in what a proxy is asked for,
// in DNS.
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>

#include "stratum_site.h"
#include "support/miner_pool.h"

namespace davylamp::test {
namespace {

constexpr const char* kPolicy = R"({"detections": {"stratum": {"names": ["pool.test"],
    "addresses": ["192.0.2.0/24"], "alpn": ["stratum"]}}})";

struct NameRow {
    const char* name;
    const char* match; // the alert's word for what is listed; nullptr: a stranger, left alone
    const char* host;  // 127.0.0.1, or what the proxy is asked for
    std::vector<std::string> options;
    const char* proxy = nullptr;
    const char* listed = "pool.test"; // what the alert says of it
};

// All within TLS, so that nothing but the name tells.
const NameRow kNameRows[] = {
    {"SNI", "server-name", "127.0.0.1", {"--sni", "pool.test"}},
    {"SNI below, a byte a segment",
     "server-name",
     "127.0.0.1",
     {"--sni", "EU.Pool.test", "--bytewise"},
     nullptr,
     "eu.pool.test"},
    {"ALPN", "alpn", "127.0.0.1", {"--alpn", "stratum"}, nullptr, "stratum"},
    {"ALPN of HTTP", nullptr, "127.0.0.1", {"--alpn", "http/1.1"}},
    {"SNI of another", nullptr, "127.0.0.1", {"--sni", "mypool.test"}},
    {"no SNI", nullptr, "127.0.0.1", {}},
    {"SOCKS4a", "proxy-name", "pool.test", {}, "--socks4a"},
    {"SOCKS5", "proxy-name", "eu.pool.test", {}, "--socks5", "eu.pool.test"},
    {"SOCKS5 with password, a byte a segment",
     "proxy-name",
     "pool.test",
     {"--auth", "--bytewise"},
     "--socks5"},
    {"CONNECT", "proxy-name", "pool.test", {}, "--connect"},
    {"CONNECT to another", nullptr, "pool.test.example", {}, "--connect"},
    {"SOCKS5 to an address", "proxy-address", "192.0.2.7", {}, "--socks5", "192.0.2.7"},
    {"CONNECT to an address", "proxy-address", "192.0.2.7", {}, "--connect", "192.0.2.7"},
    {"SOCKS5 to another address", nullptr, "198.51.100.7", {}, "--socks5"},
    {"SNI behind a proxy", "server-name", "relay.example", {"--sni", "pool.test"}, "--connect"},
};

void expect_stranger(const nlohmann::json& outcome, const std::vector<Finding>& found)
{
    EXPECT_TRUE(found.empty()) << found[0].json;
    ASSERT_FALSE(outcome.is_null()) << "it was killed";
    EXPECT_EQ(outcome["shares"], 1) << outcome;
}

class StratumNames : public testing::TestWithParam<Mode> {};

TEST_P(StratumNames, InHellosAndRequests)
{
    const Mode mode = GetParam();
    TempFolder folder;
    MinerPool pool(scripts(), std::size(kNameRows), {.tls = true});
    std::string script;
    for (std::size_t i = 0; i < std::size(kNameRows); i++) {
        std::vector<std::string> words = kNameRows[i].options;
        words.insert(words.end(), {"--tls", "--shares", "1"});
        if (kNameRows[i].proxy)
            words.insert(words.end(),
                         {kNameRows[i].proxy, "127.0.0.1:" + std::to_string(pool.port(i))});
        script +=
            quoted(miner(kNameRows[i].host, pool.port(i), folder / std::to_string(i), words)) +
            "& ";
    }
    GuardOptions options;
    options.mode = mode;
    options.policy = kPolicy;
    options.command = bash(script + "wait");
    GuardResult result = run_guard(options);
    EXPECT_EQ(result.exit_code, 86) << result.err;

    for (std::size_t i = 0; i < std::size(kNameRows); i++) {
        SCOPED_TRACE(kNameRows[i].name);
        std::vector<Finding> found = findings_of(result, pool.port(i));
        const nlohmann::json outcome = miner_outcome(folder / std::to_string(i));
        if (!kNameRows[i].match) {
            expect_stranger(outcome, found);
            continue;
        }
        ASSERT_EQ(found.size(), 1u) << outcome;
        const bool by_address = std::string(kNameRows[i].match) == "proxy-address";
        EXPECT_EQ(found[0].code(), by_address ? "MINE-002" : "MINE-004");
        EXPECT_EQ(fact(found[0], "match"), kNameRows[i].match);
        EXPECT_EQ(fact(found[0], by_address ? "proxied" : "name"), kNameRows[i].listed);
        ASSERT_EQ(found[0].pids().size(), 1u);
        if (mode == Mode::monitor) {
            EXPECT_EQ(found[0].action(), 3);
            EXPECT_EQ(outcome["shares"], 1) << outcome;
            continue;
        }
        EXPECT_EQ(found[0].action(), 2);
        EXPECT_FALSE(is_running(found[0].pids()[0]));
        EXPECT_EQ(outcome.is_null(), mode == Mode::kill) << outcome;
        ASSERT_TRUE(eventually([&] { return pool.all_ended(pool.port(i)); }));
        for (const MinerPool::Connection& connection : pool.connections(pool.port(i))) {
            EXPECT_EQ(connection.text, "");
            EXPECT_TRUE(connection.end["sni"].is_null()) << connection.end;
        }
        if (mode == Mode::block && !outcome.is_null()) {
            EXPECT_TRUE(was_aborted(outcome, true)) << outcome;
        }
    }
}

struct Question {
    const char* name;
    const char* address;
    bool by_tcp;
    bool listed;
};

constexpr Question kQuestions[] = {
    {"pool.test", "127.0.0.2", false, true},
    {"EU.pool.test", "127.0.0.3", true, true},
    {"mypool.test", "127.0.0.4", false, false},
    {"pool.test.example", "127.0.0.5", true, false},
};

std::string lower(std::string name)
{
    std::transform(name.begin(), name.end(), name.begin(), ::tolower);
    return name;
}

// In the pool's network namespace, where port 53 is free.
TEST_P(StratumNames, InQuestionsAndAnswers)
{
    const Mode mode = GetParam();
    TempFolder folder;
    MinerPool pool(scripts(), std::size(kQuestions), {.tls = true, .own_network = true});
    std::vector<std::string> words = pool.enter_network();
    words.insert(words.end(), {"/usr/bin/python3", "-BS", scripts() + "/resolver.py", "127.0.0.53",
                               folder / "resolver"});
    std::string script;
    for (std::size_t i = 0; i < std::size(kQuestions); i++) {
        const Question& question = kQuestions[i];
        words.push_back(lower(question.name) + "=" + question.address);
        std::vector<std::string> more{"--tls", "--shares", "1", "--resolver", "127.0.0.53"};
        if (question.by_tcp)
            more.emplace_back("--dns-tcp");
        script +=
            quoted(miner(question.name, pool.port(i), folder / std::to_string(i), more)) + "& ";
    }
    Subprocess resolver(words);
    ASSERT_TRUE(eventually([&] { return exists(folder / "resolver"); })) << resolver.err();
    GuardOptions options;
    options.mode = mode;
    options.policy = kPolicy;
    options.before = pool.enter_network();
    options.command = bash(script + "wait");
    GuardResult result = run_guard(options);
    EXPECT_EQ(result.exit_code, 86) << result.err;

    const std::vector<Finding> asked = findings_of(result, 53);
    EXPECT_EQ(asked.size(), 2u) << result.out;
    for (const Finding& finding : asked) {
        EXPECT_EQ(finding.code(), "MINE-005");
        EXPECT_EQ(finding.action(), 3); // whoever asks may be no miner
    }
    for (std::size_t i = 0; i < std::size(kQuestions); i++) {
        SCOPED_TRACE(kQuestions[i].name);
        std::vector<Finding> found = findings_of(result, pool.port(i));
        const nlohmann::json outcome = miner_outcome(folder / std::to_string(i));
        if (!kQuestions[i].listed) {
            expect_stranger(outcome, found);
            continue;
        }
        ASSERT_EQ(found.size(), 1u) << outcome;
        EXPECT_EQ(found[0].code(), "MINE-004");
        EXPECT_EQ(fact(found[0], "match"), "answer");
        EXPECT_EQ(fact(found[0], "name"), lower(kQuestions[i].name));
        EXPECT_EQ(outcome.is_null(), mode == Mode::kill) << outcome;
        if (mode == Mode::monitor) {
            EXPECT_EQ(outcome["shares"], 1) << outcome;
            continue;
        }
        EXPECT_EQ(found[0].action(), 2);
        EXPECT_TRUE(found[0].did("refuse"));
        EXPECT_TRUE(pool.connections(pool.port(i)).empty());
        if (mode == Mode::block && !outcome.is_null()) {
            EXPECT_EQ(outcome["connect"], EPERM) << outcome;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Live, StratumNames,
                         testing::Values(Mode::monitor, Mode::block, Mode::kill),
                         [](const auto& test) { return std::string(mode_name(test.param)); });

} // namespace
} // namespace davylamp::test
