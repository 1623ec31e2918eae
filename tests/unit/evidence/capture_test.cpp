// SPDX-License-Identifier: Apache-2.0
// Real processes, and what a capture saves of them.
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>
#include <thread>

#include "scene.h"

namespace davylamp {
namespace {

using namespace test;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

std::string proc(pid_t pid, const std::string& name)
{
    return slurp("/proc/" + std::to_string(pid) + "/" + name);
}

// A process that does `work`, says so and waits for its end.
class Forked {
public:
    explicit Forked(const std::function<void()>& work)
    {
        int ready[2];
        if (::pipe2(ready, O_CLOEXEC) != 0)
            throw std::runtime_error("pipe2");
        pid_ = ::fork();
        if (pid_ == 0) {
            ::close(ready[0]);
            work();
            (void)!::write(ready[1], "r", 1);
            for (;;)
                ::pause();
        }
        ::close(ready[1]);
        char byte;
        good = ::read(ready[0], &byte, 1) == 1;
        ::close(ready[0]);
    }
    ~Forked()
    {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    pid_t pid() const { return pid_; }
    bool good = false;

private:
    pid_t pid_;
};

TEST(Capture, HasAllOfAStoppedProcessWhoseImageIsGone)
{
    Store store;
    Deleted victim(300'000, {"DAVY_TEST=in the environment"});
    victim.stop();
    std::string maps = proc(victim.pid(), "maps"), environ = proc(victim.pid(), "environ");

    Evidence evidence = store.store->capture(target_of(victim.pid()), "EXE-002");
    EXPECT_EQ(evidence.error_number, 0) << evidence.error;
    EXPECT_TRUE(evidence.image_saved);
    EXPECT_TRUE(evidence.image_whole);
    EXPECT_EQ(evidence.missing_items, 0u);
    expect_honest(evidence);

    auto saved = [&](const char* name) { return slurp(evidence.folder + "/" + name); };
    EXPECT_TRUE(saved("image") == victim.original) << "byte by byte";
    EXPECT_EQ(saved("cmdline"), victim.path + std::string("\0", 1) + "600" + std::string("\0", 1));
    EXPECT_EQ(saved("environ"), environ);
    EXPECT_THAT(saved("environ"), HasSubstr("DAVY_TEST=in the environment"));
    EXPECT_EQ(saved("maps"), maps);
    EXPECT_EQ(saved("cgroup"), proc(victim.pid(), "cgroup"));
    EXPECT_EQ(saved("limits"), proc(victim.pid(), "limits"));
    EXPECT_THAT(saved("status"), HasSubstr("Pid:\t" + std::to_string(victim.pid()) + "\n"));
    EXPECT_EQ(saved("exe"), victim.path + " (deleted)");
    EXPECT_EQ(saved("cwd"), std::filesystem::current_path().string());
    EXPECT_EQ(saved("root"), "/");
    EXPECT_THAT(saved("fd"), testing::StartsWith("0\t0100000\t0\t/dev/null\n1\t"));
    EXPECT_EQ(saved("sockets"), "");

    json manifest = manifest_of(evidence);
    EXPECT_EQ(manifest["rule"], "EXE-002");
    EXPECT_EQ(manifest["target"]["pid"], victim.pid());
    EXPECT_EQ(manifest["target"]["start_ns"], target_of(victim.pid()).start_ns);
    EXPECT_EQ(manifest["target"]["ended"], false);
    EXPECT_EQ(manifest["davylamp"], DAVYLAMP_VERSION);
    EXPECT_EQ(manifest["image"]["links"], 0);
    EXPECT_EQ(manifest["image"]["size"], victim.original.size());
    EXPECT_EQ(manifest["image"]["mode"], "0100755");
    EXPECT_THAT(manifest["time"].get<std::string>(), testing::MatchesRegex("20[0-9-]+T[0-9:.]+Z"));

    victim.process->signal(SIGCONT);
    EXPECT_EQ(::kill(victim.pid(), 0), 0) << "a capture ends nobody";
}

// Nothing has to be wrong with a process, and nothing happens to it.
TEST(Capture, TakesARunningProgramWithItsFileInPlaceAsWell)
{
    Store store;
    Subprocess sleeper({"env", "-i", "/bin/sleep", "600"});
    ASSERT_TRUE(eventually([&] { return proc(sleeper.pid(), "comm") == "sleep\n"; }));
    Evidence evidence = store.store->capture(target_of(sleeper.pid()), "MINE-001");
    expect_honest(evidence);
    EXPECT_TRUE(slurp(evidence.folder + "/image") == slurp("/bin/sleep"));
    EXPECT_EQ(manifest_of(evidence)["image"]["links"], 1);
    // It has no environment, and that is all of it.
    EXPECT_EQ(manifest_of(evidence)["items"]["environ"]["whole"], true);
    EXPECT_EQ(manifest_of(evidence)["items"]["environ"]["size"], 0);
    EXPECT_EQ(evidence.missing_items, 0u);
}

TEST(Capture, HasAnImageThatNeverHadAName)
{
    Store store;
    std::string program = slurp("/bin/sleep");
    Forked fileless([&] {
        int image = static_cast<int>(::syscall(SYS_memfd_create, "kworker/0:1", 0u));
        if (::write(image, program.data(), program.size()) != static_cast<ssize_t>(program.size()))
            ::_exit(1);
        std::string path = "/proc/self/fd/" + std::to_string(image);
        if (::fork() != 0)
            return;
        ::execl(path.c_str(), "[kworker/0:1]", "600", nullptr);
        ::_exit(1);
    });
    ASSERT_TRUE(fileless.good);
    std::string children = "task/" + std::to_string(fileless.pid()) + "/children";
    pid_t child = 0;
    ASSERT_TRUE(eventually([&] {
        child = std::atoi(proc(fileless.pid(), children).c_str());
        return child != 0 && proc(child, "cmdline").starts_with("[kworker");
    }));
    Evidence evidence = store.store->capture(target_of(child), "EXE-001");
    ::kill(child, SIGKILL);
    expect_honest(evidence);
    EXPECT_TRUE(evidence.image_whole);
    EXPECT_TRUE(slurp(evidence.folder + "/image") == program);
    EXPECT_EQ(slurp(evidence.folder + "/exe"), "/memfd:kworker/0:1 (deleted)");
    EXPECT_THAT(evidence.folder, testing::EndsWith("-EXE-001"));
}

int listener(int family, std::uint16_t& port)
{
    int fd = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(fd, 1) != 0 ||
        ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0)
        return -1;
    port = ntohs(address.sin_port);
    return fd;
}

std::string row_of(std::uint16_t port)
{
    char text[32];
    std::snprintf(text, sizeof text, " 0100007F:%04X ", port);
    return text;
}

TEST(Capture, HasTheSocketsOfThisProcessAndOfNoOther)
{
    Store store;
    std::uint16_t other_port = 0;
    auto* shared = static_cast<std::uint16_t*>(
        ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    ASSERT_NE(shared, MAP_FAILED);
    std::string name = "davylamp-" + std::to_string(::getpid());
    Forked server([&] {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path + 1, name.data(), name.size());
        int local = ::socket(AF_UNIX, SOCK_DGRAM, 0);
        auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
        if (listener(AF_INET, *shared) < 0 ||
            ::bind(local, reinterpret_cast<sockaddr*>(&address), size) != 0)
            ::_exit(1);
    });
    ASSERT_TRUE(server.good);
    UniqueFd other(listener(AF_INET, other_port));
    ASSERT_TRUE(other);

    Evidence evidence = store.store->capture(target_of(server.pid()), "MINE-002");
    expect_honest(evidence);
    std::string sockets = slurp(evidence.folder + "/sockets");
    EXPECT_THAT(sockets, testing::StartsWith("tcp\n  sl  local_address"));
    EXPECT_THAT(sockets, HasSubstr(row_of(*shared)));
    EXPECT_THAT(sockets, HasSubstr("@" + name + "\n"));
    EXPECT_THAT(sockets, HasSubstr("\nudp6\n"));
    EXPECT_THAT(sockets, Not(HasSubstr(row_of(other_port))));
    EXPECT_THAT(slurp(evidence.folder + "/fd"), HasSubstr("\tsocket:["));
    ::munmap(shared, 4096);
}

TEST(Capture, ShowsADescriptorsNameOnOneLine)
{
    Store store;
    TempFolder home;
    std::string odd = home / "a\n9\t00\t0\tshadow";
    Forked holder([&] {
        if (::open(odd.c_str(), O_RDWR | O_CREAT, 0600) < 0)
            ::_exit(1);
    });
    ASSERT_TRUE(holder.good);
    Evidence evidence = store.store->capture(target_of(holder.pid()), "EXE-001");
    std::string fds = slurp(evidence.folder + "/fd");
    EXPECT_THAT(fds, HasSubstr("/a\\x0a9\\x0900\\x090\\x09shadow\n"));
    EXPECT_THAT(fds, Not(HasSubstr("\n9\t00\t0\tshadow")));
}

// Its first thread has ended: /proc/PID has no exe and no cmdline, and the process works on.
TEST(Capture, FindsAThreadThatGoesOn)
{
    Store store;
    int ready[2];
    ASSERT_EQ(::pipe2(ready, O_CLOEXEC), 0);
    pid_t pid = ::fork();
    if (pid == 0) {
        std::thread([&] {
            (void)!::write(ready[1], "r", 1);
            for (;;)
                ::pause();
        }).detach();
        ::syscall(SYS_exit, 0); // this thread alone
    }
    char byte;
    ASSERT_EQ(::read(ready[0], &byte, 1), 1);
    ASSERT_TRUE(eventually([&] { return proc(pid, "stat").find(") Z ") != std::string::npos; }));
    EXPECT_EQ(proc(pid, "cmdline"), "");

    Evidence evidence = store.store->capture(target_of(pid), "EXE-003");
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    ::close(ready[0]);
    ::close(ready[1]);
    expect_honest(evidence);
    EXPECT_TRUE(evidence.image_whole);
    EXPECT_EQ(evidence.missing_items, 0u);
    EXPECT_NE(slurp(evidence.folder + "/cmdline"), "");
}

TEST(Capture, HasNothingOfWhoeverHasThePidNow)
{
    Store store;
    Deleted somebody;
    davy_process_id target = target_of(somebody.pid());
    davy_process_id elder = target;
    elder.start_ns -= 1'000'000'000;

    Evidence evidence = store.store->capture(elder, "EXE-002");
    EXPECT_EQ(evidence.error_number, ESRCH);
    EXPECT_THAT(evidence.error, HasSubstr("somebody else"));
    EXPECT_EQ(evidence.folder, "");
    EXPECT_FALSE(evidence.image_saved);
    EXPECT_TRUE(store.entries().empty());
    EXPECT_EQ(store.store->captures(), 0u);

    EXPECT_TRUE(store.store->capture(target, "EXE-002").image_whole);
    somebody.end();
    EXPECT_EQ(store.store->capture(target, "EXE-002").error_number, ESRCH);
    EXPECT_EQ(store.store->capture({}, "EXE-002").error_number, ESRCH);
    EXPECT_EQ(store.entries().size(), 1u);
}

TEST(Capture, TwoOfOneSecondHaveFoldersOfTheirOwn)
{
    Store store;
    Deleted victim;
    std::vector<Evidence> all;
    for (int i = 0; i < 3; i++)
        all.push_back(store.store->capture(target_of(victim.pid()), "EXE-002"));
    EXPECT_EQ(store.entries().size(), 3u);
    for (const Evidence& evidence : all)
        expect_honest(evidence);
}

// The rule's code becomes a part of a name.
TEST(Capture, ACodeLeadsNowhere)
{
    Store store;
    Deleted victim;
    Evidence evidence = store.store->capture(target_of(victim.pid()), "../../../x");
    EXPECT_EQ(std::filesystem::path(evidence.folder).parent_path(), store.path());
    EXPECT_THAT(evidence.folder, testing::EndsWith("-_________x"));
    EXPECT_EQ(store.entries().size(), 1u);
}

// Whoever could write there would plant a link where the next folder will be.
TEST(Capture, FollowsNoLinkInTheFolder)
{
    Store store;
    TempFolder elsewhere;
    Deleted victim;
    std::time_t now = std::time(nullptr);
    for (std::time_t at = now; at < now + 60; at++) {
        std::tm utc{};
        gmtime_r(&at, &utc);
        char text[64];
        std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &utc);
        std::filesystem::create_directory_symlink(elsewhere.path(),
                                                  store.path() + "/" + text + "-" +
                                                      std::to_string(victim.pid()) + "-EXE-002");
    }
    Evidence evidence = store.store->capture(target_of(victim.pid()), "EXE-002");
    EXPECT_THAT(evidence.folder, testing::EndsWith("-EXE-002-2"));
    EXPECT_TRUE(std::filesystem::is_empty(elsewhere.path()));
    expect_honest(evidence);
}

} // namespace
} // namespace davylamp
