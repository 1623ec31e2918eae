// SPDX-License-Identifier: Apache-2.0
// Where a process is: known from a record, shared by forks, ended by an exec.
#include <gtest/gtest.h>

#include <cstring>

#include "engine/lineage.h"
#include "support/records.h"

namespace davylamp {
namespace {

using namespace test;

const std::string kId(64, 'a');

davy_event_place place_of(std::uint32_t tgid, std::uint32_t own)
{
    davy_event_place out{};
    out.header.version = DAVY_ABI_VERSION;
    out.header.kind = DAVY_EVENT_PLACE;
    out.header.size = sizeof out;
    out.header.time_ns = 9;
    out.process = id(tgid);
    out.process.own_tgid = own;
    out.cgroup_id = 77;
    out.flags = DAVY_PLACE_PIDS | DAVY_PLACE_ROOT;
    ("/system.slice/docker-" + kId + ".scope").copy(out.cgroup, sizeof out.cgroup - 1);
    std::strcpy(out.path, "/usr/bin/x");
    std::strcpy(out.host, "/srv/root/usr/bin/x");
    return out;
}

ProcessInfo info_of(const Lineage& lineage, std::uint32_t tgid)
{
    const Lineage::Process* process = lineage.find(id(tgid));
    EXPECT_NE(process, nullptr) << tgid;
    return process ? Lineage::info(*process) : ProcessInfo{};
}

TEST(Place, IsWhatTheRecordSays)
{
    Lineage lineage;
    lineage.place(place_of(10, 7));
    ProcessInfo process = info_of(lineage, 10);
    EXPECT_TRUE(process.contained());
    EXPECT_EQ(process.id.own_tgid, 7u);
    EXPECT_EQ(process.cgroup_id, 77u);
    ASSERT_NE(process.place, nullptr);
    EXPECT_EQ(process.place->container.id, kId);
    EXPECT_EQ(process.place->container.runtime, "docker");
    EXPECT_EQ(process.place->path, "/usr/bin/x");
    EXPECT_EQ(process.place->host_path, "/srv/root/usr/bin/x");
}

// A fork lives where its parent does, under a number of its own.
TEST(Place, IsSharedByForksAndNumbersAreNot)
{
    Lineage lineage;
    lineage.place(place_of(10, 7));
    davy_event_fork fork = forks(12, 10, 11, "x");
    fork.child.own_tgid = 8;
    lineage.fork(fork);
    ProcessInfo process = info_of(lineage, 11);
    EXPECT_EQ(process.id.own_tgid, 8u);
    ASSERT_NE(process.place, nullptr);
    EXPECT_EQ(process.place->container.id, kId);
}

// Its next image lies elsewhere; its number stays, also where a record does not know it.
TEST(Place, EndsWithAnExec)
{
    Lineage lineage;
    lineage.place(place_of(10, 7));
    Record record(execs(20, process(10, 1, "y"), "/usr/bin/y", {"y"}));
    lineage.exec(record.event().as<davy_event_exec>(), exec_args(record.event()));
    EXPECT_EQ(info_of(lineage, 10).place, nullptr);
    EXPECT_EQ(info_of(lineage, 10).id.own_tgid, 7u);
}

// A service with mounts of its own, and the host itself, are no containers.
TEST(Place, AServiceIsNoContainer)
{
    Lineage lineage;
    davy_event_place event = place_of(10, 0);
    event.flags = DAVY_PLACE_MOUNTS;
    std::memset(event.cgroup, 0, sizeof event.cgroup);
    std::strcpy(event.cgroup, "/system.slice/web.service");
    lineage.place(event);
    EXPECT_FALSE(info_of(lineage, 10).contained());
    lineage.fork(forks(12, 1, 13, "x"));
    EXPECT_FALSE(info_of(lineage, 13).contained());
}

} // namespace
} // namespace davylamp
