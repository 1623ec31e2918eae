// SPDX-License-Identifier: Apache-2.0
// The last name of a running image goes away: on which filesystem, through which mount.
#include <gtest/gtest.h>

#include "image_site.h"

namespace davylamp::test {
namespace {

// Each in a mount namespace of its own.
const char* const kTmpfs = "mkdir @W/m; mount -t tmpfs -o mode=1777 tmpfs @W/m || exit 9; ";
const char* const kOverlay = "mkdir @W/l @W/u @W/w @W/m; cp @VICTIM @W/l/lower; "
                             "mount -t overlay overlay -o "
                             "lowerdir=@W/l,upperdir=@W/u,workdir=@W/w @W/m || exit 9; "
                             "cp @VICTIM @W/m/upper; ";

const std::vector<Removal> kPlaces{
    {"tmpfs", "@TMPFS cp @VICTIM @W/m/image; start v @W/m/image; rm @W/m/image; go"},
    {"tmpfs renamed over", "@TMPFS cp @VICTIM @W/m/image; start v @W/m/image; echo hi > @W/m/new; "
                           "mv @W/m/new @W/m/image; go"},
    {"overlay lower", "@OVERLAY start v @W/m/lower; rm @W/m/lower; go"},
    {"overlay lower renamed over",
     "@OVERLAY start v @W/m/lower; echo hi > @W/m/new; mv @W/m/new @W/m/lower; go"},
    {"overlay upper", "@OVERLAY start v @W/m/upper; rm @W/m/upper; go"},
    {"overlay upper renamed over",
     "@OVERLAY start v @W/m/upper; echo hi > @W/m/new; mv @W/m/new @W/m/upper; go"},
    {"overlay moved then removed",
     "@OVERLAY start v @W/m/upper; start w @W/m/lower; "
     "mv @W/m/upper @W/m/a; mv @W/m/lower @W/m/b; rm @W/m/[ab]; go",
     {"v", "w"}},
    {"bind mount, by its source", "mkdir @W/a @W/b; cp @VICTIM @W/a/image; "
                                  "mount --bind @W/a @W/b || exit 9; start v @W/b/image; "
                                  "rm @W/a/image; go"},
    {"bind mount, by its target", "mkdir @W/a @W/b; cp @VICTIM @W/a/image; "
                                  "mount --bind @W/a @W/b || exit 9; start v @W/a/image; "
                                  "rm @W/b/image; go"},
    // The name that the program was started by is the mount's, not the file's.
    {"bind mount of the file", "cp @VICTIM @W/image; touch @W/other; "
                               "mount --bind @W/image @W/other || exit 9; start v @W/other; "
                               "rm @W/image; go"},
    {"from another mount namespace",
     "mkdir @W/a @W/b; cp @VICTIM @W/a/image; start v @W/a/image; unshare -m bash -c "
     "'mount --bind @W/a @W/b && rm @W/b/image'; go"},
    {"in another mount namespace",
     "mkdir @W/a @W/b; cp @VICTIM @W/a/image; unshare -m bash -c "
     "'mount --bind @W/a @W/b && exec @W/b/image @D v' & ready v; rm @W/a/image; go"},
    {"from a chroot", "cp @VICTIM @W/image; cp /bin/busybox @W/busybox; start v @W/image; "
                      "chroot @W /busybox rm /image; go"},
    {"from a chroot by python", "cp @VICTIM @W/image; start v @W/image; "
                                "@PYTHON -c 'import os; os.chroot(\"@W\"); os.unlink(\"/image\")'; "
                                "go"},
    {"in a chroot", "cp @STATIC @D/image; chroot @D /image / v & ready v; rm @D/image; go"},
    {"from a chroot in the same", "cp @STATIC @D/image; cp /bin/busybox @D/busybox; "
                                  "chroot @D /image / v & ready v; chroot @D /busybox rm image; "
                                  "go"},
};

class ExeRemovedAt : public testing::TestWithParam<std::tuple<Removal, Mode>> {};

TEST_P(ExeRemovedAt, Attack)
{
    auto [removal, mode] = GetParam();
    std::string command =
        replaced(replaced(removal.command, "@TMPFS", kTmpfs), "@OVERLAY", kOverlay);
    removal.command = command.c_str();
    removal.own_mounts = true;
    expect_removed(removal, mode);
}

INSTANTIATE_TEST_SUITE_P(Live, ExeRemovedAt,
                         testing::Combine(testing::ValuesIn(kPlaces),
                                          testing::Values(Mode::monitor, Mode::kill)),
                         case_name<Removal>);

} // namespace
} // namespace davylamp::test
