// SPDX-License-Identifier: Apache-2.0
// Which folders are accepted for evidence, and which are refused with what message.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include <fstream>

#include "scene.h"

namespace davylamp {
namespace {

using namespace test;
using testing::HasSubstr;

std::string refusal(const std::string& path)
{
    auto opened = EvidenceStore::open(path, {});
    return opened ? "taken" : opened.error().text();
}

TEST(Folder, IsMadeForItsOwnerAlone)
{
    TempFolder home;
    std::string path = home / "evidence";
    mode_t before = ::umask(0);
    EXPECT_EQ(refusal(path), "taken");
    ::umask(before);
    struct stat status {};
    ASSERT_EQ(::lstat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode, S_IFDIR | 0700u);
    EXPECT_TRUE(std::filesystem::is_empty(path)) << "trying to write leaves nothing";
}

TEST(Folder, ThatIsThereAndPrivateIsTakenAsItIs)
{
    TempFolder home;
    std::string path = home / "evidence";
    ASSERT_EQ(::mkdir(path.c_str(), 0700), 0);
    std::ofstream(path + "/notes") << "ours";
    EXPECT_EQ(refusal(path), "taken");
    EXPECT_EQ(slurp(path + "/notes"), "ours");
}

TEST(Folder, ParentsAreNotMade)
{
    TempFolder home;
    EXPECT_EQ(refusal(home / "no/evidence"), home / "no/evidence: cannot be made, for " +
                                                 (home / "no: No such file or directory; make ") +
                                                 (home / "no first"));
    EXPECT_FALSE(exists(home / "no"));
}

TEST(Folder, UnsafeOnesAreRefusedWithTheMend)
{
    TempFolder home;
    auto folder = [&](const char* name, mode_t mode) {
        std::string path = home / name;
        EXPECT_EQ(::mkdir(path.c_str(), 0700), 0);
        EXPECT_EQ(::chmod(path.c_str(), mode), 0);
        return path;
    };
    std::string open = folder("open", 0755), group = folder("group", 0770),
                real = folder("real", 0700);
    // Root gives a folder away; whoever cannot takes one of root's.
    uid_t us = ::geteuid(), them = us == 0 ? 65534 : 0;
    std::string foreign = us == 0 ? folder("foreign", 0700) : "/etc";
    if (us == 0) {
        ASSERT_EQ(::chown(foreign.c_str(), them, them), 0);
    }
    std::filesystem::create_directory_symlink(real, home / "link");
    std::filesystem::create_symlink(home / "nowhere", home / "dangling");
    std::string file = home.write("file", "");

    EXPECT_EQ(refusal(open), open + ": has mode 0755, which lets others in; chmod 0700 " + open);
    EXPECT_THAT(refusal(group), HasSubstr("has mode 0770"));
    EXPECT_EQ(refusal(foreign), foreign + ": belongs to uid " + std::to_string(them) +
                                    ", who could change the evidence; chown it to uid " +
                                    std::to_string(us) + ", or name another folder");
    for (const char* link : {"link", "dangling"})
        EXPECT_EQ(refusal(home / link),
                  home / link + ": is a symbolic link, which whoever owns it can turn elsewhere; "
                                "name the folder that it leads to");
    EXPECT_FALSE(exists(home / "nowhere")) << "a dangling link makes nothing";
    EXPECT_EQ(refusal(file), file + ": is no directory; name a folder, or a path that is free");
    EXPECT_EQ(refusal(real), "taken");

    for (const char* path : {"", "evidence", "./evidence", "/", "/var/tmp/", "/var/tmp/.."})
        EXPECT_THAT(refusal(path), HasSubstr("is no absolute path of a folder")) << path;
    EXPECT_THAT(refusal("/var/tmp/" + std::string(80, 'a')), HasSubstr("of at most 80 bytes"));
}

void write_to(const char* path, const std::string& text) { std::ofstream(path) << text; }

// A mount namespace of this process's own; whoever is not root becomes root of a user namespace.
bool own_mounts()
{
    uid_t uid = ::geteuid();
    gid_t gid = ::getegid();
    if (::unshare(uid == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS) != 0)
        return false;
    if (uid != 0) {
        write_to("/proc/self/setgroups", "deny");
        write_to("/proc/self/uid_map", "0 " + std::to_string(uid) + " 1");
        write_to("/proc/self/gid_map", "0 " + std::to_string(gid) + " 1");
    }
    return ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

// The status says which step failed.
int open_read_only(const std::string& path)
{
    pid_t child = ::fork();
    if (child == 0) {
        if (!own_mounts() || ::mount("none", path.c_str(), "tmpfs", 0, "mode=0700") != 0)
            ::_exit(1);
        if (!EvidenceStore::open(path, {}))
            ::_exit(2); // the twin: the same filesystem, read-write
        if (::mount("none", path.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) != 0)
            ::_exit(3);
        auto there = EvidenceStore::open(path, {});
        auto below = EvidenceStore::open(path + "/evidence", {});
        bool told =
            !there && !below &&
            there.error().text() == path + ": cannot be written: Read-only file system; mount "
                                           "its filesystem read-write, or name another folder" &&
            below.error().what == "cannot be made: Read-only file system";
        ::_exit(told ? 0 : 4);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Folder, OnAReadOnlyFilesystemIsRefused)
{
    TempFolder home;
    std::string path = home / "mount";
    ASSERT_EQ(::mkdir(path.c_str(), 0700), 0);
    EXPECT_EQ(open_read_only(path), 0) << "1: no mount of its own; needs root or user namespaces";
}

// The folder is the one that was looked at, whatever has its name by now.
TEST(Folder, StaysTheSameWhenItsNameGoesElsewhere)
{
    Store store;
    TempFolder elsewhere;
    Deleted victim;
    std::filesystem::rename(store.path(), store.home / "moved");
    std::filesystem::create_directory_symlink(elsewhere.path(), store.path());
    EXPECT_TRUE(store.store->capture(target_of(victim.pid()), "EXE-002").image_whole);
    EXPECT_TRUE(std::filesystem::is_empty(elsewhere.path()));
    EXPECT_FALSE(std::filesystem::is_empty(store.home / "moved"));
}

} // namespace
} // namespace davylamp
