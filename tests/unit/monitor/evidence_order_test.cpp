// SPDX-License-Identifier: Apache-2.0
// A process's image is saved before that process is ended; no other process waits for it.
#include "monitor/act.h"

#include "davylamp/rules/verdict.h"
#include "scene.h"

namespace davylamp::test {
namespace {

using testing::ElementsAre;

class FakeKeeper : public Keeper {
public:
    explicit FakeKeeper(Log& log) : log_(log) {}
    bool claim(const davy_process_id& target, const davy_image& image) override
    {
        return claimed_.insert({target.tgid, image.inode}).second;
    }
    davy_event_evidence save(const davy_process_id& target, std::uint16_t) override
    {
        log_.add("save " + std::to_string(target.tgid));
        return evidence(kSecond, target.tgid, "/evidence/" + std::to_string(target.tgid));
    }

private:
    Log& log_;
    std::set<std::pair<std::uint32_t, std::uint64_t>> claimed_;
};

class Saving : public testing::Test {
protected:
    // The kernel stopped who would have been killed.
    static davy_event_image stopped(std::uint8_t mode, std::uint32_t pid)
    {
        auto event = fileless(kSecond, mode, process(pid, 1, "x"), memfd(1000 + pid, "x"), "x");
        if (davy_enforced(event.header.verdict))
            event.decision.did = DAVY_DID_STOP_CURRENT;
        return event;
    }
    template <class T> void act(const T& event)
    {
        Record record(event);
        actor.act(batch, record.bytes().data(), record.bytes().size());
    }
    std::vector<std::string> kinds()
    {
        std::vector<std::string> out;
        batch.for_each([&](std::span<std::byte> bytes) {
            out.emplace_back(kind_name(Event::view(bytes)->kind()));
        });
        return out;
    }

    Log log;
    FakeKiller killer{log};
    FakeSockets sockets{log};
    FakeSource source;
    FakeKeeper keeper{log};
    Owners owners{sockets, source, "/proc"};
    Actor actor{
        {killer, sockets, owners, keeper, source, "/proc", clock_ns, [](const std::string&) {}}};
    Batch batch;
};

TEST_F(Saving, EverybodyIsStoppedOrEndedBeforeAnythingIsSaved)
{
    act(stopped(kKill, 100));
    act(stopped(kKill, 200));
    act(chain(kSecond, kKill, process(300, 1, "curl"), process(301, 1, "bash"),
              flow("203.0.113.9", 80)));
    EXPECT_THAT(log.lines(), ElementsAre("stop 100", "stop 200", "kill 301", "kill 300"));
    actor.act_late(batch);
    auto lines = log.lines();
    EXPECT_THAT(
        std::vector(lines.begin() + 4, lines.end()),
        ElementsAre("stop 100", "save 100", "kill 100", "stop 200", "save 200", "kill 200"));
    EXPECT_THAT(kinds(), ElementsAre("evidence", "image", "outcome", "evidence", "image", "outcome",
                                     "chain", "outcome", "outcome"));
}

TEST_F(Saving, AnotherRecordsKillWaitsForTheImage)
{
    act(stopped(kKill, 100));
    act(stopped(kKill, 100)); // the same finding again
    actor.act_late(batch);
    EXPECT_THAT(log.lines(), ElementsAre("stop 100", "stop 100", "stop 100", "save 100", "kill 100",
                                         "kill 100"));
    EXPECT_THAT(kinds(), ElementsAre("evidence", "image", "outcome", "image", "outcome"));
}

TEST_F(Saving, MonitorModeSavesAndStopsNobody)
{
    act(stopped(kMonitor, 100));
    actor.act_late(batch);
    EXPECT_THAT(log.lines(), ElementsAre("save 100"));
    EXPECT_THAT(kinds(), ElementsAre("evidence", "image"));
}

// Whom the kernel would let run again, once somebody continues him, is not kept waiting.
TEST_F(Saving, WhoCannotBeHeldIsEndedAtOnce)
{
    source.holds = false;
    act(stopped(kKill, 100));
    act(stopped(kKill, 200));
    EXPECT_THAT(log.lines(), ElementsAre("stop 100", "kill 100", "stop 200", "kill 200"));
    actor.act_late(batch);
    auto lines = log.lines();
    EXPECT_THAT(std::vector(lines.begin() + 4, lines.end()), ElementsAre("save 100", "save 200"));
    EXPECT_THAT(kinds(),
                ElementsAre("evidence", "image", "outcome", "evidence", "image", "outcome"));
}

TEST_F(Saving, WhoWaitsIsCondemnedForAsLongAsHeLives)
{
    act(stopped(kKill, 100));
    EXPECT_THAT(source.condemned, ElementsAre(100u));
    actor.act_late(batch);
    EXPECT_THAT(source.condemned, ElementsAre(100u)) << "the kernel strikes it off at its end";
    killer.gone = {200};
    act(stopped(kKill, 200));
    EXPECT_THAT(source.condemned, ElementsAre(100u)) << "nobody is left to be struck off";
}

// The kernel names one of those who ran the image; the sweep finds the others, and not that one a
// second time.
TEST_F(Saving, OthersOfARemovedImageAreStoppedWithIt)
{
    davy_process victim = process(100, 1, "x"), twin = process(101, 1, "x");
    victim.image = twin.image = gone(victim.image);
    source.scope = {victim, twin, process(102, 1, "other")};
    auto event = removed(kSecond, kKill, process(99, 1, "rm"), victim.id, victim.image, "/x");
    event.decision.did = DAVY_DID_STOP_PEER;
    act(event);
    EXPECT_THAT(log.lines(), ElementsAre("stop 100", "stop 101"));
    actor.act_late(batch);
    auto lines = log.lines();
    EXPECT_THAT(
        std::vector(lines.begin() + 2, lines.end()),
        ElementsAre("stop 100", "save 100", "kill 100", "stop 101", "save 101", "kill 101"));
    EXPECT_THAT(kinds(),
                ElementsAre("evidence", "image", "outcome", "evidence", "process", "outcome"));
}

} // namespace
} // namespace davylamp::test
