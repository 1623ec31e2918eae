// SPDX-License-Identifier: Apache-2.0
// Who lives holds a lock; nobody is asked for a pid. And where a guard's cgroup lies.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <optional>

#include "base/files.h"
#include "sensor/cgroup.h"
#include "sensor/pins.h"
#include "support/temp_folder.h"

namespace davylamp::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr uid_t kUser = 65534;

// In another process, which is root unless it becomes somebody else. 0: all went well.
int elsewhere(const std::function<int()>& act)
{
    pid_t child = ::fork();
    if (child == 0)
        ::_exit(act());
    int status = -1;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// The same in a pid namespace of its own with its own /proc, as `unshare -pf --mount-proc` has it.
int in_pid_namespace(const std::function<int()>& act)
{
    return elsewhere([&] {
        if (::unshare(CLONE_NEWPID | CLONE_NEWNS) != 0)
            return 100;
        return elsewhere([&] {
            if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
                ::mount("proc", "/proc", "proc", 0, nullptr) != 0)
                return 101;
            return act();
        });
    });
}

std::vector<std::uint64_t> ended;
int remove_stale()
{
    ended.clear();
    auto removed = remove_stale_instances([](std::uint64_t cgroup) { ended.push_back(cgroup); },
                                          [](const davy_process_id&) {});
    EXPECT_TRUE(removed) << removed.error().text();
    return removed.value_or(-1);
}

// A process that holds something until it is killed.
class Holder {
public:
    explicit Holder(const std::function<bool()>& take)
    {
        int ends[2];
        EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
        pid_ = ::fork();
        if (pid_ == 0) {
            if (take() && ::write(ends[1], "x", 1) == 1)
                ::pause();
            ::_exit(1);
        }
        ::close(ends[1]);
        char byte;
        ready_ = ::read(ends[0], &byte, 1) == 1;
        ::close(ends[0]);
    }
    ~Holder() { kill(); }
    void kill()
    {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
        pid_ = -1;
    }
    bool ready() const { return ready_; }
    pid_t pid() const { return pid_; }

private:
    pid_t pid_ = -1;
    bool ready_ = false;
};

// A bpffs of the test's own, so that no guard beside it is looked at.
class Instances : public testing::Test {
protected:
    void SetUp() override
    {
        ASSERT_EQ(::unshare(CLONE_NEWNS), 0) << errno_text(errno);
        ASSERT_EQ(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
        ASSERT_EQ(::mount("bpf", "/sys/fs/bpf", "bpf", 0, nullptr), 0) << errno_text(errno);
    }
};

TEST_F(Instances, OneThatLivesIsLeftAlone)
{
    auto instance = Instance::create("run");
    ASSERT_TRUE(instance) << instance.error().text();
    EXPECT_EQ(remove_stale(), 0);
    EXPECT_TRUE(exists(instance->folder()));
    // Whatever its pid means there.
    EXPECT_EQ(in_pid_namespace([&] { return remove_stale() == 0 ? 0 : 1; }), 0);
    EXPECT_TRUE(exists(instance->folder()));
}

TEST_F(Instances, OneInAnotherPidNamespaceIsLeftAlone)
{
    TempFolder home;
    EXPECT_EQ(in_pid_namespace([&] {
                  auto instance = Instance::create("run");
                  // From outside, its pid is somebody else's.
                  home.write("folder", instance ? instance->folder() : "");
                  return instance && remove_stale() == 0 && exists(instance->folder()) ? 0 : 1;
              }),
              0);
    EXPECT_FALSE(exists(slurp(home / "folder"))) << "it went with its owner";
}

TEST_F(Instances, TwoOfOnePidAndStartAreTwo)
{
    auto first = Instance::create("run"), second = Instance::create("run");
    ASSERT_TRUE(first && second);
    EXPECT_NE(first->folder(), second->folder());
}

TEST_F(Instances, OneThatWasKilledIsRemoved)
{
    TempFolder home;
    std::optional<Result<Instance>> kept;
    Holder holder([&] {
        kept.emplace(Instance::create("run"));
        home.write("folder", *kept ? (*kept)->folder() : "");
        return kept->has_value();
    });
    ASSERT_TRUE(holder.ready());
    const std::string folder = slurp(home / "folder");
    EXPECT_EQ(remove_stale(), 0);
    EXPECT_TRUE(exists(folder));
    ::kill(holder.pid(), SIGSTOP);
    EXPECT_EQ(remove_stale(), 0) << "who is stopped lives";
    holder.kill();
    EXPECT_EQ(remove_stale(), 1);
    EXPECT_FALSE(exists(folder));
}

TEST_F(Instances, AStartingGuardKeepsItsEmptyCgroup)
{
    auto cgroup = GuardCgroup::create();
    ASSERT_TRUE(cgroup) << cgroup.error().text();
    auto instance = Instance::create("guard", cgroup->id());
    ASSERT_TRUE(instance) << instance.error().text();
    EXPECT_EQ(in_pid_namespace([&] { return remove_stale() == 0 ? 0 : 1; }), 0);
    EXPECT_TRUE(exists(instance->folder()));
    EXPECT_TRUE(exists(cgroup->path()));
    EXPECT_TRUE(cgroup->empty());
}

TEST_F(Instances, ADeadGuardsCgroupGoesWhenItIsEmpty)
{
    TempFolder home;
    Holder guard([&] {
        static auto cgroup = GuardCgroup::create();
        static auto instance = Instance::create("guard", cgroup ? cgroup->id() : 0);
        home.write("folder", instance ? instance->folder() : "");
        home.write("cgroup", cgroup ? cgroup->path() : "");
        return cgroup && instance;
    });
    ASSERT_TRUE(guard.ready());
    const std::string folder = slurp(home / "folder"), cgroup = slurp(home / "cgroup");
    struct stat status {};
    ASSERT_EQ(::stat(cgroup.c_str(), &status), 0);
    Holder command([&] {
        return write_file(cgroup + "/cgroup.procs", std::to_string(::getpid())).has_value();
    });
    ASSERT_TRUE(command.ready());
    guard.kill();
    EXPECT_EQ(remove_stale(), 0) << "it still protects its command";
    EXPECT_TRUE(exists(folder));
    command.kill();
    EXPECT_EQ(remove_stale(), 1);
    EXPECT_THAT(ended, ElementsAre(status.st_ino));
    EXPECT_FALSE(exists(folder));
    EXPECT_FALSE(exists(cgroup));
}

TEST_F(Instances, GuardsOfOnePidHaveACgroupEach)
{
    auto first = GuardCgroup::create(), second = GuardCgroup::create();
    ASSERT_TRUE(first && second);
    EXPECT_NE(first->path(), second->path());
    EXPECT_NE(first->id(), second->id());
}

// A subtree that a user has, as systemd gives them away.
class Delegated : public testing::Test {
protected:
    void SetUp() override
    {
        auto mount = cgroup2_mount();
        ASSERT_TRUE(mount);
        mount_ = *mount;
        subtree_ = mount_ + "/davylamp-delegated-" + std::to_string(::getpid());
        ASSERT_EQ(::mkdir(subtree_.c_str(), 0755), 0) << errno_text(errno);
        ASSERT_EQ(::mkdir((subtree_ + "/scope").c_str(), 0755), 0);
        for (const char* name : {"", "/cgroup.procs", "/cgroup.threads", "/scope",
                                 "/scope/cgroup.procs", "/scope/cgroup.threads"})
            ASSERT_EQ(::chown((subtree_ + name).c_str(), kUser, kUser), 0) << name;
    }
    void TearDown() override
    {
        ::rmdir((subtree_ + "/scope").c_str());
        ::rmdir(subtree_.c_str());
    }
    bool enter() const
    {
        return write_file(subtree_ + "/scope/cgroup.procs", std::to_string(::getpid())).has_value();
    }

    std::string mount_, subtree_;
};

// 3: he moved himself out.
int leave_as_user(const std::string& to)
{
    return elsewhere([&] {
        if (::setgid(kUser) != 0 || ::setuid(kUser) != 0)
            return 1;
        return write_file(to + "/cgroup.procs", std::to_string(::getpid())) ? 3 : 0;
    });
}

TEST_F(Delegated, AUserDoesNotLeaveAGuardMadeFromHisSubtree)
{
    EXPECT_EQ(elsewhere([&] {
                  if (!enter())
                      return 10;
                  auto cgroup = GuardCgroup::create();
                  if (!cgroup)
                      return 11;
                  if (cgroup->path().starts_with(subtree_))
                      return 12;
                  // The attack itself works where the guard's cgroup would have been.
                  if (leave_as_user(subtree_) != 3)
                      return 13;
                  int left = elsewhere([&] {
                      return cgroup->add(::getpid()) ? leave_as_user(subtree_ + "/scope") : 14;
                  });
                  return left;
              }),
              0);
}

// In a cgroup namespace that begins at the user's subtree, nothing above can be seen.
TEST_F(Delegated, AGuardThatCannotHoldHimSaysSo)
{
    TempFolder home;
    EXPECT_EQ(elsewhere([&] {
                  if (!enter() || ::unshare(CLONE_NEWCGROUP | CLONE_NEWNS) != 0 ||
                      ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
                      return 10;
                  if (::umount2(mount_.c_str(), MNT_DETACH) != 0 ||
                      ::mount("none", mount_.c_str(), "cgroup2", 0, nullptr) != 0)
                      return 11;
                  auto cgroup = GuardCgroup::create();
                  home.write("error", cgroup ? "" : cgroup.error().text());
                  return cgroup ? 12 : 0;
              }),
              0);
    EXPECT_THAT(slurp(home / "error"),
                testing::AllOf(HasSubstr("cannot hold its command"),
                               HasSubstr("belongs to uid 65534"), HasSubstr(mount_)));
}

} // namespace
} // namespace davylamp::test
