// SPDX-License-Identifier: Apache-2.0
// The last name of an image goes away that several tasks run: threads, forks, a vfork, an orphan.
#include <gtest/gtest.h>

#include "image_site.h"

namespace davylamp::test {
namespace {

const std::vector<Removal> kKin{
    {"by another thread", "cp @KIN @W/image; @W/image @D v thread @W/image & ready v; go"},
    {"the first thread has ended",
     "cp @KIN @W/image; @W/image @D v leaderless & ready v; rm @W/image; go"},
    {"two whose first threads have ended",
     "cp @KIN @W/image; @W/image @D v leaderless & ready v; @W/image @D w leaderless & ready w; "
     "rm @W/image; go",
     {"v", "w"}},
    {"a fork before it",
     "cp @KIN @W/image; @W/image @D v fork w & ready v; ready w; rm @W/image; go",
     {"v", "w"}},
    {"a vfork that never execs",
     "cp @KIN @W/image; @W/image @D v vfork w & ready v; ready w; rm @W/image; go",
     {"v", "w"}},
    {"the parent has ended",
     "cp @KIN @W/image; @W/image @D v orphan & wait; ready v; rm @W/image; go"},
    {"started by vfork",
     "cp @VICTIM @W/image; @PYTHON -c 'import os; os.waitpid(os.posix_spawn(\"@W/image\", "
     "[\"image\", \"@D\", \"v\"], os.environ), 0)' & ready v; rm @W/image; go"},
    {"the last to start has ended", "cp @VICTIM @W/image; start v @W/image; "
                                    "@W/image @D x & x=$!; "
                                    "until [ -s @D/x.ready ]; do sleep 0.01; done; kill $x; "
                                    "wait $x; rm @W/image; go"},
};

class ExeRemovedKin : public testing::TestWithParam<std::tuple<Removal, Mode>> {};

TEST_P(ExeRemovedKin, Attack)
{
    const auto& [removal, mode] = GetParam();
    expect_removed(removal, mode);
}

INSTANTIATE_TEST_SUITE_P(Live, ExeRemovedKin,
                         testing::Combine(testing::ValuesIn(kKin),
                                          testing::Values(Mode::monitor, Mode::kill)),
                         case_name<Removal>);

} // namespace
} // namespace davylamp::test
