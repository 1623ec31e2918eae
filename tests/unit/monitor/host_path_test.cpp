// SPDX-License-Identifier: Apache-2.0
// The path at which the host sees a file that lies in some filesystem.
#include "monitor/host_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace davylamp {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::uint32_t device(std::uint32_t major, std::uint32_t minor)
{
    return major << 20 | minor;
}

const char* const kTable =
    "22 1 254:1 / / rw,relatime - ext4 /dev/vda1 rw\n"
    "30 22 254:2 /@home /home rw shared:1 - btrfs /dev/vdb rw\n"
    "31 22 0:50 / /var/lib/docker/overlay2/ab/merged rw - overlay overlay rw\n"
    "32 22 254:1 /srv/data /mnt/with\\040blank rw - ext4 /dev/vda1 rw\n"
    "not a mount at all\n"
    "33 22 99999:1 / /nowhere rw - x x rw\n";

TEST(HostPath, IsFoundByDeviceAndRoot)
{
    auto mounts = parse_mountinfo(kTable);
    ASSERT_EQ(mounts.size(), 4u);
    EXPECT_THAT(seen_at(mounts, device(0, 50), "/usr/bin/x"),
                ElementsAre("/var/lib/docker/overlay2/ab/merged/usr/bin/x"));
    EXPECT_THAT(seen_at(mounts, device(254, 2), "/@home/me/x"), ElementsAre("/home/me/x"));
    EXPECT_THAT(seen_at(mounts, device(254, 1), "/usr/bin/x"), ElementsAre("/usr/bin/x"));
    EXPECT_THAT(seen_at(mounts, device(254, 1), "/srv/data/x"),
                ElementsAre("/mnt/with blank/x", "/srv/data/x"));
}

TEST(HostPath, IsNoneWhereNoMountShowsTheFile)
{
    auto mounts = parse_mountinfo(kTable);
    EXPECT_THAT(seen_at(mounts, device(0, 99), "/x"), IsEmpty());
    EXPECT_THAT(seen_at(mounts, device(254, 2), "/@root/x"), IsEmpty());
    EXPECT_THAT(seen_at(mounts, device(254, 2), "/@homeless/x"), IsEmpty()); // no such folder
    EXPECT_THAT(parse_mountinfo(""), IsEmpty());
    EXPECT_EQ(HostPaths().find(device(4095, 1), 1, "/x"), "");
    EXPECT_EQ(HostPaths().find(device(4095, 1), 1, ""), "");
}

// Escapes may stand at the very end, or be none.
TEST(HostPath, KeepsWhatOnlyLooksEscaped)
{
    auto mounts =
        parse_mountinfo("1 1 0:1 / /a\\04 rw\n1 1 0:1 / /b\\999 rw\n1 1 0:1 / /c\\134 rw\n");
    ASSERT_EQ(mounts.size(), 3u);
    EXPECT_EQ(mounts[0].point, "/a\\04");
    EXPECT_EQ(mounts[1].point, "/b\\999");
    EXPECT_EQ(mounts[2].point, "/c\\");
}

} // namespace
} // namespace davylamp
