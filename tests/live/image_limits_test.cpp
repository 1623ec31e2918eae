// SPDX-License-Identifier: Apache-2.0
// What docs/limits.md says of the deleted executable, shown: each of these goes unseen in kill
// mode. A case that is caught one day fails here, and moves to the attacks.
#include <gtest/gtest.h>

#include "image_site.h"

namespace davylamp::test {
namespace {

const Case kLimits[] = {
    // Installers that unpack themselves do the same.
    {"a script that removes itself",
     "printf '#!/bin/bash\\nrm -- \"$0\"\\necho $$ > @D/v.ready\\n"
     "until [ -e @D/go ]; do sleep 0.01; done\\necho > @D/v.marker\\n' > @W/s; chmod +x @W/s; "
     "@W/s & ready v; [ ! -e @W/s ] || exit 1; release"},
    // Where a shell's here-document lies.
    {"a script on standard input",
     "printf 'echo $$ > @D/v.ready\\necho > @D/v.marker\\n' > @W/s; exec 5< @W/s; rm @W/s; "
     "bash <&5; release"},
    {"removed by a 32 bit call",
     "cp @VICTIM @W/image; start v @W/image; @UNLINK32 @W/image; [ ! -e @W/image ] || exit 1; "
     "release"},
    {"removed in the layer below an overlay",
     "mkdir @W/l @W/u @W/w @W/m; cp @VICTIM @W/l/image; mount -t overlay overlay -o "
     "lowerdir=@W/l,upperdir=@W/u,workdir=@W/w @W/m || exit 9; start v @W/m/image; "
     "rm @W/l/image; release",
     true},
    {"a second link that is hidden elsewhere",
     "mkdir @W/.x; cp @VICTIM @W/image; ln @W/image @W/.x/...; start v @W/image; rm @W/image; "
     "release"},
    {"its filesystem unmounted",
     "mkdir @W/m; mount -t tmpfs tmpfs @W/m || exit 9; cp @VICTIM @W/m/image; start v @W/m/image; "
     "umount -l @W/m; release",
     true},
};

class ExeLimit : public testing::TestWithParam<Case> {};

TEST_P(ExeLimit, IsNotSeen)
{
    const std::string command = GetParam().command;
    if (command.find("@UNLINK32") != command.npos &&
        Subprocess({program("live_unlink32"), "/nonexistent"}).wait() == 4)
        GTEST_SKIP() << "this host takes no 32-bit system calls: nothing can be removed by one";
    expect_silence(command, GetParam().own_mounts, kNoSweep);
}

INSTANTIATE_TEST_SUITE_P(Live, ExeLimit, testing::ValuesIn(kLimits),
                         [](const auto& test) { return test_name(test.param.name, Mode::kill); });

// The table of candidates has 64 places for a name: two more make room, and are left to the sweep.
TEST(ExeLimitOfNames, BeyondSixtyFourImagesSomeAreMissed)
{
    constexpr int kImages = 66;
    ImageSite site;
    GuardResult result =
        run_site(site, Mode::kill,
                 "for i in $(seq " + std::to_string(kImages) +
                     "); do mkdir @W/$i; cp @VICTIM @W/$i/java; start $i @W/$i/java; done; "
                     "rm -r @W/*; touch @D/go; wait",
                 false, kNoSweep, true);
    EXPECT_EQ(result.exit_code, 86) << result.err;
    int missed = 0;
    for (int i = 1; i <= kImages; i++)
        missed += site.done(std::to_string(i));
    EXPECT_GE(missed, 1);
    EXPECT_LE(missed, kImages - 64);
}

} // namespace
} // namespace davylamp::test
