// SPDX-License-Identifier: Apache-2.0
// Who pays for a flow: who connected it, and who is seen to write; nobody who only holds it or
// reads what a server says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stratum_site.h"
#include "support/fake_pool.h"

namespace davylamp::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

// Handed over by SCM_RIGHTS, by one who writes and one whose bytes leave after its own end.
TEST(StratumOwner, WhoWasHandedASocketLives)
{
    TempFolder folder;
    FakePool seen, gone;
    const std::string message = folder.write("message", login_message());
    GuardOptions options;
    options.mode = Mode::kill;
    options.command = bash(
        quoted(sharing({"handed", std::to_string(seen.port()), message, folder / "seen"})) + "& " +
        quoted(sharing({"handed", std::to_string(gone.port()), message, folder / "gone", "cork"})) +
        "& wait");
    GuardResult result = run_guard(options);
    EXPECT_EQ(result.exit_code, 86) << result.err;
    for (const auto& [pool, name] : {std::pair(&seen, "seen"), std::pair(&gone, "gone")}) {
        SCOPED_TRACE(name);
        EXPECT_NE(slurp(folder / name), "") << "it was ended";
        EXPECT_EQ(pool->bytes(), "");
        EXPECT_EQ(findings_of(result, pool->port()).size(), 1u) << result.out;
    }
    std::vector<Finding> found = findings_of(result, gone.port());
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].pids("holder").size(), 1u) << found[0].json;
}

// A user who was given root's connection has nobody of root's ended by what he says on it: not who
// connected, not its other forks, and not whoever connects there next.
TEST(StratumOwner, WhoGaveAUserASocketLives)
{
    TempFolder folder;
    FakePool pool;
    GuardOptions options;
    options.mode = Mode::kill;
    options.command =
        bash(quoted(sharing({"given", std::to_string(pool.port()),
                             folder.write("message", login_message()), folder.path()})) +
             "; true");
    GuardResult result = run_guard(options);
    EXPECT_EQ(result.exit_code, 86) << result.err;
    EXPECT_EQ(slurp(folder / "user"), "ended") << result.err;
    EXPECT_EQ(slurp(folder / "worker"), "lived on") << result.err;
    EXPECT_EQ(slurp(folder / "another"), "connected") << result.err;
    EXPECT_EQ(pool.bytes(), "");
    EXPECT_EQ(findings_of(result, pool.port()).size(), 1u) << result.out;
}

// Nor where nobody is seen to write.
TEST(StratumOwner, WhoGaveAUserASocketLivesHoweverHeWrites)
{
    TempFolder folder;
    FakePool pool;
    GuardOptions options;
    options.mode = Mode::kill;
    options.command =
        bash(quoted(sharing({"given", std::to_string(pool.port()),
                             folder.write("message", login_message()), folder.path(), "pieces"})) +
             "; true");
    GuardResult result = run_guard(options);
    EXPECT_EQ(result.exit_code, 86) << result.err;
    EXPECT_NE(slurp(folder / "user"), "") << "who connected was ended: " << result.out;
    EXPECT_EQ(slurp(folder / "worker"), "lived on") << result.err;
    EXPECT_EQ(slurp(folder / "another"), "connected") << result.err;
    std::vector<Finding> found = findings_of(result, pool.port());
    ASSERT_EQ(found.size(), 1u) << result.out;
    EXPECT_FALSE(found[0].pids("holder").empty()) << found[0].json;
}

// Nor by what he asks a proxy for.
TEST(StratumOwner, WhoGaveAUserASocketToAskForAPoolLives)
{
    TempFolder folder;
    FakePool pool;
    GuardOptions options;
    options.mode = Mode::kill;
    options.policy = R"({"detections": {"stratum": {"addresses": ["127.0.0.2"]}}})";
    options.command =
        bash(quoted(sharing({"given", std::to_string(pool.port()),
                             folder.write("message", "CONNECT 127.0.0.2:3333 HTTP/1.1\r\n\r\n"),
                             folder.path()})) +
             "; true");
    GuardResult result = run_guard(options);
    EXPECT_EQ(result.exit_code, 86) << result.err;
    EXPECT_EQ(slurp(folder / "user"), "ended") << result.err;
    EXPECT_EQ(slurp(folder / "worker"), "lived on") << result.err;
    EXPECT_EQ(slurp(folder / "another"), "connected") << result.err;
    EXPECT_EQ(pool.bytes(), "");
    std::vector<Finding> found = findings_of(result, pool.port());
    ASSERT_EQ(found.size(), 1u) << result.out;
    EXPECT_EQ(found[0].code(), "MINE-002");
    EXPECT_EQ(found[0].pids("writer").size(), 1u) << found[0].json;
}

// What was accepted once, and then connects, is a connection like others.
TEST(StratumOwner, AnAcceptedSocketThatConnectsIsRead)
{
    TempFolder folder;
    FakePool pool;
    GuardOptions options;
    options.mode = Mode::block;
    options.command =
        bash(quoted(sharing({"accepted", std::to_string(pool.port()),
                             folder.write("message", login_message()), folder / "result"})));
    GuardResult result = run_guard(options);
    EXPECT_EQ(slurp(folder / "result"), "spoke") << result.err;
    EXPECT_EQ(pool.bytes(), "");
    EXPECT_EQ(findings_of(result, pool.port()).size(), 1u) << result.out;
}

// A fork on the same connection is the same program going on.
TEST(StratumOwner, AForkIsNoWayOut)
{
    TempFolder folder;
    FakePool ends, stays, inherits;
    const std::string message = folder.write("message", login_message());
    auto miner = [&](const FakePool& pool, const char* how) {
        return quoted(sharing({"forks", std::to_string(pool.port()), message, folder / how, how})) +
               "& ";
    };
    GuardOptions options;
    options.mode = Mode::kill;
    options.command = bash(miner(ends, "ends") + miner(stays, "stays") +
                           miner(inherits, "inherits") + "wait; sleep 10");
    GuardResult result = run_guard(options);
    EXPECT_EQ(result.exit_code, 86) << result.err;
    for (const auto& [pool, how] :
         {std::pair(&ends, "ends"), std::pair(&stays, "stays"), std::pair(&inherits, "inherits")}) {
        SCOPED_TRACE(how);
        EXPECT_FALSE(exists(folder / how)) << "a fork lived on";
        EXPECT_EQ(pool->bytes(), "");
        EXPECT_EQ(findings_of(result, pool->port()).size(), 1u) << result.out;
    }
    std::vector<Finding> found = findings_of(result, inherits.port());
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].pids("writer").size(), 1u) << found[0].json;
}

// A pool's words, and then none of one's own.
class StratumGreeted : public testing::TestWithParam<Mode> {};

TEST_P(StratumGreeted, IsReportedAndLeftAlone)
{
    TempFolder folder;
    FakePool pool(0, "{\"id\":null,\"method\":\"mining.set_difficulty\",\"params\":[512]}\n"),
        banner(0, "220 welcome\r\n");
    GuardOptions options;
    options.mode = GetParam();
    auto client = [&](const FakePool& server, const std::string& message, const char* name) {
        return quoted({program("live_stratum_client"), "127.0.0.1", std::to_string(server.port()),
                       message, "listen", folder / name}) +
               "; ";
    };
    options.command =
        bash(client(pool, folder.write("quit", "QUIT\r\n"), "greeted") +
             client(banner, folder.write("login", login_message()), "mines") + "exit 3");
    GuardResult result = run_guard(options);
    EXPECT_EQ(pool.bytes(), "QUIT\r\n");
    EXPECT_TRUE(client_report(folder / "greeted").written) << "it was ended";
    std::vector<Finding> greeting = findings_of(result, pool.port());
    ASSERT_EQ(greeting.size(), 1u) << result.out;
    EXPECT_EQ(greeting[0].code(), "MINE-001");
    EXPECT_EQ(greeting[0].action(), 3);
    EXPECT_EQ(greeting[0].json["severity_id"], 3);
    EXPECT_EQ(greeting[0].json["confidence_id"], 1);
    // A server's banner opens no way for its client.
    EXPECT_EQ(findings_of(result, banner.port()).size(), 1u) << result.out;
    EXPECT_EQ(banner.bytes().empty(), GetParam() != Mode::monitor);
}

INSTANTIATE_TEST_SUITE_P(Live, StratumGreeted,
                         testing::Values(Mode::monitor, Mode::block, Mode::kill),
                         [](const auto& test) { return std::string(mode_name(test.param)); });

TEST(StratumOwner, PossibleAloneLeavesTheStatus)
{
    TempFolder folder;
    FakePool pool(0, "{\"id\":null,\"method\":\"mining.set_difficulty\",\"params\":[512]}\n");
    GuardOptions options;
    options.mode = Mode::block;
    options.alone = true;
    options.command =
        bash(quoted({program("live_stratum_client"), "127.0.0.1", std::to_string(pool.port()),
                     folder.write("message", "QUIT\r\n"), "listen", folder / "result"}) +
             "; exit 3");
    GuardResult result = run_guard(options);
    EXPECT_EQ(result.exit_code, 3) << result.err;
    EXPECT_EQ(result.codes(), std::vector<std::string>{"MINE-001"});
}

// Words that are like a pool's, and a word that is not finished.
TEST(StratumOwner, HonestWordsArriveWholeAndInSilence)
{
    TempFolder folder;
    const std::string messages[] = {
        R"({"id":4,"method":"mining.truck_position","params":{"truck":"t"}})"
        "\n",
        R"({"id":3,"jsonrpc":"2.0","method":"keepalived","params":{"id":"7f3a"}})"
        "\n",
        R"({"id":9,"user":"u","method":"mining.autho)",
        R"({"id":9,"user":"u","method":"mining.authorize)",
        R"({"id":9,"method":"login)",
    };
    FakePool pool;
    std::string script, all;
    for (const std::string& message : messages) {
        all += message;
        script += "exec 3<>/dev/tcp/127.0.0.1/" + std::to_string(pool.port()) + "; cat " +
                  folder.write("message." + std::to_string(all.size()), message) +
                  " >&3; exec 3>&-; ";
    }
    GuardOptions options;
    options.mode = Mode::kill;
    options.command = bash(script + "sleep 2");
    GuardResult result = run_guard(options);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_THAT(result.codes(), IsEmpty()) << result.out;
    EXPECT_EQ(pool.bytes().size(), all.size()) << pool.bytes();
}

// However many others connect meanwhile.
TEST(StratumOwner, IsNotForgotten)
{
    TempFolder folder;
    FakePool pool, other;
    GuardOptions options;
    options.mode = Mode::kill;
    options.command =
        sharing({"forgotten", std::to_string(pool.port()), folder.write("message", login_message()),
                 folder / "result", std::to_string(other.port())});
    GuardResult result = run_guard(options);
    EXPECT_EQ(result.exit_code, 86) << result.err;
    EXPECT_EQ(slurp(folder / "result"), "");
    std::vector<Finding> found = findings_of(result, pool.port());
    ASSERT_EQ(found.size(), 1u) << result.out;
    EXPECT_EQ(found[0].pids("owner").size(), 1u);
    EXPECT_EQ(pool.bytes(), "");
}

} // namespace
} // namespace davylamp::test
