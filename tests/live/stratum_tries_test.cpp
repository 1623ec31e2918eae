// SPDX-License-Identifier: Apache-2.0
// A miner that was refused comes back, for ever: its pool is known for a minute, and hears nothing.
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>

#include "stratum_site.h"
#include "support/fake_pool.h"
#include "support/miner_pool.h"

namespace davylamp::test {
namespace {

TEST(StratumTries, AreRefusedAtConnectForAWhile)
{
    constexpr int kTries = 1000;
    TempFolder folder;
    MinerPool pool(scripts(), 1);
    FakePool neighbour; // another port of the same address
    const std::uint16_t port = pool.port(0);
    GuardOptions options;
    options.mode = Mode::block;
    // The first try is refused when it has spoken. Once that is over, the others begin.
    options.command =
        bash(quoted(miner("127.0.0.1", port, folder / "first")) + "; " +
             quoted(miner("127.0.0.1", port, folder / "others",
                          {"--retry", "0", "--tries", std::to_string(kTries)})) +
             "; " +
             quoted({program("live_stratum_client"), "127.0.0.1", std::to_string(neighbour.port()),
                     folder.write("message", "hello\n"), "one", folder / "neighbour"}));
    GuardResult result = run_guard(options);
    EXPECT_EQ(result.exit_code, 86) << result.err;

    const nlohmann::json first = miner_outcome(folder / "first"),
                         others = miner_outcome(folder / "others");
    ASSERT_FALSE(first.is_null() || others.is_null()) << result.err;
    EXPECT_EQ(first["connect"], 0);
    EXPECT_EQ(others["tries"], kTries);
    EXPECT_EQ(others["forbidden"], kTries) << others;
    EXPECT_LT(others["all_ms"], 2000);
    EXPECT_EQ(pool.connections(port).size(), 1u);
    EXPECT_EQ(client_report(folder / "neighbour").connect, 0);

    std::vector<Finding> found = findings_of(result, port);
    ASSERT_GE(found.size(), 2u) << result.out;
    EXPECT_LE(found.size(), 5u) << result.out;
    for (const Finding& finding : found) {
        EXPECT_EQ(finding.code(), "MINE-001");
        EXPECT_EQ(finding.action(), 2);
    }
    EXPECT_FALSE(found[0].did("refuse"));
    EXPECT_TRUE(found[1].did("refuse"));
    EXPECT_EQ(fact(found[1], "match"), "proven");
}

// Known to the program that was refused there, by its user, and to nobody else; and not where a
// proxy stands, behind which most hosts are no pools.
TEST(StratumTries, AreHeldAgainstTheirOwnProgramAndNoProxy)
{
    TempFolder folder;
    MinerPool pool(scripts(), 2);
    const std::string message = folder.write("message", "{}\n");
    auto client = [&](std::uint16_t port, const std::string& name) {
        return quoted({program("live_stratum_client"), "127.0.0.1", std::to_string(port), message,
                       "one", folder / name}) +
               "; ";
    };
    const std::uint16_t direct = pool.port(0), proxied = pool.port(1);
    GuardOptions options;
    options.mode = Mode::block;
    options.command =
        bash("chmod 777 " + folder.path() + "; " +
             quoted(miner("127.0.0.1", direct, folder / "direct")) + "; " +
             quoted(miner("pool.test", proxied, folder / "proxied",
                          {"--socks5", "127.0.0.1:" + std::to_string(proxied)})) +
             "; " + quoted(miner("127.0.0.1", direct, folder / "again")) + "; " +
             client(direct, "another program") + "setpriv --reuid 65534 --clear-groups " +
             client(direct, "another user") + client(proxied, "same proxy"));
    GuardResult result = run_guard(options);
    EXPECT_EQ(result.exit_code, 86) << result.err;
    for (const char* refused : {"direct", "proxied"}) {
        const nlohmann::json outcome = miner_outcome(folder / refused);
        ASSERT_FALSE(outcome.is_null()) << result.err;
        EXPECT_TRUE(was_aborted(outcome)) << outcome;
    }
    EXPECT_EQ(miner_outcome(folder / "again")["connect"], EPERM);
    EXPECT_EQ(client_report(folder / "another program").connect, 0);
    EXPECT_EQ(client_report(folder / "another user").connect, 0);
    EXPECT_EQ(client_report(folder / "same proxy").connect, 0);
}

} // namespace
} // namespace davylamp::test
