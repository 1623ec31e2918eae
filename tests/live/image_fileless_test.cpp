// SPDX-License-Identifier: Apache-2.0
// A program that has no name when it starts: a memfd, an O_TMPFILE, an unlinked file.
#include <gtest/gtest.h>

#include "image_site.h"

namespace davylamp::test {
namespace {

// Another process holds the file open until the file @D/v.over is there; its path is in $held.
const char* const kHolder =
    "@PYTHON -c 'import os, sys, time\n"
    "f = os.memfd_create(\"x\")\n"
    "os.write(f, open(\"@VICTIM\", \"rb\").read())\n"
    "open(\"@D/held.new\", \"w\").write(\"/proc/%d/fd/%d\" % (os.getpid(), f))\n"
    "os.rename(\"@D/held.new\", \"@D/held\")\n"
    "while not os.path.exists(\"@D/over\"): time.sleep(0.01)' &\n"
    "until [ -e @D/held ]; do sleep 0.01; done; held=$(cat @D/held); ";

std::string with_holder(const std::string& command) { return replaced(command, "@HOLD ", kHolder); }

const Case kFileless[] = {
    {"memfd", "@FILELESS memfd @VICTIM @D v"},
    {"memfd without close on exec", "@FILELESS memfd-open @VICTIM @D v"},
    {"memfd by execveat", "@FILELESS execveat @VICTIM @D v"},
    {"tmpfile", "cp @VICTIM @W/image; @FILELESS tmpfile @W/image @D v"},
    {"unlinked descriptor",
     "cp @VICTIM @W/image; exec 5< @W/image; rm @W/image; /proc/self/fd/5 @D v"},
    {"unlinked on tmpfs", "cp @VICTIM @S/image; exec 5< @S/image; rm @S/image; /dev/fd/5 @D v"},
    {"renamed over before exec", "cp @VICTIM @W/image; exec 5< @W/image; echo hi > @W/new; "
                                 "mv @W/new @W/image; /proc/self/fd/5 @D v"},
};

// As above in the verdict; two modes will do.
const Case kMoreFileless[] = {
    {"unlinked by fexecve", "cp @VICTIM @W/image; @FILELESS fexecve @W/image @D v"},
    {"a sealed memfd that is not runc's", "@FILELESS sealed @VICTIM @D v"},
    {"by python", "@PYTHON -c 'import os; f = os.memfd_create(\"x\"); "
                  "os.write(f, open(\"@VICTIM\", \"rb\").read()); "
                  "os.execve(f, [\"kworker\", \"@D\", \"v\"], os.environ)'"},
    {"another process's memfd", "@HOLD $held @D v; touch @D/over; wait"},
    {"another process's unlinked file",
     "cp @VICTIM @W/image; sleep 30 < @W/image & holder=$!; "
     "until [ /proc/$holder/fd/0 -ef @W/image ]; do sleep 0.01; done; "
     "rm @W/image; /proc/$holder/fd/0 @D v; kill $holder; wait"},
    {"unlinked on overlayfs",
     "mkdir @W/l @W/u @W/w @W/m; cp @VICTIM @W/l/image; mount -t overlay overlay "
     "-o lowerdir=@W/l,upperdir=@W/u,workdir=@W/w @W/m || exit 9; exec 5< @W/m/image; "
     "rm @W/m/image; /proc/self/fd/5 @D v",
     true},
    {"in the folder of its descriptor", "cp @VICTIM @W/image; cd @W; exec 5< image; rm image; "
                                        "cd /proc/self/fd; ./5 @D v"},
};

class ExeFileless : public testing::TestWithParam<std::tuple<Case, Mode>> {};

TEST_P(ExeFileless, Attack)
{
    const auto& [way, mode] = GetParam();
    expect_fileless(with_holder(way.command), mode, way.own_mounts);
}

INSTANTIATE_TEST_SUITE_P(Live, ExeFileless,
                         testing::Combine(testing::ValuesIn(kFileless),
                                          testing::Values(Mode::monitor, Mode::block, Mode::kill)),
                         case_name<Case>);
INSTANTIATE_TEST_SUITE_P(More, ExeFileless,
                         testing::Combine(testing::ValuesIn(kMoreFileless),
                                          testing::Values(Mode::monitor, Mode::kill)),
                         case_name<Case>);

} // namespace
} // namespace davylamp::test
