// SPDX-License-Identifier: Apache-2.0
// Acting comes before completing, however long that takes, and completing before reporting.
#include <cerrno>
#include <cstring>
#include <future>
#include <thread>

#include "scene.h"
#include "support/eventually.h"

namespace davylamp::test {
namespace {

using testing::ElementsAre;

const davy_flow kFlow = flow("203.0.113.9", 3333);

// A chain in kill mode: the source was refused by the kernel, both are left to be ended.
davy_event_chain chain_of(std::uint32_t source, std::uint32_t sink)
{
    return chain(kSecond, kKill, process(source, 1, "curl"), process(sink, 1, "bash"), kFlow);
}

davy_event_place place_of(std::uint32_t pid)
{
    davy_event_place event{};
    event.header = chain_of(pid, pid).header;
    event.header.kind = DAVY_EVENT_PLACE;
    event.header.size = sizeof event;
    event.process = id(pid);
    event.path[0] = event.inside[0] = '/';
    return event;
}

davy_event_stratum without_owner(davy_event_stratum event)
{
    event.owner = {};
    event.owner_uid = 0;
    event.header.tgid = 0;
    std::memset(event.owner_comm, 0, sizeof event.owner_comm);
    return event;
}

davy_event_stratum older_flow(std::uint8_t mode)
{
    return without_owner(stratum(kSecond, mode, process(50, 1, "xmrig"), kFlow, kSubscribe));
}

davy_event_stratum midstream_flow()
{
    davy_event_stratum event = older_flow(kKill);
    event.facts.midstream = 1;
    event.flow.cookie = 8;
    judge(event);
    return event;
}

class Order : public testing::Test {
protected:
    // A step that hangs until released.
    void hang()
    {
        scene.log.add("hang");
        gate.get_future().wait();
    }
    // Within a turn that hangs, `line` is done and nothing is told.
    void run_until(const std::string& line)
    {
        std::thread turn([&] { scene.turn(); });
        EXPECT_TRUE(eventually([&] { return scene.log.has("hang"); }, std::chrono::seconds(10)));
        EXPECT_TRUE(scene.log.has(line)) << "it waits for what hangs";
        EXPECT_TRUE(scene.alerts.empty()) << "told before it was complete";
        gate.set_value();
        turn.join();
    }

    Scene scene;
    std::promise<void> gate;
};

TEST_F(Order, AKillWaitsForNoPathOfAnEarlierRecord)
{
    scene.host_path = [&](auto, auto, auto) {
        hang();
        return std::string("/on/host");
    };
    scene.start();
    scene.source->alerts = {Record(place_of(100)), Record(chain_of(100, 101))};
    run_until("kill 101");
    EXPECT_THAT(scene.log.lines(), ElementsAre("kill 101", "kill 100", "hang", "tell CHAIN-001"));
    // Told with what was found all the same.
    ASSERT_EQ(scene.alerts.size(), 1u);
    bool seen = false;
    for (const AlertParty& party : scene.alerts[0].parties)
        seen = seen || (party.process.place && party.process.place->host_path == "/on/host");
    EXPECT_TRUE(seen);
}

TEST_F(Order, AKillWaitsForNoWalkOverProc)
{
    scene.start();
    scene.sockets->while_looking = [&] { hang(); };
    scene.source->alerts = {Record(midstream_flow()), Record(chain_of(100, 101))};
    run_until("kill 100");
}

TEST_F(Order, AConnectionWithAnOwnerWaitsForNoWalkEither)
{
    scene.start();
    scene.sockets->while_looking = [&] { hang(); };
    auto owned = stratum(kSecond, kKill, process(60, 1, "xmrig"), kFlow, kSubscribe);
    scene.source->alerts = {Record(midstream_flow()), Record(owned)};
    run_until("kill 60");
    // A client that learns of the end first would have time to go on.
    auto lines = scene.log.lines();
    EXPECT_THAT(std::vector(lines.begin(), lines.begin() + 3),
                ElementsAre("stop 60", "destroy 7", "kill 60"));
}

// Whom to end has to be looked for, while the socket is there; others do not wait for it.
TEST_F(Order, AnOlderFlowIsEndedLastAndItsHolderWithIt)
{
    scene.start();
    scene.sockets->held_by = {{ticks_of(50 * kSecond), 50}};
    scene.source->scope = {process(50, 1, "xmrig")};
    scene.source->alerts = {Record(older_flow(kKill)), Record(chain_of(100, 101))};
    scene.turn();
    EXPECT_THAT(scene.log.lines(),
                ElementsAre("kill 101", "kill 100", "look for holders", "stop 50", "destroy 7",
                            "kill 50", "tell MINE-001", "tell CHAIN-001"));
    ASSERT_FALSE(scene.alerts.empty());
    EXPECT_EQ(scene.alerts[0].parties.at(0).process.id.tgid, 50u);
}

TEST_F(Order, BlockModeEndsTheOlderFlowAloneAndSaysWhoHasIt)
{
    scene.start();
    scene.sockets->held_by = {{ticks_of(50 * kSecond), 50}};
    scene.source->scope = {process(50, 1, "xmrig")};
    scene.source->alerts = {Record(older_flow(kBlock))};
    scene.turn();
    EXPECT_THAT(scene.log.lines(), ElementsAre("look for holders", "destroy 7", "tell MINE-001"));
    EXPECT_EQ(scene.alerts.at(0).parties.at(0).process.id.tgid, 50u);
}

// Who connected has left the socket to another process.
TEST_F(Order, WhoInheritedASocketIsEndedToo)
{
    scene.start();
    scene.killer->gone = {60};
    scene.sockets->held_by = {{ticks_of(61 * kSecond), 61}};
    scene.source->scope = {process(61, 60, "xmrig")};
    auto owned = stratum(kSecond, kKill, process(60, 1, "xmrig"), kFlow, kSubscribe);
    scene.source->alerts = {Record(owned)};
    scene.turn();
    EXPECT_THAT(scene.log.lines(), ElementsAre("stop 60", "look for holders", "stop 61",
                                               "destroy 7", "kill 60", "kill 61", "tell MINE-001"));
}

// The same, and it is another user's: it took no part. The connection ends all the same.
TEST_F(Order, WhoInheritedASocketFromAnotherUserLives)
{
    scene.start();
    scene.killer->gone = {60};
    scene.killer->others = {61};
    scene.sockets->held_by = {{ticks_of(61 * kSecond), 61}};
    scene.source->scope = {process(61, 60, "relay")};
    auto owned = stratum(kSecond, kKill, process(60, 1, "xmrig"), kFlow, kSubscribe);
    owned.owner_uid = 1001;
    scene.source->alerts = {Record(owned)};
    scene.turn();
    EXPECT_THAT(scene.log.lines(), ElementsAre("stop 60", "look for holders", "destroy 7",
                                               "kill 60", "tell MINE-001"));
    ASSERT_EQ(scene.notes.size(), 1u);
    EXPECT_THAT(scene.notes[0], testing::HasSubstr("process 61 is left alive (MINE-001)"));
}

// Another user's process is left alive, and named; the verdict on the interpreter stands.
TEST_F(Order, WhoIsOutOfReachIsNamedAndLeftAlive)
{
    scene.start();
    scene.killer->others = {100};
    auto event = chain_of(100, 101);
    event.causer_uid = 1001;
    scene.source->alerts = {Record(event), Record(event)};
    scene.turn();
    EXPECT_THAT(scene.log.lines(),
                ElementsAre("kill 101", "kill 101", "tell CHAIN-001")); // the second repeats it
    ASSERT_EQ(scene.notes.size(), 1u) << "once";
    EXPECT_THAT(scene.notes[0], testing::HasSubstr("process 100 is left alive (CHAIN-001)"));
}

TEST_F(Order, AKillThatFailsIsTold)
{
    scene.start();
    scene.killer->kill_outcome = {DAVY_OUTCOME_FAILED, EPERM};
    scene.source->alerts = {Record(chain_of(100, 101))};
    scene.turn();
    EXPECT_EQ(scene.monitor->failed(), 2u);
    EXPECT_EQ(scene.monitor->killed(), 0u);
    ASSERT_EQ(scene.notes.size(), 2u);
    EXPECT_THAT(scene.notes[0], testing::HasSubstr("process 101 goes on"));
    EXPECT_THAT(scene.notes[0], testing::HasSubstr("CHAIN-001"));
    EXPECT_THAT(scene.notes[0], testing::HasSubstr("Operation not permitted"));
}

TEST_F(Order, TheRecordingHasEachRecordBeforeItsOutcomes)
{
    TempFolder folder;
    scene.record = folder / "recording";
    scene.start();
    scene.sockets->held_by = {{ticks_of(50 * kSecond), 50}};
    scene.source->alerts = {Record(older_flow(kKill)), Record(chain_of(100, 101))};
    scene.source->telemetry = {Record(forks(kSecond, 1, 100, "curl"))};
    scene.turn();
    ASSERT_TRUE(scene.monitor->finish());
    auto reader = RecordingReader::open(scene.record);
    ASSERT_TRUE(reader) << reader.error().text();
    std::vector<std::string> kinds;
    for (auto event = reader->next(); event && *event; event = reader->next())
        kinds.emplace_back(kind_name((*event)->kind()));
    EXPECT_THAT(
        kinds, ElementsAre("fork", "stratum", "outcome", "outcome", "chain", "outcome", "outcome"));
}

} // namespace
} // namespace davylamp::test
