// SPDX-License-Identifier: Apache-2.0
// A sensor that does not start leaves nothing behind.
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>

#include "base/files.h"
#include "sensor/cgroup.h"
#include "sensor/host.h"
#include "sensor/sensor.h"

namespace davylamp::test {
namespace {

// In a mount namespace of our own: an empty file system for pins, and no tracepoints of system
// calls to attach to, which come after programs that are pinned by then.
void make_world()
{
    ASSERT_TRUE(ensure_tracefs());
    ASSERT_EQ(::unshare(CLONE_NEWNS), 0) << errno_text(errno);
    ASSERT_EQ(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0) << errno_text(errno);
    ASSERT_EQ(::mount("bpf", "/sys/fs/bpf", "bpf", 0, nullptr), 0) << errno_text(errno);
    int hidden = 0; // at either of the places where libbpf looks
    for (const char* folder :
         {"/sys/kernel/tracing/events/syscalls", "/sys/kernel/debug/tracing/events/syscalls"})
        hidden += ::mount("none", folder, "tmpfs", 0, nullptr) == 0;
    ASSERT_GT(hidden, 0) << errno_text(errno);
}

TEST(FailedStart, LeavesNoPin)
{
    ASSERT_NO_FATAL_FAILURE(make_world());
    auto cgroup = GuardCgroup::create();
    ASSERT_TRUE(cgroup) << cgroup.error().text();
    SensorOptions options;
    options.scope = cgroup->path();
    options.pin_folder = "/sys/fs/bpf/failed-start";
    ASSERT_EQ(::mkdir(options.pin_folder.c_str(), 0700), 0) << errno_text(errno);
    auto sensor = Sensor::start(default_policy(), PoolBook(default_policy()), options);
    ASSERT_FALSE(sensor);
    EXPECT_NE(sensor.error().text().find("tp/syscalls/"), std::string::npos)
        << sensor.error().text();
    for (const auto& pin : std::filesystem::directory_iterator(options.pin_folder))
        ADD_FAILURE() << pin.path() << " is left";
}

} // namespace
} // namespace davylamp::test
