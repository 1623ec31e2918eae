// SPDX-License-Identifier: Apache-2.0
// Files of the policy are recognised on whatever they lie: as the kernel knows them, and not as
// stat(2) tells it, which shows other devices on btrfs and overlayfs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "image_site.h"

namespace davylamp::test {
namespace {

struct FileSystem {
    const char* name;
    const char* mount; // at @M, from the folder @W
};

void PrintTo(const FileSystem& one, std::ostream* stream) { *stream << one.name; }

const FileSystem kFileSystems[] = {
    {"ext4", "truncate -s 16M @W/f; mkfs.ext4 -q @W/f; mount -o loop @W/f @M"},
    {"xfs", "truncate -s 320M @W/f; mkfs.xfs -q @W/f; mount -o loop @W/f @M"},
    {"btrfs", "truncate -s 120M @W/f; mkfs.btrfs -q @W/f; mount -o loop @W/f @M"},
    {"a subvolume of btrfs",
     "truncate -s 120M @W/f; mkfs.btrfs -q @W/f; mkdir @W/top; mount -o loop @W/f @W/top; "
     "btrfs -q subvolume create @W/top/sub; mount -o loop,subvol=sub @W/f @M"},
    {"a bind mount of a subvolume",
     "truncate -s 120M @W/f; mkfs.btrfs -q @W/f; mkdir @W/top; mount -o loop @W/f @W/top; "
     "btrfs -q subvolume create @W/top/sub; mount --bind @W/top/sub @M"},
    {"tmpfs", "mount -t tmpfs tmpfs @M"},
    {"an overlay on one file system",
     "mkdir @W/lower @W/upper @W/work; cp /bin/true @W/lower/tool; "
     "mount -t overlay overlay -o lowerdir=@W/lower,upperdir=@W/upper,workdir=@W/work @M"},
    {"an overlay on two",
     "mkdir @W/lower @W/two; cp /bin/true @W/lower/tool; mount -t tmpfs tmpfs @W/two; "
     "mkdir @W/two/upper @W/two/work; "
     "mount -t overlay overlay -o lowerdir=@W/lower,upperdir=@W/two/upper,workdir=@W/two/work @M"},
};

class FileSystems : public testing::TestWithParam<FileSystem> {};

// The file is denied, and so is the one that a package manager puts in its place.
TEST_P(FileSystems, HoldFilesOfThePolicy)
{
    ImageSite site;
    const std::string at = site.image("mounted");
    auto fill = [&](const std::string& text) { return replaced(site.fill(text), "@M", at); };
    GuardOptions options;
    options.mode = Mode::block;
    options.alone = true;
    options.before = {"unshare",
                      "-m",
                      "bash",
                      "-ec",
                      fill("mkdir @M; ") + fill(GetParam().mount) +
                          fill("; [ -e @M/tool ] || cp /bin/true @M/tool; cp /bin/true @M/other; "
                               "cp @PACKAGER @M/manager; exec \"$@\""),
                      "bash"};
    options.policy = replaced(
        R"({"detections": {"image": {"deny": ["@M/tool"], "package_managers": ["@M/manager"]}}})",
        "@M", at);
    options.command = bash(fill("@M/other && touch @D/other; @M/tool && touch @D/tool; "
                                "cp /bin/true @M/new; @M/manager rename @M/new @M/tool || exit 9; "
                                "@M/tool && touch @D/heir; exit 0"));
    GuardResult result = run_guard(options);
    SCOPED_TRACE(result.out + result.err);
    EXPECT_TRUE(exists(site / "other"));
    EXPECT_FALSE(exists(site / "tool"));
    EXPECT_FALSE(exists(site / "heir"));
    EXPECT_THAT(result.codes(), testing::ElementsAre("EXE-006", "EXE-006"));
}

INSTANTIATE_TEST_SUITE_P(Live, FileSystems, testing::ValuesIn(kFileSystems),
                         [](const auto& test) { return test_name(test.param.name, Mode::block); });

} // namespace
} // namespace davylamp::test
