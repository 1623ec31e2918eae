// SPDX-License-Identifier: Apache-2.0
// Exemptions that somebody might take who has no right to them: by a pid, by a name, by starting a
// taken program himself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>

#include <filesystem>
#include <fstream>

#include "chain_site.h"
#include "image_site.h"

namespace davylamp::test {
namespace {

// Whoever gets the pid of a sensor that was killed is judged as anybody.
TEST(RolesTaken, PidOfADeadSensorExemptsNobody)
{
    ImageSite site;
    site.release();
    GuardOptions options;
    options.mode = Mode::kill;
    options.command = bash(site.fill(
        "touch @D/inside; until [ -s @D/pid ]; do sleep 0.01; done; "
        "@PYTHON -c 'import ctypes, os, struct\n"
        "tid = ctypes.c_int(int(open(\"@D/pid\").read()))\n"
        "args = struct.pack(\"11Q\", 0, 0, 0, 0, 17, 0, 0, 0, ctypes.addressof(tid), 1, 0)\n"
        "pid = ctypes.CDLL(None, use_errno=True).syscall(435, args, len(args))\n"
        "if pid == 0:\n"
        "    os.execv(\"@FILELESS\", [\"f\", \"memfd\", \"@VICTIM\", \"@D\", \"v\"])\n"
        "open(\"@D/got\", \"w\").write(str(pid))\n"
        "os.waitpid(pid, 0)'; touch @D/over"));
    Guard guard(options);
    ASSERT_TRUE(eventually([&] { return exists(site / "inside"); }));
    const std::string pid = std::to_string(guard.process().pid());
    std::filesystem::path pins = guard.pins();
    guard.process().signal(SIGKILL);
    EXPECT_EQ(guard.process().wait(), 128 + SIGKILL);
    std::ofstream(site / "pid") << pid;
    EXPECT_TRUE(eventually([&] { return exists(site / "over"); }));
    EXPECT_EQ(slurp(site / "got"), pid) << "the attack itself does not work";
    EXPECT_FALSE(site.ready("v"));
    std::filesystem::remove_all(pins);
}

const TempFolder& taken()
{
    static const TempFolder folder;
    static const bool made = [] {
        for (const char* name : {"roots", "users"})
            copy(program("live_victim"), folder / name);
        return true;
    }();
    (void)made;
    return folder;
}

// A program of never_kill is spared where the host's root runs it, and not where a user does.
class RolesTakenByUser : public testing::TestWithParam<bool> {};

TEST_P(RolesTakenByUser, NeverKillSparesRootsAlone)
{
    const std::string image = taken() / (GetParam() ? "users" : "roots");
    ImageSite site;
    const std::string user =
        GetParam() ? "setpriv --reuid 65534 --regid 65534 --clear-groups " : "";
    GuardResult result = run_site(
        site, Mode::kill,
        "chmod 777 @D; start v " + user + image + "; rm -f " + image + "; touch @D/go; wait", false,
        R"({"never_kill": [")" + (taken() / "users") + R"(", ")" + (taken() / "roots") +
            R"("], "detections": {"image": {"sweep_s": 0}}})");
    SCOPED_TRACE(result.out + result.err);
    ASSERT_TRUE(site.ready("v"));
    EXPECT_THAT(result.codes(), testing::Contains("EXE-002"));
    EXPECT_EQ(site.done("v"), !GetParam());
}

INSTANTIATE_TEST_SUITE_P(Live, RolesTakenByUser, testing::Bool());

// A shell by any other name is a shell: what its file holds counts before what it is called.
class RolesTakenByName : public testing::TestWithParam<const char*> {};

TEST_P(RolesTakenByName, ShellIsKnownByItsContent)
{
    ChainSite site;
    GuardOptions options;
    options.mode = Mode::block;
    options.command = bash(site.fill("cp /bin/bash @D/" + std::string(GetParam()) +
                                     "; curl -s @URL | @D/" + GetParam()));
    GuardResult result = run_guard(options);
    EXPECT_THAT(result.codes(), testing::Contains("CHAIN-001")) << result.out << result.err;
    EXPECT_FALSE(exists(site.marker()));
}

INSTANTIATE_TEST_SUITE_P(Live, RolesTakenByName,
                         testing::Values("busybox", "ld-linux-x86-64.so.2", "node"),
                         [](const auto& test) { return test_name(test.param, Mode::block); });

} // namespace
} // namespace davylamp::test
