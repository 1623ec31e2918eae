// SPDX-License-Identifier: Apache-2.0
// A running image loses its last name where nobody sees it (io_uring). Who runs it pays where
// nobody but he himself, or root, could have removed it (rules/image.h).
#include <gtest/gtest.h>

#include "image_site.h"

namespace davylamp::test {
namespace {

const char* const kTwoSweeps = R"({"detections": {"image": {"sweep_s": 1}}})";

class ExeTaken : public testing::TestWithParam<std::tuple<Case, Mode>> {
protected:
    // Two sweeps come by, and the process says that it lives and may start a program. Users may
    // write where markers lie.
    void SetUp() override
    {
        const auto& [place, mode] = GetParam();
        result_ = run_site(site_, mode,
                           replaced("chmod 1777 @D; chmod 755 @W; cp @URING @D/uring; mkdir @W/f; "
                                    "cp @VICTIM @W/f/image; " +
                                        std::string(place.command) +
                                        "touch @D/removed; sleep 2.5; touch @D/go; "
                                        "wait; true",
                                    "@USER", "setpriv --reuid=65534 --regid=65534 --clear-groups"),
                           false, kTwoSweeps, true);
        ASSERT_TRUE(exists(site_ / "removed"));
        ASSERT_FALSE(exists(site_.image("f/image"))) << "nothing was removed";
    }

    ImageSite site_;
    GuardResult result_;
};

// Root runs it, and a user removes it.
class ExeTakenByAnother : public ExeTaken {};

INSTANTIATE_TEST_SUITE_P(
    Live, ExeTakenByAnother,
    testing::Combine(
        testing::Values(
            Case{"from a folder of his",
                 "chown 65534 @W/f; start v @W/f/image; @USER @D/uring unlink @W/f/image; "},
            Case{"by a rename in it", "chown 65534 @W/f; start v @W/f/image; echo > @W/f/new; "
                                      "@USER @D/uring rename @W/f/new @W/f/image; rm @W/f/image; "},
            Case{"from a folder that all may write",
                 "chmod 777 @W/f; start v @W/f/image; @USER @D/uring unlink @W/f/image; "},
            Case{"his file from a sticky folder",
                 "chmod 1777 @W/f; chown 65534 @W/f/image; start v @W/f/image; "
                 "@USER @D/uring unlink @W/f/image; "},
            Case{"moved to a folder of his",
                 "mkdir @W/his; chown 65534 @W/his; chmod 777 @W/f; start v @W/f/image; "
                 "@USER mv @W/f/image @W/his/image; chmod 755 @W/f; "
                 "@USER @D/uring unlink @W/his/image; "},
            Case{"from below a loader", "chown 65534 @W/f; start v @LOADER @W/f/image; "
                                        "@USER @D/uring unlink @W/f/image; "}),
        testing::Values(Mode::monitor, Mode::block, Mode::kill)),
    case_name<Case>);

TEST_P(ExeTakenByAnother, IsToldAndLives)
{
    EXPECT_TRUE(site_.done("v")) << result_.out;
    EXPECT_EQ(result_.first("EXE-004").action(), 3) << result_.out;
}

// Nobody else could have removed it.
class ExeTakenByHimself : public ExeTaken {};

INSTANTIATE_TEST_SUITE_P(
    Live, ExeTakenByHimself,
    testing::Combine(
        testing::Values(Case{"root", "start v @W/f/image; @D/uring unlink @W/f/image; "},
                        Case{"root in a sticky folder",
                             "chmod 1777 @W/f; start v @W/f/image; @D/uring unlink @W/f/image; "},
                        Case{"in his folder", "chown 65534 @W/f; start v @USER @W/f/image; "
                                              "@USER @D/uring unlink @W/f/image; "},
                        Case{"in his folder that all may write",
                             "chown 65534 @W/f; chmod 777 @W/f; start v @USER @W/f/image; "
                             "@USER @D/uring unlink @W/f/image; "},
                        Case{"in a sticky folder",
                             "chmod 1777 @W/f; chown 65534 @W/f/image; start v @USER @W/f/image; "
                             "@USER @D/uring unlink @W/f/image; "},
                        Case{"below a loader",
                             "chown 65534 @W/f; start v @USER @LOADER @W/f/image; "
                             "@USER @D/uring unlink @W/f/image; "}),
        testing::Values(Mode::monitor, Mode::block, Mode::kill)),
    case_name<Case>);

TEST_P(ExeTakenByHimself, Pays)
{
    const auto& [place, mode] = GetParam();
    EXPECT_EQ(site_.done("v"), mode == Mode::monitor) << result_.out;
    EXPECT_EQ(result_.first("EXE-004").action(), mode == Mode::monitor ? 3 : 2) << result_.out;
}

} // namespace
} // namespace davylamp::test
