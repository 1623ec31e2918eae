// SPDX-License-Identifier: Apache-2.0
// A process that /proc names is the process that the kernel's records name.
#include <sys/stat.h>

#include "base/process.h"
#include "scene.h"

namespace davylamp::test {
namespace {

const davy_flow kPoolsFlow = flow("203.0.113.9", 3333);

// In the middle of a clock tick, as start times are.
davy_process miner()
{
    davy_process process = with_uid(test::process(50, 40, "xmrig"), 1000);
    process.id.start_ns = 50 * kSecond + 3'456'789;
    return process;
}

davy_event_stratum older(std::uint64_t time_ns)
{
    auto event = stratum(time_ns, kMonitor, test::process(1, 0, ""), kPoolsFlow, kSubscribe);
    event.owner = {};
    event.header.tgid = 0;
    return event;
}

struct Owned : testing::Test {
    void SetUp() override
    {
        scene.start();
        scene.source->scope = {test::process(49, 40, "sh"), miner()};
        scene.sockets->held_by = {{ticks_of(miner().id.start_ns), 50}};
    }
    Scene scene;
};

TEST_F(Owned, TheHolderHasTheKernelsStartTimeUidAndName)
{
    Owners owners(*scene.sockets, *scene.source, "/proc");
    auto holding = owners.holding(kPoolsFlow, -1);
    ASSERT_EQ(holding.size(), 1u);
    EXPECT_EQ(holding[0].id.start_ns, miner().id.start_ns);
    EXPECT_EQ(holding[0].uid, 1000u);
    EXPECT_STREQ(holding[0].comm, "xmrig");
}

// One process, known by its exec: its uid and its incident are the ones of what it did before.
TEST_F(Owned, TheAlertIsOfTheProcessThatIsKnown)
{
    scene.source->telemetry = {Record(execs(60 * kSecond, miner(), "/opt/xmrig", {"xmrig"}))};
    scene.source->alerts = {Record(fileless(61 * kSecond, kMonitor, miner(), memfd(9, "x"), "x"))};
    scene.turn();
    scene.source->alerts = {Record(older(62 * kSecond))};
    scene.turn();
    ASSERT_EQ(scene.alerts.size(), 2u);
    const ProcessInfo& owner = scene.alerts[1].parties.at(0).process;
    EXPECT_EQ(owner.id.start_ns, miner().id.start_ns);
    EXPECT_TRUE(owner.ids_known);
    EXPECT_EQ(owner.uid, 1000u);
    EXPECT_EQ(scene.alerts[1].incident, scene.alerts[0].incident);
}

TEST_F(Owned, ToHoldASocketConvictsNobody)
{
    auto event = older(62 * kSecond);
    event.decision.mode = kKill;
    judge(event);
    scene.source->alerts = {Record(event)};
    scene.turn();
    EXPECT_TRUE(scene.killer->killed.empty());
    ASSERT_EQ(scene.alerts.size(), 1u);
    EXPECT_EQ(scene.alerts[0].parties.at(0).role, Role::holder);
    EXPECT_EQ(scene.alerts[0].parties[0].process.id.start_ns, miner().id.start_ns);
}

// The pid was another's before: nothing of that one is taken.
TEST_F(Owned, AnotherProcessOfThatPidIsNotTheHolder)
{
    const std::uint64_t ticks = ticks_of(miner().id.start_ns) + 1;
    scene.sockets->held_by = {{ticks, 50}};
    Owners owners(*scene.sockets, *scene.source, "/nowhere");
    auto holding = owners.holding(kPoolsFlow, -1);
    ASSERT_EQ(holding.size(), 1u);
    EXPECT_EQ(holding[0].id.start_ns, tick_start_ns(ticks));
    EXPECT_EQ(holding[0].uid, 0u);
    EXPECT_STREQ(holding[0].comm, "");
}

// Outside the scope: no record tells of it, and /proc is all there is.
TEST_F(Owned, AStrangerIsNamedFromProc)
{
    TempFolder proc;
    ASSERT_EQ(::mkdir((proc / "77").c_str(), 0755), 0);
    proc.write("77/comm", "stranger\n");
    scene.sockets->held_by = {{1234, 77}};
    Owners owners(*scene.sockets, *scene.source, proc.path());
    auto holding = owners.holding(kPoolsFlow, -1);
    ASSERT_EQ(holding.size(), 1u);
    EXPECT_EQ(holding[0].id.tgid, 77u);
    EXPECT_EQ(ticks_of(holding[0].id.start_ns), 1234u);
    EXPECT_STREQ(holding[0].comm, "stranger");
}

} // namespace
} // namespace davylamp::test
