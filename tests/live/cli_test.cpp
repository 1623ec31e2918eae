// SPDX-License-Identifier: Apache-2.0
// What the program says when it cannot, and what it writes for later.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "chain_site.h"
#include "shared_guard.h"

namespace davylamp::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

struct Outcome {
    int status;
    std::string out, err;
};

Outcome run(const std::vector<std::string>& argv)
{
    Subprocess process(argv);
    int status = process.wait();
    return {status, process.out(), process.err()};
}

TEST(Cli, NotRootIsToldWhatIsMissing)
{
    Outcome done = run({"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", davylamp(),
                        "guard", "--", "true"});
    EXPECT_EQ(done.status, 1) << done.err;
    EXPECT_THAT(done.err, AllOf(HasSubstr("error: "), HasSubstr("root")));
    EXPECT_EQ(done.out, "");
}

TEST(Cli, BadPolicyNamesFileAndLine)
{
    TempFolder folder;
    const std::string file =
        folder.write("p.json", "{\n \"detections\": {\n  \"stratum\": {\"ports\": [70000]}}}\n");
    Outcome done = run({davylamp(), "guard", "--policy", file, "--", "true"});
    EXPECT_EQ(done.status, 2);
    EXPECT_THAT(done.err, HasSubstr(file + ":3"));
    EXPECT_THAT(done.err, HasSubstr("70000"));
}

TEST(Cli, MissingPolicyIsAUsageError)
{
    Outcome done = run({davylamp(), "guard", "--policy", "/nonexistent/p.json", "--", "true"});
    EXPECT_EQ(done.status, 2);
    EXPECT_THAT(done.err, HasSubstr("/nonexistent/p.json"));
}

// What a guard needs to hear of its end and of its command's: without it the command does not
// start.
TEST(Cli, AGuardThatCouldNotBeToldToEndDoesNotStart)
{
    for (const std::string call : {"signalfd4", "pidfd_open"}) {
        SCOPED_TRACE(call);
        TempFolder folder;
        Outcome done = run(
            {program("live_without"), call, davylamp(), "guard", "--", "touch", folder / "ran"});
        EXPECT_EQ(done.status, 1) << done.err;
        EXPECT_THAT(done.err, AllOf(HasSubstr("error: "), HasSubstr(call.substr(0, 8)),
                                    HasSubstr("Operation not permitted")));
        EXPECT_FALSE(exists(folder / "ran"));
    }
}

TEST(Cli, UnknownOptionIsAUsageError)
{
    EXPECT_EQ(run({davylamp(), "guard", "--no-such-option", "--", "true"}).status, 2);
    EXPECT_EQ(run({davylamp(), "guard", "--mode", "maim", "--", "true"}).status, 2);
    EXPECT_EQ(run({davylamp(), "guard"}).status, 2);
    EXPECT_EQ(run({davylamp()}).status, 2);
}

TEST(Cli, CommandNotFound)
{
    Outcome done = run({davylamp(), "guard", "--", "no-such-program-anywhere"});
    EXPECT_EQ(done.status, 127);
    EXPECT_THAT(done.err, HasSubstr("no-such-program-anywhere"));
}

TEST(Cli, MissingScope)
{
    Outcome done = run({davylamp(), "run", "--no-pin", "--scope", "no/such/cgroup"});
    EXPECT_EQ(done.status, 1);
    EXPECT_THAT(done.err, AllOf(HasSubstr("no/such/cgroup"), HasSubstr("is no cgroup")));
}

TEST(Cli, FailedStartLeavesNothingBehind)
{
    TempFolder folder;
    Subprocess guard({davylamp(), "guard", "--record", "/nonexistent/folder/r", "--", "true"});
    EXPECT_EQ(guard.wait(), 1);
    EXPECT_FALSE(exists(cgroup2_folder() + "/davylamp-guard-" + std::to_string(guard.pid())));
}

// doctor answers by trying. What it says of trampolines must agree with what the same kernel says
// to others: an LSM program either loads or does not, and the row says so with a reason.
TEST(Cli, DoctorIsConsistent)
{
    Outcome done = run({davylamp(), "doctor"});
    EXPECT_EQ(done.status, 0) << done.out << done.err;
    for (const char* fact : {"LSM programs", "fmod_ret programs", "fentry programs"}) {
        std::size_t at = done.out.find(std::string(fact) + ": ");
        ASSERT_NE(at, std::string::npos) << fact << "\n" << done.out;
        std::size_t line = done.out.rfind('\n', at) + 1;
        std::string text = done.out.substr(line, done.out.find('\n', at) - line);
        bool yes = text.rfind("  yes ", 0) == 0;
        EXPECT_TRUE(yes || text.rfind("  no ", 0) == 0) << text;
        EXPECT_THAT(text, HasSubstr(yes ? "loads" : "refused")) << text;
    }
    for (const char* program : {"davy_exec", "davy_connect4", "davy_connect6", "davy_egress",
                                "davy_ingress", "davy_unlink_in"})
        EXPECT_THAT(done.out, HasSubstr(std::string("yes ") + program + " at "));
    EXPECT_THAT(done.out, HasSubstr("[block]"));
    EXPECT_THAT(done.out, HasSubstr("[kill]"));
}

struct Story {
    const char* name;
    const char* command;
};

void PrintTo(const Story& story, std::ostream* stream) { *stream << story.name; }

const Story kStories[] = {
    {"chain", "curl -s @URL | bash"},
    {"long chain", "curl -s @B64_URL | base64 -d | gunzip | sh"},
    {"fileless", "@FILELESS memfd @VICTIM @D v"},
    {"removed", "cp @VICTIM @D/i; rm @D/go; @D/i @D v unlink @D/i & "
                "until [ -e @D/v.ready ]; do sleep 0.01; done; touch @D/go; wait"},
    {"everything", "curl -s @URL | bash; @FILELESS memfd @VICTIM @D v; make -v > /dev/null; "
                   "ls -R /etc/apt > /dev/null"},
};

// The stories one after the other under a guard that records them all: what it said of each, and
// altogether.
struct Recording {
    explicit Recording(Mode mode)
    {
        GuardOptions options;
        options.mode = mode;
        options.record = path;
        SharedGuard guard(options);
        for (const Story& story : kStories) {
            ChainSite site;
            site.folder.write("go", "");
            guard.start(bash(
                replaced(replaced(site.fill(story.command), "@FILELESS", program("live_fileless")),
                         "@VICTIM", program("live_victim"))));
            of[story.name] = guard.finish(kDeadline);
        }
        live = guard.end();
    }
    TempFolder folder;
    const std::string path = folder / "recording";
    std::map<std::string, GuardResult> of;
    GuardResult live;
};

class Recorded : public testing::TestWithParam<std::tuple<Story, Mode>> {};

TEST_P(Recorded, ReplaysToTheSameBytes)
{
    const auto& [story, mode] = GetParam();
    static std::map<Mode, Recording> recordings;
    const Recording& recording = recordings.try_emplace(mode, mode).first->second;
    EXPECT_EQ(recording.live.exit_code, 86) << recording.live.err;
    const GuardResult& told = recording.of.at(story.name);
    EXPECT_EQ(told.exit_code, 86) << told.err;
    EXPECT_FALSE(told.findings.empty());

    Outcome replay = run({davylamp(), "replay", "--format", "json", recording.path});
    EXPECT_EQ(replay.status, 0) << replay.err;
    EXPECT_EQ(replay.out, recording.live.out);
    EXPECT_THAT(replay.out, HasSubstr(told.out));
    const std::string expected = recording.folder.write("expected", recording.live.out);
    EXPECT_EQ(run({davylamp(), "replay", "--format", "json", "--expect", expected, recording.path})
                  .status,
              0);

    Outcome dump = run({davylamp(), "dump", recording.path});
    EXPECT_EQ(dump.status, 0) << dump.err;
    EXPECT_THAT(replay.err,
                HasSubstr("davylamp: " +
                          std::to_string(std::count(dump.out.begin(), dump.out.end(), '\n')) +
                          " records, "));
}

INSTANTIATE_TEST_SUITE_P(Live, Recorded,
                         testing::Combine(testing::ValuesIn(kStories),
                                          testing::Values(Mode::monitor, Mode::block, Mode::kill)),
                         [](const auto& test) {
                             return test_name(std::get<0>(test.param).name,
                                              std::get<1>(test.param));
                         });

} // namespace
} // namespace davylamp::test
