// SPDX-License-Identifier: Apache-2.0
// The image of a process that runs without one is saved before the process is ended.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>
#include <tuple>

#include "image_site.h"

namespace davylamp::test {
namespace {

using Json = nlohmann::json;

struct Saving {
    ImageSite site;
    TempFolder above;
    std::string folder = above / "evidence";

    std::string policy() const { return R"({"evidence": {"folder": ")" + folder + "\"}}"; }
    GuardResult run(Mode mode, const std::string& text) const
    {
        return run_site(site, mode, replaced(text, "@E", folder), false, policy(), true);
    }
};

// The facts of the first party, as the alert shows them.
Json facts(const Finding& finding) { return finding.json["evidences"][0]["data"]; }

// What was saved is the victim, byte by byte, and everything else is there.
void expect_saved(const Finding& finding)
{
    Json data = facts(finding);
    ASSERT_TRUE(data.contains("evidence")) << data;
    const std::string folder = data["evidence"];
    const std::string saved = slurp(folder + "/image");
    EXPECT_TRUE(saved == slurp(program("live_victim"))) << saved.size() << " bytes";
    EXPECT_EQ(data["evidence_size"], std::to_string(saved.size()));
    EXPECT_EQ(data["sha256"].get<std::string>().size(), 64u);
    EXPECT_FALSE(data.contains("evidence_cut"));
    for (const char* item : {"cmdline", "environ", "maps", "status"})
        EXPECT_NE(slurp(folder + "/" + item), "") << item;
    Json manifest = Json::parse(slurp(folder + "/manifest.json"));
    EXPECT_NE(manifest.dump().find(data["sha256"].get<std::string>()), std::string::npos)
        << manifest;
    struct stat status {};
    ASSERT_EQ(::stat(folder.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0700u);
    ASSERT_EQ(::stat((folder + "/image").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0600u);
}

class ExeEvidence : public testing::TestWithParam<Mode> {};

INSTANTIATE_TEST_SUITE_P(Live, ExeEvidence, testing::Values(Mode::monitor, Mode::block, Mode::kill),
                         [](const auto& test) { return test_name("saved", test.param); });

TEST_P(ExeEvidence, OfAProgramWithoutAFile)
{
    Saving saving;
    bool enforced = GetParam() != Mode::monitor;
    GuardResult result = saving.run(
        GetParam(), enforced ? "@FILELESS memfd @VICTIM @D v"
                             : "@FILELESS memfd @VICTIM @D v & ready v; "
                               "until [ -e @E/*/manifest.json ]; do sleep 0.01; done; go");
    Finding finding = result.first("EXE-001");
    expect_saved(finding);
    EXPECT_EQ(finding.did("stop_current"), enforced) << result.out;
    EXPECT_EQ(saving.site.ready("v"), !enforced) << "it ran an instruction";
    EXPECT_EQ(saving.site.done("v"), !enforced);
    for (int pid : finding.pids("process"))
        EXPECT_FALSE(is_running(pid)) << "it is left stopped";
}

TEST_P(ExeEvidence, OfARemovedOne)
{
    Saving saving;
    bool enforced = GetParam() != Mode::monitor;
    GuardResult result =
        saving.run(GetParam(), std::string("cp @VICTIM @W/image; start v @W/image; rm @W/image; ") +
                                   (enforced ? ""
                                             : "until [ -e @E/*/manifest.json ]; do sleep 0.01; "
                                               "done; ") +
                                   "go");
    Finding finding = result.first("EXE-002");
    expect_saved(finding);
    EXPECT_EQ(finding.did("stop_peer"), enforced) << result.out;
    EXPECT_EQ(saving.site.done("v"), !enforced);
    EXPECT_FALSE(is_running(saving.site.pid("v")));
}

// Somebody has it go on, while the images of others are being saved.
using Continued = std::tuple<const char*, Mode>;
class ExeEvidenceContinued : public testing::TestWithParam<Continued> {};

INSTANTIATE_TEST_SUITE_P(Live, ExeEvidenceContinued,
                         testing::Combine(testing::Values("signal", "trace", "orphan"),
                                          testing::Values(Mode::monitor, Mode::block, Mode::kill)),
                         [](const auto& test) {
                             return test_name(std::get<0>(test.param), std::get<1>(test.param));
                         });

TEST_P(ExeEvidenceContinued, DoesNotRunWhileItWaits)
{
    const auto [how, mode] = GetParam();
    const std::string continued = std::string("@CONTINUER ") + how + " @VICTIM @D v";
    Saving saving;
    bool enforced = mode != Mode::monitor;
    GuardResult result = saving.run(
        mode, enforced ? "cp @VICTIM @W/decoy; truncate -s 60M @W/decoy; for i in 1 2 3 4; do "
                         "@FILELESS memfd @W/decoy @D d$i & done; "
                         "until ls @E | grep -q .; do sleep 0.01; done; " +
                             continued + "; wait"
                       : continued + " & ready v; go");
    EXPECT_EQ(saving.site.ready("v"), !enforced) << "it ran";
    EXPECT_EQ(saving.site.done("v"), !enforced);
    for (const char* decoy : {"d1", "d2", "d3", "d4"})
        EXPECT_FALSE(saving.site.ready(decoy)) << decoy;
    // A sweep may find those who wait once more.
    const std::vector<std::string> codes = result.codes();
    EXPECT_EQ(std::count(codes.begin(), codes.end(), "EXE-001"), enforced ? 5 : 1) << result.out;
}

// A sensor that dies leaves nobody stopped: the next one ends them, and takes the rest away.
TEST(ExeEvidenceSensor, ThatIsKilledLeavesItsStoppedToTheNext)
{
    Saving saving;
    GuardOptions options;
    options.mode = Mode::kill;
    options.policy = saving.policy();
    // The guard stands still before it can save anything.
    options.command =
        bash(saving.site.script("kill -STOP $PPID; @FILELESS memfd @VICTIM @D v & "
                                "echo $! > @D/stopped.pid; mv @D/stopped.pid @D/stopped",
                                Mode::kill));
    Guard guard(options);
    ASSERT_TRUE(eventually([&] { return exists(saving.site / "stopped"); }));
    const std::string cgroup = guard.cgroup(), pins = guard.pins();
    const std::string pid = slurp(saving.site / "stopped");
    const int stopped = std::atoi(pid.c_str());
    ASSERT_TRUE(eventually([&] {
        return slurp("/proc/" + std::to_string(stopped) + "/status").find("T (stopped)") !=
               std::string::npos;
    })) << "nobody was stopped";
    guard.process().signal(SIGKILL);
    EXPECT_EQ(guard.process().wait(), 128 + SIGKILL);
    EXPECT_TRUE(is_running(stopped));

    GuardOptions next;
    next.command = {"true"};
    next.alone = true;
    EXPECT_EQ(run_guard(next).exit_code, 0);
    EXPECT_FALSE(is_running(stopped));
    EXPECT_FALSE(exists(cgroup));
    EXPECT_FALSE(exists(pins));
    EXPECT_FALSE(saving.site.ready("v"));
}

// Nobody is there to save it: the kernel kills, and does not stop.
TEST(ExeEvidenceSensor, ThatSleepsSavesNothingAndLetsNothingRun)
{
    Saving saving;
    GuardOptions options;
    options.mode = Mode::kill;
    options.policy = saving.policy();
    options.command =
        bash(saving.site.script("cp @VICTIM @W/image; start v @W/image; "
                                "until [ -e @D/asleep ]; do sleep 0.01; done; rm @W/image; go",
                                Mode::kill));
    Guard guard(options);
    ASSERT_TRUE(eventually([&] { return saving.site.ready("v"); }));
    guard.process().signal(SIGSTOP);
    std::this_thread::sleep_for(std::chrono::milliseconds(1500));
    std::ofstream(saving.site / "asleep").put('\n');
    EXPECT_TRUE(eventually([&] { return !is_running(saving.site.pid("v")); }));
    guard.process().signal(SIGCONT);
    GuardResult result = guard.finish();
    Finding finding = result.first("EXE-002");
    EXPECT_TRUE(finding.did("kill_peer")) << result.out;
    EXPECT_FALSE(saving.site.done("v"));
}

TEST(ExeEvidenceFolder, ThatOthersMayReadIsRefused)
{
    Saving saving;
    ASSERT_EQ(::mkdir(saving.folder.c_str(), 0755), 0);
    ASSERT_EQ(::chmod(saving.folder.c_str(), 0755), 0);
    GuardResult result = saving.run(Mode::kill, "touch @D/ran");
    EXPECT_NE(result.exit_code, 0);
    EXPECT_NE(result.err.find(saving.folder), std::string::npos) << result.err;
    EXPECT_FALSE(exists(saving.site / "ran")) << "it began without its evidence";
}

} // namespace
} // namespace davylamp::test
