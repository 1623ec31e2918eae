// SPDX-License-Identifier: Apache-2.0
// Connections that were open before the sensor came: reported, and left alone, once they have
// spoken; judged like any other where they have not.
#include <gtest/gtest.h>
#include <signal.h>

#include <cerrno>
#include <sstream>

#include "own_cgroup.h"
#include "stratum_site.h"
#include "support/miner_pool.h"

namespace davylamp::test {
namespace {

// The alerts of a sensor so far about the connections to a port.
std::vector<Finding> alerts(const Subprocess& sensor, std::uint16_t port)
{
    GuardResult result;
    std::istringstream lines(sensor.out());
    for (std::string line; std::getline(lines, line);) {
        auto json = nlohmann::json::parse(line, nullptr, false); // the last may be half written
        if (json.is_object() && json.contains("class_uid"))
            result.findings.push_back({std::move(json)});
    }
    return findings_of(result, port);
}

class StratumOlder : public testing::TestWithParam<Mode> {};

TEST_P(StratumOlder, IsReportedAndLeftAloneOnceItHasSpoken)
{
    const Mode mode = GetParam();
    TempFolder folder;
    OwnCgroup cgroup;
    MinerPool pool(scripts(), 2);
    const std::uint16_t mining = pool.port(0), idle = pool.port(1);
    // A socket belongs to the cgroup in which it was made.
    auto start = [&](const std::string& name, std::uint16_t port) {
        return bash("echo $$ > " + cgroup.path() + "/cgroup.procs; exec " +
                    quoted(miner("127.0.0.1", port, folder / name,
                                 {"--ready", folder / (name + ".ready"), "--hold",
                                  folder / (name + ".go")})));
    };
    Subprocess submits(start("submits", mining)), listens(start("listens", idle));
    for (const char* name : {"submits.ready", "listens.ready"})
        ASSERT_TRUE(eventually([&] { return exists(folder / name); })) << name;

    Subprocess sensor({davylamp(), "run", "--no-pin", "--format", "json", "--mode", mode_name(mode),
                       "--scope", cgroup.path()});
    ASSERT_TRUE(eventually([&] { return sensor.err().find("watching") != std::string::npos; }))
        << sensor.err();
    EXPECT_TRUE(alerts(sensor, mining).empty() && alerts(sensor, idle).empty()) << sensor.out();

    // One submits a share, the other is sent a job.
    folder.write("submits.go", "");
    pool.push_job(idle);
    for (std::uint16_t port : {mining, idle}) {
        SCOPED_TRACE(port == mining ? "submits" : "listens");
        ASSERT_TRUE(eventually([&] { return !alerts(sensor, port).empty(); })) << sensor.out();
        Finding alert = alerts(sensor, port)[0];
        EXPECT_EQ(alert.code(), "MINE-001");
        EXPECT_EQ(alert.action(), 3);
        EXPECT_EQ(fact(alert, "midstream"), "yes");
        EXPECT_EQ(fact(alert, "direction"), port == mining ? "to_server" : "to_client");
    }
    folder.write("listens.go", "");
    EXPECT_EQ(submits.wait(), 0) << slurp(folder / "submits");
    EXPECT_EQ(listens.wait(), 0) << slurp(folder / "listens");
    EXPECT_EQ(miner_outcome(folder / "submits")["shares"], 2);
    EXPECT_EQ(alerts(sensor, mining).size(), 1u) << sensor.out();
    // What was sent to it was possible; what it said then is certain.
    const std::vector<Finding> both = alerts(sensor, idle);
    ASSERT_EQ(both.size(), 2u) << sensor.out();
    EXPECT_EQ(both[0].json["confidence_id"], 1);
    EXPECT_EQ(both[1].json["confidence_id"], 3);
    EXPECT_EQ(fact(both[1], "direction"), "to_server");
    sensor.signal(SIGTERM);
    EXPECT_EQ(sensor.wait(), 0) << sensor.err();
}

// The whole session is seen, though not its handshake.
TEST_P(StratumOlder, IsRefusedAtItsFirstWord)
{
    const Mode mode = GetParam();
    TempFolder folder;
    OwnCgroup cgroup;
    MinerPool pool(scripts(), 1);
    const std::uint16_t port = pool.port(0);
    Subprocess waits(
        bash("echo $$ > " + cgroup.path() + "/cgroup.procs; exec " +
             quoted(miner("127.0.0.1", port, folder / "result", {"--wait", folder / "go"}))));
    ASSERT_TRUE(eventually([&] { return pool.connections(port).size() == 1; }));
    Subprocess sensor({davylamp(), "run", "--no-pin", "--format", "json", "--mode", mode_name(mode),
                       "--scope", cgroup.path()});
    ASSERT_TRUE(eventually([&] { return sensor.err().find("watching") != std::string::npos; }))
        << sensor.err();
    folder.write("go", "");
    waits.wait();
    ASSERT_TRUE(eventually([&] { return pool.all_ended(port); }));
    EXPECT_EQ(pool.connections(port)[0].raw, "");
    // Nobody saw who connected; one process alone holds the socket, and it speaks Stratum.
    const nlohmann::json outcome = miner_outcome(folder / "result");
    EXPECT_EQ(outcome.is_null(), mode == Mode::kill);
    if (!outcome.is_null()) {
        EXPECT_EQ(outcome["recv"], ECONNABORTED) << outcome;
    }
    ASSERT_TRUE(eventually([&] { return !alerts(sensor, port).empty(); })) << sensor.out();
    Finding alert = alerts(sensor, port)[0];
    EXPECT_EQ(alert.code(), "MINE-001");
    EXPECT_EQ(alert.action(), 2);
    EXPECT_EQ(alert.disposition(), 6);
    EXPECT_EQ(fact(alert, "midstream"), "");
    EXPECT_EQ(alert.pids("owner"), (std::vector<int>{waits.pid()}));
    sensor.signal(SIGTERM);
    EXPECT_EQ(sensor.wait(), 0) << sensor.err();
}

INSTANTIATE_TEST_SUITE_P(Live, StratumOlder, testing::Values(Mode::block, Mode::kill),
                         [](const auto& test) { return std::string(mode_name(test.param)); });

} // namespace
} // namespace davylamp::test
