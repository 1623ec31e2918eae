// SPDX-License-Identifier: Apache-2.0
// The recordings of real runs: every verdict falls again, a torn file tells as much of the story as
// is left of it, and what is no recording is refused by name.
#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/commands.h"
#include "engine/engine.h"
#include "report/report.h"
#include "report/told.h"
#include "support/temp_folder.h"
#include "wire/recording.h"
#include "wire/recording_format.h"

namespace davylamp {
namespace {

using test::slurp;
using test::TempFolder;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Story {
    const char* name;
    std::vector<std::string> codes; // of its alerts, sorted, each once
    std::uint64_t connects_at_least;
};

void PrintTo(const Story& story, std::ostream* out) { *out << story.name; }

const Story kStories[] = {
    {"hadoop-incident", {"CHAIN-001", "EXE-002", "EXE-003", "MINE-001"}, 50},
    {"benign-hour", {}, 20},
    {"mixed", {"CHAIN-001", "EXE-001", "EXE-003", "MINE-001"}, 15},
};

std::string recording_of(const Story& story)
{
    return std::string(DAVY_RECORDINGS "/") + story.name + ".davy";
}

std::string expected_of(const Story& story)
{
    return slurp(std::string(DAVY_RECORDINGS "/") + story.name + ".alerts.txt");
}

struct Told {
    int code;
    std::string out, err;
};

// A subcommand as main() runs it.
Told run(Command (*declare)(CLI::App&), std::vector<std::string> args)
{
    CLI::App app;
    Command command = declare(app);
    std::reverse(args.begin(), args.end()); // CLI11 takes them from the back
    app.parse(args);
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    Told told{command(), {}, {}};
    told.out = ::testing::internal::GetCapturedStdout();
    told.err = ::testing::internal::GetCapturedStderr();
    return told;
}

Told replay(const std::string& file) { return run(declare_replay, {file}); }

// Every record of a sound recording, in order.
template <class Visit> void each_record(const std::string& file, Visit visit)
{
    auto reader = RecordingReader::open(file);
    ASSERT_TRUE(reader) << reader.error().text();
    for (;;) {
        auto event = reader->next();
        ASSERT_TRUE(event) << event.error().text();
        if (!*event)
            break;
        visit(**event, reader->info());
    }
    auto damage = reader->damage();
    EXPECT_FALSE(damage) << damage->text();
    EXPECT_EQ(reader->unknown_kinds(), 0u);
}

Policy policy_of(const std::string& file)
{
    auto reader = RecordingReader::open(file);
    EXPECT_TRUE(reader);
    auto policy = parse_policy(reader->info().policy, file);
    EXPECT_TRUE(policy) << policy.error().text();
    return *policy;
}

class Recording : public ::testing::TestWithParam<Story> {};

INSTANTIATE_TEST_SUITE_P(Stories, Recording, ::testing::ValuesIn(kStories), [](const auto& story) {
    std::string name = story.param.name;
    std::erase(name, '-');
    return name;
});

TEST_P(Recording, HoldsVerdictsThatFallAgain)
{
    std::uint64_t verdicts = 0, number = 0;
    each_record(recording_of(GetParam()), [&](const Event& event, const RecordingInfo&) {
        number++;
        verdicts += decision_of(event) != nullptr && event.header().verdict > DAVY_ALLOW;
        auto differs = judge_again(event);
        EXPECT_FALSE(differs) << "record " << number << ": " << differs->text();
    });
    EXPECT_EQ(verdicts > 0, !GetParam().codes.empty());
}

TEST_P(Recording, GivesTheAlertsOfItsStory)
{
    const std::string file = recording_of(GetParam());
    Engine engine(policy_of(file));
    std::vector<std::string> codes;
    std::uint64_t number = 0;
    each_record(file, [&](const Event& event, const RecordingInfo&) {
        engine.feed(event, [&](const Alert& alert) {
            codes.push_back(alert_code(alert));
            EXPECT_EQ(alert.incident, 1u) << alert_message(alert); // one story, one incident
            EXPECT_EQ(alert.sequence, ++number);
        });
    });
    std::sort(codes.begin(), codes.end());
    codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
    EXPECT_THAT(codes, ElementsAreArray(GetParam().codes));
    // Silence about an hour in which nothing happened would prove nothing.
    EXPECT_GE(engine.counts().connects, GetParam().connects_at_least);
    EXPECT_GE(engine.counts().execs, 50u);
    EXPECT_EQ(engine.counts().disagreements, 0u);
    for (std::uint64_t lost : engine.counts().losses)
        EXPECT_EQ(lost, 0u);
}

TEST_P(Recording, IsDumpedAsOneObjectARecord)
{
    std::uint64_t records = 0;
    each_record(recording_of(GetParam()), [&](const Event&, const RecordingInfo&) { records++; });
    Told told = run(declare_dump, {recording_of(GetParam())});
    EXPECT_EQ(told.code, kExitFine);
    EXPECT_THAT(told.err, IsEmpty());

    std::istringstream lines(told.out);
    std::uint64_t seen = 0;
    for (std::string line; std::getline(lines, line); seen++) {
        auto object = nlohmann::json::parse(line, nullptr, false);
        ASSERT_TRUE(object.is_object()) << line;
        EXPECT_TRUE(object["kind"].is_string()) << line;
        EXPECT_TRUE(object["time"].is_string()) << line;
    }
    EXPECT_EQ(seen, records);
}

// The number behind "offset ".
std::uint64_t offset_named(const std::string& text)
{
    std::size_t at = text.find(": offset ");
    return at == text.npos ? UINT64_MAX : std::strtoull(text.c_str() + at + 9, nullptr, 10);
}

TEST_P(Recording, TellsWhatIsLeftOfItWhereverItIsCut)
{
    const std::string expected = expected_of(GetParam());
    TempFolder folder;
    const std::string torn = folder / "torn.davy";
    std::filesystem::copy_file(recording_of(GetParam()), torn);
    const std::uint64_t size = std::filesystem::file_size(torn);

    std::vector<std::uint64_t> cuts;
    for (std::uint64_t cut = 0; cut + 200 < size; cut += 97)
        cuts.push_back(cut);
    for (std::uint64_t cut = size - 200; cut < size; cut++)
        cuts.push_back(cut);
    std::reverse(cuts.begin(), cuts.end()); // one file, made shorter and shorter

    std::size_t told_before = expected.size();
    for (std::uint64_t cut : cuts) {
        SCOPED_TRACE("cut at " + std::to_string(cut));
        ASSERT_EQ(::truncate(torn.c_str(), static_cast<off_t>(cut)), 0);
        Told told = replay(torn);
        EXPECT_EQ(told.code, kExitFailure);
        EXPECT_THAT(told.err, HasSubstr(torn));
        if (cut >= sizeof(recording::FileHeader)) {
            EXPECT_LE(offset_named(told.err), cut) << told.err;
        }
        // Whole alerts from the beginning: a line of an alert, but its first, begins with a blank.
        EXPECT_EQ(expected.compare(0, told.out.size(), told.out), 0) << told.out;
        if (told.out.size() < expected.size()) {
            EXPECT_NE(expected[told.out.size()], ' ');
        }
        EXPECT_LE(told.out.size(), told_before);
        told_before = told.out.size();
        if (cut == size - sizeof(recording::BlockHeader)) { // all but the end block
            EXPECT_EQ(told.out, expected);
            EXPECT_THAT(told.err, HasSubstr("there is no end block"));
        }
        if (HasFailure())
            return; // the other cuts would say the same
    }
    EXPECT_EQ(told_before, 0u);
}

TEST_P(Recording, IsReplayedFast)
{
    const std::string file = recording_of(GetParam());
    const Policy policy = policy_of(file);
    using Clock = std::chrono::steady_clock;
    const auto begin = Clock::now();
    std::uint64_t records = 0, bytes = 0;
    std::chrono::duration<double> took{};
    do {
        Engine engine(policy);
        each_record(file, [&](const Event& event, const RecordingInfo& info) {
            records++;
            engine.feed(event,
                        [&](const Alert& alert) { bytes += alert_text(alert, info).size(); });
        });
        took = Clock::now() - begin;
    } while (took.count() < 0.5);
    // Printed and not judged: machines differ.
    std::printf("%s: %.0f records/s\n", GetParam().name,
                static_cast<double>(records) / took.count());
    EXPECT_EQ(bytes > 0, !GetParam().codes.empty());
}

// A recording whose file header has been written again by a program of the future.
std::string changed(const TempFolder& folder, void (*change)(recording::FileHeader&))
{
    std::string bytes = slurp(recording_of(kStories[0]));
    recording::FileHeader header;
    std::memcpy(&header, bytes.data(), sizeof header);
    change(header);
    header.checksum = recording::header_checksum(header);
    std::memcpy(bytes.data(), &header, sizeof header);
    return folder.write("future.davy", bytes);
}

TEST(NoRecording, OfANewerFormatIsRefusedByBothVersions)
{
    TempFolder folder;
    Told told = replay(changed(folder, [](auto& header) { header.format_version = 77; }));
    EXPECT_EQ(told.code, kExitFailure);
    EXPECT_THAT(told.out, IsEmpty());
    EXPECT_THAT(told.err, HasSubstr("recording format 77"));
    EXPECT_THAT(told.err, HasSubstr("this build's " + std::to_string(recording::kFormatVersion)));
}

TEST(NoRecording, OfANewerAbiIsRefusedByBothVersions)
{
    TempFolder folder;
    Told told = replay(changed(folder, [](auto& header) { header.abi_version = 78; }));
    EXPECT_EQ(told.code, kExitFailure);
    EXPECT_THAT(told.out, IsEmpty());
    EXPECT_THAT(told.err, HasSubstr("ABI version 78"));
    EXPECT_THAT(told.err, HasSubstr("this build's " + std::to_string(DAVY_ABI_VERSION)));
}

// The policy is lost with its block, the records are not.
TEST(NoPolicy, IsAskedForAndTheDamageNamed)
{
    std::string bytes = slurp(recording_of(kStories[0]));
    recording::BlockHeader info;
    std::memcpy(&info, bytes.data() + sizeof(recording::FileHeader), sizeof info);
    bytes[sizeof(recording::FileHeader) + sizeof info + info.packed_size / 2] ^= 1;
    TempFolder folder;
    const std::string file = folder.write("damaged.davy", bytes);
    Told told = replay(file);
    EXPECT_EQ(told.code, kExitFailure);
    EXPECT_THAT(told.out, IsEmpty());
    EXPECT_THAT(told.err, HasSubstr(file + ": offset 32: block 0 is damaged"));
    EXPECT_THAT(told.err, HasSubstr("give one with --policy"));

    told = run(declare_replay,
               {file, "--mode", "monitor", "--policy", folder.write("policy.json", "{}")});
    EXPECT_EQ(told.code, kExitFailure);
    EXPECT_THAT(told.out, HasSubstr("CHAIN-001"));
    EXPECT_THAT(told.err, HasSubstr("block 0 is damaged"));
}

TEST(NoRecording, OfAnotherProgramIsRefused)
{
    TempFolder folder;
    const std::string texts[] = {"", "{\"kind\":\"exec\"}\n", std::string(4096, '\0'),
                                 "\177ELF\2\1\1" + std::string(100, 'x')};
    for (const std::string& text : texts) {
        const std::string file = folder.write("foreign", text);
        Told told = replay(file);
        EXPECT_EQ(told.code, kExitFailure) << told.err;
        EXPECT_THAT(told.out, IsEmpty());
        EXPECT_THAT(told.err, HasSubstr(file));
        EXPECT_EQ(run(declare_dump, {file}).code, kExitFailure);
    }
    EXPECT_EQ(replay(folder / "not-there").code, kExitFailure);
    EXPECT_EQ(replay(folder.path()).code, kExitFailure);
}

// A difference must be an error: else an expectation proves nothing.
TEST(Expectation, FailsWhereAnAlertIsMissingOrMore)
{
    const std::string expected = expected_of(kStories[0]);
    const std::string second = expected.substr(expected.find("\n1") + 1);
    TempFolder folder;
    const struct {
        std::string text;
        int code;
    } rows[] = {{expected, kExitFine},
                {"", kExitFailure},
                {second, kExitFailure},
                {expected + second, kExitFailure}};
    for (const auto& row : rows) {
        const std::string file = folder.write("expected", row.text);
        Told told = run(declare_replay, {recording_of(kStories[0]), "--expect", file});
        EXPECT_EQ(told.code, row.code) << told.err;
        EXPECT_EQ(told.err.find(file + ":") != told.err.npos, row.code != kExitFine) << told.err;
    }
}

} // namespace
} // namespace davylamp
