// SPDX-License-Identifier: Apache-2.0
// What an ordinary user prepared where root's davylamp is about to read, write and remove.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <functional>

#include "base/files.h"
#include "own_cgroup.h"

namespace davylamp::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr uid_t kUser = 65534;
const std::string kPins = "/sys/fs/bpf/davylamp";

// As an ordinary user; false where it failed.
bool as_user(const std::function<bool()>& act)
{
    pid_t child = ::fork();
    if (child == 0)
        ::_exit(::setgid(kUser) == 0 && ::setuid(kUser) == 0 && act() ? 0 : 1);
    int status = -1;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

struct Outcome {
    int status;
    std::string err;
};

Outcome run(const std::vector<std::string>& argv)
{
    Subprocess process(argv);
    int status = process.wait();
    return {status, process.err()};
}

// bpffs as mount(8) makes it, open to all, in a mount namespace of our own.
class OwnPins : public testing::Test {
protected:
    void SetUp() override
    {
        ASSERT_EQ(::unshare(CLONE_NEWNS), 0) << errno_text(errno);
        ASSERT_EQ(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
        ASSERT_EQ(::mount("bpf", "/sys/fs/bpf", "bpf", 0, nullptr), 0) << errno_text(errno);
        struct stat status {};
        ASSERT_EQ(::stat("/sys/fs/bpf", &status), 0);
        ASSERT_EQ(status.st_mode & 07777, 01777u);
        // As a pins folder and an instance in it look, with something of root's in it.
        ASSERT_EQ(::mkdir(instance.c_str(), 0700), 0);
        home.write("instance/precious", "");
    }
    void expect_refused(const std::string& why)
    {
        Outcome guard = run({davylamp(), "guard", "--", "touch", home / "ran"});
        EXPECT_EQ(guard.status, 1) << guard.err;
        EXPECT_THAT(guard.err, AllOf(HasSubstr(kPins), HasSubstr(why)));
        EXPECT_FALSE(exists(home / "ran"));
        OwnCgroup scope;
        Outcome always = run({davylamp(), "run", "--scope", scope.path()});
        EXPECT_EQ(always.status, 1) << always.err;
        EXPECT_THAT(always.err, AllOf(HasSubstr(kPins), HasSubstr(why)));
        EXPECT_TRUE(exists(home / "instance/precious"));
    }

    TempFolder home;
    const std::string instance = home / "instance";
};

TEST_F(OwnPins, AUsersFolderIsRefusedAndNothingInItIsRemoved)
{
    ASSERT_TRUE(as_user([&] {
        return ::mkdir(kPins.c_str(), 0700) == 0 &&
               ::symlink(instance.c_str(), (kPins + "/guard-1-1").c_str()) == 0 &&
               ::symlink(instance.c_str(), (kPins + "/run-1-1-0").c_str()) == 0 &&
               ::mkdir((kPins + "/run-2-1-0").c_str(), 0700) == 0;
    }));
    expect_refused("belongs to uid 65534");
    EXPECT_TRUE(exists(kPins + "/run-2-1-0"));
}

TEST_F(OwnPins, AUsersLinkIsRefused)
{
    ASSERT_EQ(::mkdir((home / "elsewhere").c_str(), 0700), 0);
    std::filesystem::rename(instance, home / "elsewhere/run-1-1-0");
    ASSERT_TRUE(
        as_user([&] { return ::symlink((home / "elsewhere").c_str(), kPins.c_str()) == 0; }));
    std::filesystem::create_directory_symlink("elsewhere/run-1-1-0", instance);
    expect_refused("belongs to uid 65534");
    EXPECT_TRUE(exists(home / "elsewhere/run-1-1-0/precious"));
}

TEST_F(OwnPins, AFolderOfRootsThatOthersMayEnterIsRefused)
{
    ASSERT_EQ(::mkdir(kPins.c_str(), 0700), 0);
    ASSERT_EQ(::chmod(kPins.c_str(), 0755), 0);
    expect_refused("has mode 0755, which lets others in; chmod 0700 " + kPins);
    ASSERT_EQ(::chmod(kPins.c_str(), 0777), 0);
    expect_refused("has mode 0777");
}

TEST_F(OwnPins, AnotherFilesystemInItsPlaceIsRefused)
{
    ASSERT_EQ(::mkdir(kPins.c_str(), 0700), 0);
    ASSERT_EQ(::mount("none", kPins.c_str(), "tmpfs", 0, "mode=0700"), 0);
    expect_refused("lies on no bpffs");
}

TEST_F(OwnPins, OursAreMadeForRootAlone)
{
    Outcome guard = run({davylamp(), "guard", "--", "touch", home / "ran"});
    EXPECT_EQ(guard.status, 0) << guard.err;
    EXPECT_TRUE(exists(home / "ran"));
    struct stat status {};
    ASSERT_EQ(::stat(kPins.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0700u);
    EXPECT_EQ(status.st_uid, 0u);
}

// Where there is no bpffs, nobody else can have been there first.
TEST_F(OwnPins, BpffsIsMountedForRootAlone)
{
    ASSERT_EQ(::umount2("/sys/fs/bpf", MNT_DETACH), 0);
    while (::umount2("/sys/fs/bpf", MNT_DETACH) == 0) {
    }
    Outcome guard = run({davylamp(), "guard", "--", "true"});
    EXPECT_EQ(guard.status, 0) << guard.err;
    struct stat status {};
    ASSERT_EQ(::stat(kPins.c_str(), &status), 0) << "it mounted none";
    ASSERT_EQ(::stat("/sys/fs/bpf", &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0700u);
}

// Files that say whom to kill, and files that root makes.
class OwnFiles : public testing::Test {
protected:
    void SetUp() override
    {
        ASSERT_EQ(::mkdir(theirs.c_str(), 0755), 0);
        ASSERT_EQ(::chown(theirs.c_str(), kUser, kUser), 0);
    }
    Outcome guard(const std::vector<std::string>& options) const
    {
        std::vector<std::string> argv{davylamp(), "guard"};
        argv.insert(argv.end(), options.begin(), options.end());
        argv.insert(argv.end(), {"--", "touch", home / "ran"});
        return run(argv);
    }
    void expect_refused(const Outcome& outcome, int status) const
    {
        EXPECT_EQ(outcome.status, status) << outcome.err;
        EXPECT_THAT(outcome.err, AllOf(HasSubstr(theirs), HasSubstr("belongs to uid 65534"),
                                       HasSubstr("chown it to uid 0")));
        EXPECT_FALSE(exists(home / "ran"));
    }

    TempFolder home;
    const std::string theirs = home / "theirs";
};

TEST_F(OwnFiles, AUsersPolicyIsNotObeyedAndMayBeChecked)
{
    const std::string policy = home.write("theirs/policy.json", "{}");
    expect_refused(guard({"--policy", policy}), 2);
    Outcome checked = run({davylamp(), "policy", "check", policy});
    EXPECT_EQ(checked.status, 0) << checked.err;
}

TEST_F(OwnFiles, AUsersPoolListIsNotObeyed)
{
    const std::string list = home.write("theirs/pools", "pool.example\n");
    const std::string policy = home.write(
        "policy.json", R"({"detections": {"stratum": {"lists": [{"file": ")" + list + "\"}]}}}");
    expect_refused(guard({"--policy", policy}), 2);
}

TEST_F(OwnFiles, NoRecordingIsMadeInAUsersFolder)
{
    expect_refused(guard({"--record", theirs + "/recording"}), 1);
    EXPECT_FALSE(exists(theirs + "/recording"));
}

TEST_F(OwnFiles, NoEvidenceIsSavedInAUsersFolder)
{
    expect_refused(guard({"--evidence", theirs + "/evidence"}), 1);
    EXPECT_FALSE(exists(theirs + "/evidence"));
}

} // namespace
} // namespace davylamp::test
