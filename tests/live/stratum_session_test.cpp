// SPDX-License-Identifier: Apache-2.0
// Whole sessions with a pool that answers: a client of each dialect, side by side under one guard.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "stratum_site.h"
#include "support/miner_pool.h"
#include "support/wire_capture.h"

namespace davylamp::test {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Dialect {
    const char* name;    // miner.py's
    const char* spoken;  // the alert's word for it
    const char* agent;   // what the first message says of it; empty: nothing
    bool login_convicts; // the message that convicts has the user and the password
};

constexpr Dialect kDialects[] = {
    {"cryptonote", "cryptonote", "XMRig/6.26.0 (Linux x86_64) libuv/1.44.2 gcc/12.2.0", true},
    {"bitcoin", "bitcoin", "cpuminer/2.5.1", false},
    {"nicehash", "bitcoin", "cpuminer-opt-26.1-x64L", false},
    {"ethereum", "ethereum", "", true},
};

struct Session {
    const Dialect& dialect;
    std::uint16_t port;
    std::string result;
};

// The alert of a session, of which there is one.
Finding alert_of(const GuardResult& result, const Session& session)
{
    std::vector<Finding> found = findings_of(result, session.port);
    EXPECT_EQ(found.size(), 1u) << result.out << result.err;
    if (found.empty())
        return result.first("MINE-001");
    EXPECT_EQ(found[0].code(), "MINE-001");
    EXPECT_EQ(fact(found[0], "dialect"), session.dialect.spoken);
    EXPECT_EQ(fact(found[0], "direction"), "to_server");
    EXPECT_EQ(fact(found[0], "agent"), session.dialect.agent);
    if (session.dialect.login_convicts) {
        EXPECT_EQ(fact(found[0], "login"), kWallet);
        EXPECT_EQ(fact(found[0], "password"), "worker1");
        EXPECT_THAT(found[0].json["message"].get<std::string>(), HasSubstr(kWallet));
    }
    return found[0];
}

class StratumSession : public testing::TestWithParam<Mode> {};

TEST_P(StratumSession, OfEachDialect)
{
    const Mode mode = GetParam();
    TempFolder folder;
    MinerPool pool(scripts(), std::size(kDialects));
    WireCapture wire(pool.ports());
    std::vector<Session> sessions;
    std::string script;
    for (const Dialect& dialect : kDialects) {
        sessions.push_back({dialect, pool.port(sessions.size()), folder / dialect.name});
        script +=
            quoted(miner("127.0.0.1", sessions.back().port, sessions.back().result,
                         {"--dialect", dialect.name, "--user", kWallet, "--password", "worker1"})) +
            "& ";
    }
    GuardResult result = run_guard(mode, script + "wait");
    EXPECT_EQ(result.exit_code, 86) << result.err;

    for (const Session& session : sessions) {
        SCOPED_TRACE(session.dialect.name);
        Finding alert = alert_of(result, session);
        ASSERT_EQ(alert.pids("owner").size(), 1u);
        ASSERT_TRUE(eventually([&] { return pool.all_ended(session.port); }));
        auto connections = pool.connections(session.port);
        ASSERT_EQ(connections.size(), 1u);
        const nlohmann::json outcome = miner_outcome(session.result);
        if (mode == Mode::monitor) {
            EXPECT_EQ(alert.action(), 3);
            EXPECT_EQ(alert.disposition(), 15);
            ASSERT_FALSE(outcome.is_null()) << result.err;
            EXPECT_EQ(outcome["shares"], 2) << outcome;
            EXPECT_EQ(connections[0].end["shares"], 2) << connections[0].end;
            EXPECT_EQ(alert.pids("owner")[0], outcome["pid"]);
            EXPECT_EQ(wire.sent_to(session.port), connections[0].raw);
            continue;
        }
        EXPECT_EQ(alert.action(), 2);
        EXPECT_EQ(alert.disposition(), 6);
        EXPECT_EQ(connections[0].raw, "");
        EXPECT_EQ(wire.sent_to(session.port), "");
        EXPECT_FALSE(is_running(alert.pids("owner")[0]));
        EXPECT_EQ(outcome.is_null(), mode == Mode::kill) << outcome;
        if (mode == Mode::block && !outcome.is_null()) {
            EXPECT_EQ(alert.pids("owner")[0], outcome["pid"]);
            EXPECT_TRUE(was_aborted(outcome)) << outcome;
            EXPECT_LT(outcome["ms"], 2000);
            EXPECT_EQ(outcome["jobs"], 0);
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Live, StratumSession,
                         testing::Values(Mode::monitor, Mode::block, Mode::kill),
                         [](const auto& test) { return std::string(mode_name(test.param)); });

// As in a container: the sensor stays in its own network namespace.
TEST(StratumSessionElsewhere, EndsInAnotherNetworkToo)
{
    TempFolder folder;
    MinerPool pool(scripts(), 1, {.tls = false, .own_network = true});
    std::vector<std::string> words = pool.enter_network();
    for (const std::string& word : miner("127.0.0.1", pool.port(0), folder / "result"))
        words.push_back(word);
    GuardOptions options;
    options.mode = Mode::block;
    options.command = words;
    GuardResult result = run_guard(options);
    EXPECT_EQ(result.exit_code, 86) << result.err;
    EXPECT_EQ(result.first("MINE-001").disposition(), 6);
    const nlohmann::json outcome = miner_outcome(folder / "result");
    ASSERT_FALSE(outcome.is_null()) << result.err;
    EXPECT_TRUE(was_aborted(outcome)) << outcome;
    EXPECT_LT(outcome["ms"], 2000);
    ASSERT_TRUE(eventually([&] { return pool.all_ended(pool.port(0)); }));
    EXPECT_EQ(pool.connections(pool.port(0))[0].raw, "");
}

// TCP would try again 0.2, 0.6 and 1.5 s later, after the guard and its programs have gone: the one
// place where time has to pass.
TEST(StratumSessionEnds, NothingLeavesAfterTheGuardHasEnded)
{
    TempFolder folder;
    MinerPool pool(scripts(), 4);
    WireCapture wire(pool.ports());
    std::vector<std::unique_ptr<Guard>> guards; // side by side
    std::size_t used = 0;
    for (Mode mode : {Mode::block, Mode::kill}) {
        GuardOptions options;
        options.mode = mode;
        const std::uint16_t whole = pool.port(used++), bytewise = pool.port(used++);
        options.command = bash(
            quoted(miner("127.0.0.1", whole, folder / "whole")) + "& " +
            quoted(miner("127.0.0.1", bytewise, folder / "bytewise", {"--bytewise"})) + "& wait");
        guards.push_back(std::make_unique<Guard>(options));
    }
    for (const auto& guard : guards)
        EXPECT_EQ(guard->finish().exit_code, 86);
    const std::size_t before = wire.payloads();
    std::this_thread::sleep_for(std::chrono::seconds(3));
    EXPECT_EQ(wire.payloads(), before);
    for (std::uint16_t port : pool.ports())
        EXPECT_THAT(wire.sent_to(port), Not(HasSubstr(kWallet))) << port;
}

} // namespace
} // namespace davylamp::test
