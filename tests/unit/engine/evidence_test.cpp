// SPDX-License-Identifier: Apache-2.0
// What was saved of a process is in the facts of later alerts, for that process and for the image
// it ran then.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>

#include "engine/engine.h"
#include "report/told.h"
#include "support/records.h"
#include "support/temp_folder.h"
#include "wire/recording.h"

namespace davylamp {
namespace {

using namespace test;
using testing::Contains;
using testing::Key;
using testing::Not;
using testing::Pair;

const davy_process kRm = process(950, 813, "rm");
const davy_process kJava = process(900, 813, "java");
const davy_process kOther = with_image(process(901, 813, "java"), kJava.image);
const davy_image kGone = gone(kJava.image);
const std::string kFolder = "/e/20261124T110000Z-900-EXE-002";

std::string sum()
{
    std::string out;
    for (int i = 0; i < 32; i++)
        out += "ab";
    return out;
}

class SavedStory {
public:
    template <class T> SavedStory& operator<<(const T& event)
    {
        records.emplace_back(event);
        engine.feed(records.back().event(), [&](const Alert& alert) { alerts.push_back(alert); });
        return *this;
    }

    Engine engine{Policy{}};
    std::vector<Record> records;
    std::vector<Alert> alerts;
};

auto removal(std::uint64_t time_ns)
{
    return removed(time_ns, DAVY_MODE_KILL, kRm, kJava.id, kGone, "java");
}

TEST(EvidenceFacts, OfARemovedImageAreThoseOfItsVictim)
{
    SavedStory story;
    story << execs(1, kJava, "/tmp/java", {"java"}) << evidence(2, 900, kFolder) << removal(3);
    ASSERT_EQ(story.alerts.size(), 1u);
    const Alert& alert = story.alerts[0];
    EXPECT_THAT(alert_facts(alert), Contains(Pair("evidence", kFolder)));
    EXPECT_THAT(alert_facts(alert), Contains(Pair("sha256", sum())));
    EXPECT_THAT(alert_facts(alert), Contains(Pair("evidence_size", "4096")));
    for (const char* absent : {"evidence_cut", "evidence_missing", "evidence_error"})
        EXPECT_THAT(alert_facts(alert), Not(Contains(Key(absent)))) << absent;
    ASSERT_TRUE(alert.parties[0].process.evidence);
    EXPECT_EQ(alert.parties[0].process.id.tgid, 900u);
    EXPECT_FALSE(alert.parties[1].process.evidence) << "rm was not taken";
}

TEST(EvidenceFacts, OfAFilelessProgramAndOfOneThatConnects)
{
    SavedStory story;
    davy_process runner = with_image(process(970, 813, "3"), memfd(77, "x"));
    story << evidence(2, 970, "/e/a")
          << fileless(3, DAVY_MODE_KILL, runner, runner.image, "/dev/fd/3")
          << evidence(4, 900, "/e/b")
          << talking(5, DAVY_MODE_KILL, with_image(kJava, kGone), flow("192.0.2.77", 3333))
          // The exec's own record comes late, as telemetry does: it is of before the capture.
          << execs(1, runner, "/dev/fd/3", {"3"})
          << talking(6, DAVY_MODE_KILL, runner, flow("192.0.2.77", 3333));
    ASSERT_EQ(story.alerts.size(), 3u);
    EXPECT_THAT(alert_facts(story.alerts[0]), Contains(Pair("evidence", "/e/a")));
    EXPECT_THAT(alert_facts(story.alerts[1]), Contains(Pair("evidence", "/e/b")));
    EXPECT_THAT(alert_facts(story.alerts[2]), Contains(Pair("evidence", "/e/a")));
}

TEST(EvidenceFacts, SayWhatIsCutMissingOrFailed)
{
    SavedStory story;
    auto cut = evidence(1, 900, kFolder);
    cut.flags = DAVY_EVIDENCE_IMAGE;
    cut.missing = 3;
    story << cut << removal(2);
    EXPECT_THAT(alert_facts(story.alerts.at(0)), Contains(Pair("evidence_cut", "yes")));
    EXPECT_THAT(alert_facts(story.alerts.at(0)), Contains(Pair("evidence_missing", "3")));
    EXPECT_THAT(alert_facts(story.alerts.at(0)), Contains(Pair("sha256", sum()))) << "of the part";

    auto unhashed = evidence(1, 900, kFolder);
    std::memset(unhashed.sha256, 0, sizeof unhashed.sha256);
    SavedStory third;
    third << unhashed << removal(2);
    EXPECT_THAT(alert_facts(third.alerts.at(0)), Contains(Pair("evidence_size", "4096")));
    EXPECT_THAT(alert_facts(third.alerts.at(0)), Not(Contains(Key("sha256"))));

    auto none = evidence(1, 900, "");
    none.flags = DAVY_EVIDENCE_ERROR;
    none.error = EDQUOT;
    SavedStory other;
    other << none << removal(2);
    EXPECT_THAT(alert_facts(other.alerts.at(0)),
                Contains(Pair("evidence_error", "Disk quota exceeded")));
    for (const char* absent : {"evidence", "sha256", "evidence_size", "evidence_cut"})
        EXPECT_THAT(alert_facts(other.alerts.at(0)), Not(Contains(Key(absent)))) << absent;
}

TEST(EvidenceFacts, AreNobodyElses)
{
    SavedStory story;
    auto elder = evidence(1, 900, kFolder);
    elder.target.start_ns--; // the pid's former owner
    story << execs(1, kOther, "/tmp/java", {"java"}) << elder << evidence(2, 950, "/e/of-rm")
          << removal(3);
    EXPECT_THAT(alert_facts(story.alerts.at(0)), Not(Contains(Key("evidence"))));
    // Nor are they those of a child, which is a process of its own.
    SavedStory child;
    child << evidence(1, 813, kFolder) << forks(2, 813, 900, "bash") << removal(3);
    EXPECT_THAT(alert_facts(child.alerts.at(0)), Not(Contains(Key("evidence"))));
}

TEST(EvidenceFacts, OfSeveralVictimsAreTheFirstThatWasTaken)
{
    SavedStory story;
    story << execs(1, kJava, "/tmp/java", {"java"}) << execs(1, kOther, "/tmp/java", {"java"})
          << evidence(2, 901, "/e/of-901") << removal(3);
    EXPECT_THAT(alert_facts(story.alerts.at(0)), Contains(Pair("evidence", "/e/of-901")));
}

TEST(EvidenceFacts, EndWithTheImage)
{
    SavedStory story;
    story << execs(1, kJava, "/tmp/java", {"java"}) << evidence(2, 900, kFolder)
          << execs(3, with_image(kJava, process(5, 1, "sh").image), "/bin/sh", {"sh"})
          << removed(4, DAVY_MODE_KILL, kRm, kJava.id, gone(process(5, 1, "sh").image), "sh");
    EXPECT_THAT(alert_facts(story.alerts.at(0)), Not(Contains(Key("evidence"))));
}

TEST(EvidenceFacts, BelongToTheDeletedExecutableAlone)
{
    SavedStory story;
    story << execs(1, kJava, "/tmp/java", {"java"}) << evidence(2, 900, kFolder)
          << pool(3, DAVY_MODE_KILL, kJava, flow("192.0.2.77", 3333), DAVY_POOL_ADDRESS, 0);
    EXPECT_THAT(alert_facts(story.alerts.at(0)), Not(Contains(Key("evidence"))));
    EXPECT_TRUE(story.alerts.at(0).parties[0].process.evidence) << "but known";
}

TEST(EvidenceFacts, AreTheSameOnReplay)
{
    SavedStory story;
    story << execs(1, kJava, "/tmp/java", {"java"}) << evidence(2, 900, kFolder) << removal(3);
    TempFolder home;
    auto writer = RecordingWriter::create(home / "story.davy", {});
    ASSERT_TRUE(writer) << writer.error().text();
    for (const Record& record : story.records)
        ASSERT_TRUE(writer->append(record.event()));
    ASSERT_TRUE(writer->finish());

    auto reader = RecordingReader::open(home / "story.davy");
    ASSERT_TRUE(reader) << reader.error().text();
    Engine engine{Policy{}};
    std::vector<Alert> again;
    for (;;) {
        auto event = reader->next();
        ASSERT_TRUE(event) << event.error().text();
        if (!*event)
            break;
        engine.feed(**event, [&](const Alert& alert) { again.push_back(alert); });
    }
    ASSERT_EQ(again.size(), 1u);
    EXPECT_EQ(alert_facts(again[0]), alert_facts(story.alerts[0]));
    EXPECT_EQ(alert_message(again[0]), alert_message(story.alerts[0]));
}

} // namespace
} // namespace davylamp
