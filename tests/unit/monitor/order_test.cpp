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

// Who connected was seen to write.
davy_event_stratum spoken(std::uint64_t time_ns, const davy_process& by)
{
    auto event = stratum(time_ns, kKill, by, kFlow, kSubscribe);
    event.writer = event.owner;
    event.writer_uid = event.owner_uid;
    return event;
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
    auto owned = spoken(kSecond, process(60, 1, "xmrig"));
    scene.source->alerts = {Record(midstream_flow()), Record(owned)};
    run_until("kill 60");
    // A client that learns of the end first would have time to go on.
    auto lines = scene.log.lines();
    EXPECT_THAT(std::vector(lines.begin(), lines.begin() + 3),
                ElementsAre("stop 60", "destroy 7", "kill 60"));
}

// Who has it has to be looked for, while the socket is there; others do not wait for it. To hold a
// socket convicts nobody.
TEST_F(Order, AnOlderFlowIsEndedLastAndItsHolderIsNamed)
{
    scene.start();
    scene.sockets->held_by = {{ticks_of(50 * kSecond), 50}};
    scene.source->scope = {process(50, 1, "xmrig")};
    scene.source->alerts = {Record(older_flow(kKill)), Record(chain_of(100, 101))};
    scene.turn();
    EXPECT_THAT(scene.log.lines(), ElementsAre("kill 101", "kill 100", "look for holders",
                                               "destroy 7", "tell MINE-001", "tell CHAIN-001"));
    ASSERT_FALSE(scene.alerts.empty());
    EXPECT_EQ(scene.alerts[0].parties.at(0).process.id.tgid, 50u);
    EXPECT_EQ(scene.alerts[0].parties.at(0).role, Role::holder);
}

// Who was seen to write pays without a look.
TEST_F(Order, AnOlderFlowsWriterIsEndedAtOnce)
{
    scene.start();
    auto event = older_flow(kKill);
    event.owner = event.writer = id(50);
    scene.source->alerts = {Record(event)};
    scene.turn();
    EXPECT_THAT(scene.log.lines(), ElementsAre("stop 50", "destroy 7", "kill 50", "tell MINE-001"));
}

// Somebody connected and wrote; whoever reads, or got the socket, has done nothing.
TEST_F(Order, WhoConnectedAndWhoWrotePay)
{
    scene.start();
    auto event = stratum(kSecond, kKill, process(60, 1, "sh"), kFlow, kSubscribe);
    event.writer = id(61);
    scene.source->alerts = {Record(event)};
    scene.turn();
    EXPECT_THAT(scene.log.lines(), ElementsAre("stop 60", "stop 61", "destroy 7", "kill 60",
                                               "kill 61", "tell MINE-001"));
    ASSERT_EQ(scene.alerts.at(0).parties.size(), 2u);
    EXPECT_EQ(scene.alerts[0].parties[1].role, Role::writer);
}

// A relay wrote what came in on a connection that it accepted: the flow ends, and nobody else.
TEST_F(Order, ARelayIsToldAndLives)
{
    scene.start();
    auto event = spoken(kSecond, process(60, 1, "socat"));
    event.may_be_relayed = 1;
    event.message = 4712;
    scene.sockets->sockets_of[60] = {3, 4};
    scene.source->messages = {{4, 4712}};
    scene.source->alerts = {Record(event)};
    scene.turn();
    EXPECT_THAT(scene.log.lines(),
                ElementsAre("look at the sockets of 60", "destroy 7", "tell MINE-001"));
    EXPECT_TRUE(std::get<StratumFinding>(scene.alerts.at(0).finding).relayed);
}

// Stratum came in elsewhere, or another message did.
TEST_F(Order, WhoRelaysSomethingElsePays)
{
    scene.start();
    auto event = spoken(kSecond, process(60, 1, "xmrig"));
    event.may_be_relayed = 1;
    event.message = 4712;
    scene.sockets->sockets_of[60] = {3};
    scene.sockets->sockets_of[61] = {4};
    scene.source->messages = {{3, 4711}, {4, 4712}};
    scene.source->alerts = {Record(event)};
    scene.turn();
    EXPECT_TRUE(scene.log.has("kill 60"));
    EXPECT_FALSE(std::get<StratumFinding>(scene.alerts.at(0).finding).relayed);
}

// A proxy connects where its client asked it to: it is refused, and lives.
TEST_F(Order, ARelayThatIsAskedForAPoolIsToldAndLives)
{
    scene.start();
    auto relays = pool(kSecond, kKill, process(60, 1, "squid"), kFlow, DAVY_POOL_ADDRESS, 5);
    relays.relayed = 1;
    auto mines = pool(kSecond, kKill, process(61, 1, "xmrig"), kFlow, DAVY_POOL_ADDRESS, 5);
    scene.source->alerts = {Record(relays), Record(mines)};
    scene.turn();
    EXPECT_FALSE(scene.log.has("kill 60"));
    EXPECT_TRUE(scene.log.has("kill 61"));
    ASSERT_EQ(scene.alerts.size(), 2u);
    EXPECT_TRUE(std::get<PoolFinding>(scene.alerts[0].finding).relayed);
    EXPECT_FALSE(std::get<PoolFinding>(scene.alerts[1].finding).relayed);
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

// Who connected has left the socket to another process, of which nothing else is known.
TEST_F(Order, WhoIsLeftWithASocketIsNamedAndLives)
{
    scene.start();
    scene.killer->gone = {60};
    scene.sockets->held_by = {{ticks_of(61 * kSecond), 61}};
    scene.source->scope = {process(61, 1, "service")};
    auto owned = spoken(kSecond, process(60, 1, "xmrig"));
    scene.source->alerts = {Record(owned)};
    scene.turn();
    EXPECT_THAT(scene.log.lines(), ElementsAre("stop 60", "look for holders", "destroy 7",
                                               "kill 60", "tell MINE-001"));
    ASSERT_EQ(scene.alerts.at(0).parties.size(), 2u);
    EXPECT_EQ(scene.alerts[0].parties[1].role, Role::holder);
    EXPECT_EQ(scene.alerts[0].parties[1].process.id.tgid, 61u);
}

// A flow of process 60, connected when it was half a second old.
davy_event_stratum flow_of_60()
{
    auto owned = spoken(70 * kSecond, process(60, 1, "xmrig"));
    owned.connected_ns = id(60).start_ns + kSecond / 2;
    return owned;
}

// What tells that 60 was there, and that it forked.
std::vector<Record> fork_of_60(std::uint32_t child)
{
    return {Record(execs(kSecond, process(60, 1, "sh"), "/bin/sh", {"sh"})),
            Record(forks(kSecond, 60, child, "sh"))};
}

// It runs on what its parent was, on the same connection: a login and a fork are no way out. Who
// was handed the socket meanwhile lives.
TEST_F(Order, AForkOfWhoConnectedIsEndedToo)
{
    for (bool parent_ended : {false, true}) {
        SCOPED_TRACE(parent_ended);
        Scene scene;
        scene.start();
        if (parent_ended)
            scene.killer->gone = {60};
        scene.sockets->held_by = {{ticks_of(60 * kSecond), 60},
                                  {ticks_of(61 * kSecond), 61},
                                  {ticks_of(62 * kSecond), 62}};
        scene.source->scope = {process(60, 1, "xmrig"), process(61, 1, "xmrig"),
                               process(62, 1, "service")};
        scene.source->alerts = {Record(flow_of_60())};
        scene.source->telemetry = fork_of_60(61);
        scene.turn();
        std::vector<std::string> expected = {"stop 60",          "destroy 7",    "kill 60",
                                             "look for holders", "stop 61",      "look for holders",
                                             "kill 61",          "tell MINE-001"};
        if (parent_ended)
            expected.insert(expected.begin() + 1, "look for holders");
        EXPECT_THAT(scene.log.lines(), testing::ElementsAreArray(expected));
        ASSERT_FALSE(scene.alerts.empty());
        const Alert& alert = scene.alerts[0];
        std::vector<std::uint32_t> ended;
        for (const davy_process_id& one : alert.to_kill)
            ended.push_back(one.tgid);
        EXPECT_THAT(ended, ElementsAre(60, 61));
        const AlertParty* fork = nullptr;
        for (const AlertParty& party : alert.parties) {
            if (party.process.id.tgid == 61)
                fork = &party;
        }
        ASSERT_NE(fork, nullptr);
        EXPECT_EQ(fork->role, Role::holder);
    }
}

// Its parent says so where the record of the fork was lost; and what it forks while it is looked
// for goes with it.
TEST_F(Order, AForkOfAForkIsEndedToo)
{
    scene.start();
    scene.sockets->held_by = {{ticks_of(61 * kSecond), 61}};
    scene.source->scope = {process(61, 60, "xmrig"), process(62, 61, "xmrig")};
    scene.sockets->while_looking = [&] {
        if (scene.log.has("stop 61"))
            scene.sockets->held_by = {{ticks_of(61 * kSecond), 61}, {ticks_of(62 * kSecond), 62}};
    };
    scene.source->alerts = {Record(flow_of_60())};
    scene.source->telemetry = fork_of_60(59);
    scene.turn();
    EXPECT_THAT(scene.log.lines(),
                ElementsAre("stop 60", "destroy 7", "kill 60", "look for holders", "stop 61",
                            "look for holders", "stop 62", "look for holders", "kill 61", "kill 62",
                            "tell MINE-001"));
}

// It was forked before: it does not have the socket from its birth, but was handed it.
TEST_F(Order, AnElderForkIsAHolderLikeOthers)
{
    scene.start();
    scene.sockets->held_by = {{ticks_of(61 * kSecond), 61}};
    scene.source->scope = {process(61, 60, "service")};
    auto owned = flow_of_60();
    owned.connected_ns = id(61).start_ns + 1;
    scene.source->alerts = {Record(owned)};
    scene.source->telemetry = fork_of_60(61);
    scene.turn();
    EXPECT_THAT(scene.log.lines(), ElementsAre("stop 60", "destroy 7", "kill 60",
                                               "look for holders", "tell MINE-001"));
}

// The forks of who asked a proxy for a pool go the same way.
TEST_F(Order, AForkOfWhoAskedForAPoolIsEndedToo)
{
    scene.start();
    scene.sockets->held_by = {{ticks_of(61 * kSecond), 61}};
    scene.source->scope = {process(61, 60, "xmrig")};
    auto asked =
        pool(70 * kSecond, kKill, process(60, 1, "xmrig"), kFlow, DAVY_POOL_SERVER_NAME, 0);
    asked.connected_ns = id(60).start_ns + 1;
    scene.source->alerts = {Record(asked)};
    scene.source->telemetry = fork_of_60(61);
    scene.turn();
    EXPECT_TRUE(scene.log.has("kill 61"));
}

// A fork that has become another user's is out of reach. The connection ends all the same.
TEST_F(Order, WhoInheritedASocketFromAnotherUserLives)
{
    scene.start();
    scene.killer->gone = {60};
    scene.killer->others = {61};
    scene.sockets->held_by = {{ticks_of(61 * kSecond), 61}};
    scene.source->scope = {with_uid(process(61, 60, "service"), 1002)};
    auto owned = flow_of_60();
    owned.owner_uid = owned.writer_uid = 1001;
    scene.source->alerts = {Record(owned)};
    scene.source->telemetry = fork_of_60(61);
    scene.turn();
    EXPECT_THAT(scene.log.lines(),
                ElementsAre("stop 60", "look for holders", "destroy 7", "kill 60",
                            "look for holders", "look for holders", "tell MINE-001"));
    ASSERT_EQ(scene.notes.size(), 1u);
    EXPECT_THAT(scene.notes[0], testing::HasSubstr("process 61 is left alive (MINE-001)"));
}

// Nobody was seen to write, and a user has the socket as well: he may have written.
TEST_F(Order, WhoConnectedLivesWhereAnotherUserHasTheSocket)
{
    for (std::uint32_t uid : {1002u, 0u}) {
        SCOPED_TRACE(uid);
        Scene scene;
        scene.start();
        scene.sockets->held_by = {{ticks_of(60 * kSecond), 60}, {ticks_of(61 * kSecond), 61}};
        scene.source->scope = {process(60, 1, "sh"), with_uid(process(61, 60, "app"), uid)};
        davy_flow another = kFlow;
        another.cookie = 8;
        scene.source->alerts = {
            Record(stratum(kSecond, kKill, process(60, 1, "sh"), kFlow, kSubscribe)),
            Record(pool(kSecond, kKill, process(60, 1, "sh"), another, DAVY_POOL_PROXY_NAME, 5))};
        scene.turn();
        EXPECT_EQ(scene.log.has("kill 60"), uid == 0);
        EXPECT_TRUE(scene.log.has("destroy 7"));
        ASSERT_EQ(scene.alerts.size(), 2u);
        EXPECT_EQ(scene.alerts[1].to_kill.empty(), uid != 0);
    }
}

// What a user writes to a socket that he was given ends no fork of who connected.
TEST_F(Order, AForkOfWhoConnectedLivesWhereAnotherUserWrote)
{
    scene.start();
    scene.killer->others = {60, 61};
    scene.sockets->held_by = {{ticks_of(61 * kSecond), 61}};
    scene.source->scope = {process(61, 60, "worker")};
    auto written = flow_of_60();
    written.writer = id(62);
    written.writer_uid = 1002;
    scene.source->alerts = {Record(written)};
    scene.source->telemetry = fork_of_60(61);
    scene.turn();
    EXPECT_TRUE(scene.log.has("kill 62"));
    EXPECT_FALSE(scene.log.has("kill 60"));
    EXPECT_FALSE(scene.log.has("kill 61"));
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
    EXPECT_THAT(kinds, ElementsAre("fork", "stratum", "outcome", "chain", "outcome", "outcome"));
}

} // namespace
} // namespace davylamp::test
