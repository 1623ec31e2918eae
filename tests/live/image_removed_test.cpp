// SPDX-License-Identifier: Apache-2.0
// The last name of a running image goes away: by whom, and by which path.
#include <gtest/gtest.h>

#include "image_site.h"

namespace davylamp::test {
namespace {

// Who is not root; the folder of markers is open to him.
const char* const kUser = "setpriv --reuid=65534 --regid=65534 --clear-groups";
const char* const kLong = "an-image-whose-name-is-much-longer-than-forty-seven-bytes-all-told";

const std::vector<Removal> kRemovals{
    {"by its parent", "cp @VICTIM @W/image; start v @W/image; rm @W/image; go"},
    {"by itself", "cp @VICTIM @W/image; @W/image @D v unlink @W/image & ready v; go"},
    {"by a stranger", "cp @VICTIM @W/image; start v @W/image; setsid -f rm @W/image; "
                      "while [ -e @W/image ]; do sleep 0.01; done; go"},
    {"by its sibling", "cp @VICTIM @W/image; start v @W/image; (rm @W/image); go"},
    {"by python", "cp @VICTIM @W/image; start v @W/image; "
                  "@PYTHON -c 'import os; os.unlink(\"@W/image\")'; go"},
    {"renamed over",
     "cp @VICTIM @W/image; start v @W/image; echo hi > @W/new; mv @W/new @W/image; go"},
    {"moved then removed",
     "cp @VICTIM @W/image; start v @W/image; mv @W/image @W/other; rm @W/other; go"},
    {"moved twice", "cp @VICTIM @W/image; start v @W/image; mv @W/image @W/a; mv @W/a @W/b; "
                    "rm @W/b; go"},
    {"with both its links", "cp @VICTIM @W/image; ln @W/image @W/second; start v @W/image; "
                            "rm @W/image; rm @W/second; go"},
    {"with its folder",
     "mkdir @W/sub; cp @VICTIM @W/sub/image; start v @W/sub/image; rm -rf @W/sub; go"},
    {"by a relative path", "cp @VICTIM @W/image; start v @W/image; cd @W; rm image; go"},
    {"by a path with dots",
     "mkdir @W/sub; cp @VICTIM @W/image; start v @W/image; cd @W/sub; rm .././sub/../image; go"},
    {"through a symlinked folder", "mkdir @W/real; ln -s real @W/link; cp @VICTIM @W/real/image; "
                                   "start v @W/link/image; rm @W/link/image; go"},
    {"by a long path",
     "cp @VICTIM @W/image; start v @W/image; path=@W; for i in {1..150}; do path=$path/.; done; "
     "rm $path/image; go"},
    {"with a long name", "cp @VICTIM @W/@LONG; start v @W/@LONG; rm @W/@LONG; go"},
    {"on tmpfs", "cp @VICTIM @W/image; start v @W/image; rm @W/image; go", {"v"}, "/dev/shm"},
    {"two processes",
     "cp @VICTIM @W/image; start v @W/image; start w @W/image; rm @W/image; go",
     {"v", "w"}},
};

// As above in the verdict; two modes will do.
const std::vector<Removal> kMoreRemovals{
    {"by its child", "cp @KIN @W/image; @W/image @D v child @W/image & ready v; "
                     "while [ -e @W/image ]; do sleep 0.01; done; go"},
    {"by its grandparent", "cp @VICTIM @W/image; (@W/image @D v; :) & ready v; rm @W/image; go"},
    {"by root from under a user",
     "chmod 1777 @D; cp @VICTIM @W/image; @USER @W/image @D v & ready v; rm @W/image; go"},
    {"by a user in his own folder", "chmod 1777 @D; mkdir @W/own; cp @VICTIM @W/own/image; chown "
                                    "-R 65534 @W/own; @USER @W/own/image @D v & "
                                    "ready v; @USER rm @W/own/image; go"},
    {"in a folder's descriptor",
     "cp @VICTIM @W/image; start v @W/image; @PYTHON -c 'import os; "
     "d = os.open(\"@W\", os.O_RDONLY); os.unlink(\"image\", dir_fd=d)'; go"},
    {"renamed over in folders' descriptors",
     "mkdir @W/a @W/b; cp @VICTIM @W/a/image; echo hi > @W/b/new; start v @W/a/image; "
     "@PYTHON -c 'import os; a = os.open(\"@W/a\", os.O_RDONLY); "
     "b = os.open(\"@W/b\", os.O_RDONLY); "
     "os.rename(\"new\", \"image\", src_dir_fd=b, dst_dir_fd=a)'; go"},
    {"moved in folders' descriptors then removed",
     "mkdir @W/a @W/b; cp @VICTIM @W/a/image; start v @W/a/image; "
     "@PYTHON -c 'import os; a = os.open(\"@W/a\", os.O_RDONLY); "
     "b = os.open(\"@W/b\", os.O_RDONLY); "
     "os.rename(\"image\", \"moved\", src_dir_fd=a, dst_dir_fd=b); "
     "os.unlink(\"moved\", dir_fd=b)'; go"},
    // renameat2(2), RENAME_EXCHANGE: the image answers to the decoy's name afterwards.
    {"exchanged then removed",
     "mkdir @W/a @W/b; cp @VICTIM @W/a/image; echo hi > @W/b/decoy; start v @W/a/image; "
     "@PYTHON -c 'import ctypes; c = ctypes.CDLL(None); "
     "assert c.renameat2(-100, b\"@W/a/image\", -100, b\"@W/b/decoy\", 2) == 0'; "
     "rm @W/b/decoy; go"},
    {"exchanged the other way then removed",
     "mkdir @W/a @W/b; cp @VICTIM @W/a/image; echo hi > @W/b/decoy; start v @W/a/image; "
     "@PYTHON -c 'import ctypes; c = ctypes.CDLL(None); "
     "assert c.renameat2(-100, b\"@W/b/decoy\", -100, b\"@W/a/image\", 2) == 0'; "
     "rm @W/b/decoy; go"},
    {"after its folder was renamed", "mkdir @W/sub; cp @VICTIM @W/sub/image; start v @W/sub/image; "
                                     "mv @W/sub @W/other; rm @W/other/image; go"},
    {"after its folder was removed",
     "mkdir @W/sub; cp @VICTIM @W/sub/image; start v @W/sub/image; mv @W/sub/image @W/image; "
     "rmdir @W/sub; rm @W/image; go"},
    {"with its renamed folder",
     "mkdir -p @W/a/b; cp @VICTIM @W/a/b/image; start v @W/a/b/image; mv @W/a @W/c; "
     "rm -rf @W/c; go"},
    {"through proc", "cp @VICTIM @W/image; start v @W/image; exec 5< @W; "
                     "rm /proc/self/fd/5/image; go"},
    {"by find", "cp @VICTIM @W/image; start v @W/image; find @W -type f -delete; go"},
    {"by perl", "cp @VICTIM @W/image; start v @W/image; perl -e 'unlink \"@W/image\"'; go"},
    {"by busybox", "cp @VICTIM @W/image; start v @W/image; busybox rm @W/image; go"},
    {"replaced by install", "cp @VICTIM @W/image; start v @W/image; install @VICTIM @W/image; go"},
    {"replaced by cp", "cp @VICTIM @W/image; start v @W/image; "
                       "cp --remove-destination @VICTIM @W/image; go"},
    // The second name is one that no image was started by.
    {"with a second link made later",
     "mkdir @W/else; cp @VICTIM @W/image; start v @W/image; ln @W/image @W/else/second; "
     "rm @W/image; rm @W/else/second; go"},
    {"its second link first", "mkdir @W/else; cp @VICTIM @W/image; start v @W/image; "
                              "ln @W/image @W/else/second; rm @W/else/second; rm @W/image; go"},
    {"with a second link that moved",
     "mkdir @W/else; cp @VICTIM @W/image; start v @W/image; ln @W/image @W/second; "
     "rm @W/image; mv @W/second @W/else/third; rm @W/else/third; go"},
    {"its second link renamed over",
     "cp @VICTIM @W/image; start v @W/image; ln @W/image @W/second; rm @W/image; "
     "echo hi > @W/new; mv @W/new @W/second; go"},
};

class ExeRemoved : public testing::TestWithParam<std::tuple<Removal, Mode>> {};

TEST_P(ExeRemoved, Attack)
{
    auto [removal, mode] = GetParam();
    std::string command = replaced(replaced(removal.command, "@LONG", kLong), "@USER", kUser);
    removal.command = command.c_str();
    expect_removed(removal, mode);
}

INSTANTIATE_TEST_SUITE_P(Live, ExeRemoved,
                         testing::Combine(testing::ValuesIn(kRemovals),
                                          testing::Values(Mode::monitor, Mode::block, Mode::kill)),
                         case_name<Removal>);
INSTANTIATE_TEST_SUITE_P(More, ExeRemoved,
                         testing::Combine(testing::ValuesIn(kMoreRemovals),
                                          testing::Values(Mode::monitor, Mode::kill)),
                         case_name<Removal>);

} // namespace
} // namespace davylamp::test
