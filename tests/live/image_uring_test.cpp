// SPDX-License-Identifier: Apache-2.0
// The last name of a running image goes away by io_uring, of which the portable backend hears
// nothing: the process is met when it connects, when it starts a program, and by the sweep.
#include <gtest/gtest.h>

#include "image_site.h"
#include "shared_guard.h"
#include "support/http_server.h"

namespace davylamp::test {
namespace {

const char* const kSweepEachSecond = R"({"detections": {"image": {"sweep_s": 1}}})";

const Case kUnlink{"unlink", "@URING unlink @W/image || exit 9; "};
const Case kRename{"rename", "echo hi > @W/new; @URING rename @W/new @W/image || exit 9; "};

class ExeUring : public testing::TestWithParam<std::tuple<Case, Mode>> {};

INSTANTIATE_TEST_SUITE_P(Live, ExeUring,
                         testing::Combine(testing::Values(kUnlink, kRename),
                                          testing::Values(Mode::monitor, Mode::block, Mode::kill)),
                         case_name<Case>);

TEST_P(ExeUring, IsMetAtConnect)
{
    const auto& [way, mode] = GetParam();
    ImageSite site;
    HttpServer web;
    GuardResult result =
        run_site(site, mode,
                 "cp @VICTIM @W/image; @W/image @D v connect " + std::to_string(web.port()) +
                     " & ready v; " + way.command + "touch @D/go; wait",
                 false, kNoSweep);
    expect_talking(site, result, mode);
    EXPECT_EQ(site.done("v"), mode != Mode::kill);
}

TEST_P(ExeUring, IsMetAtItsNextStart)
{
    const auto& [way, mode] = GetParam();
    ImageSite site;
    GuardResult result = run_site(site, mode,
                                  std::string("cp @KIN @W/image; @W/image @D v start "
                                              "/usr/bin/touch @D/v.started & ready v; ") +
                                      way.command + "touch @D/go; wait",
                                  false, kNoSweep);
    EXPECT_EQ(result.exit_code, 86) << result.err;
    Finding finding = result.first("EXE-005");
    EXPECT_EQ(finding.action(), mode == Mode::monitor ? 3 : 2);
    // The one that starts it is the victim's fork, which is about to exec.
    auto parent = finding.json.value(
        nlohmann::json::json_pointer("/evidences/0/process/parent_process/pid"), 0);
    EXPECT_EQ(parent, site.pid("v")) << result.out;
    EXPECT_EQ(exists(site / "v.started"), mode == Mode::monitor) << "it ran an instruction";
    EXPECT_EQ(site.done("v"), mode != Mode::kill);
}

// Nothing but io_uring: the removal, and the connect by which it is met.
TEST(ExeUringOnly, IsMetAtConnect)
{
    for (Mode mode : {Mode::monitor, Mode::block, Mode::kill}) {
        SCOPED_TRACE(mode_name(mode));
        ImageSite site;
        HttpServer web;
        GuardResult result =
            run_site(site, mode,
                     "cp @URING @W/image; @W/image vanish @W/image 127.0.0.1 " +
                         std::to_string(web.port()) + " @D/v.connect worker > @D/out; true",
                     false, kNoSweep);
        expect_talking(site, result, mode);
    }
}

// Within the interval and a second.
TEST_P(ExeUring, IsMetByTheSweep)
{
    const auto& [way, mode] = GetParam();
    ImageSite site;
    SharedGuard& guard = shared_guard(mode, kSweepEachSecond);
    guard.start(bash(site.script("cp @VICTIM @W/image; start v @W/image; " +
                                     std::string(way.command) + "touch @D/gone; wait",
                                 mode)));
    ASSERT_TRUE(eventually([&] { return exists(site / "gone"); }));
    const std::chrono::seconds kSoon{2};
    if (mode == Mode::monitor) {
        EXPECT_TRUE(
            eventually([&] { return guard.alerts().find("EXE-004") != std::string::npos; }, kSoon));
    } else {
        EXPECT_TRUE(eventually([&] { return !is_running(site.pid("v")); }, kSoon));
    }
    site.release();
    GuardResult result = guard.finish(kDeadline);
    EXPECT_EQ(result.exit_code, 86) << result.err;
    EXPECT_EQ(result.first("EXE-004").action(), mode == Mode::monitor ? 3 : 2);
    EXPECT_TRUE(names(result, site.pid("v"))) << result.out;
    EXPECT_EQ(site.done("v"), mode == Mode::monitor);
}

// Two sweeps come by.
TEST(ExeUringTwins, StayThroughTheSweep)
{
    expect_silence("cp @VICTIM @W/image; cp @VICTIM @W/other; start v @W/image; "
                   "@URING unlink @W/other || exit 9; sleep 2.5; release",
                   false, kSweepEachSecond);
}

} // namespace
} // namespace davylamp::test
