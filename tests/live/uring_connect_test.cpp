// SPDX-License-Identifier: Apache-2.0
// Connects by io_uring, from the submitter, from a worker and from the thread that polls: the
// cgroup hook is asked of each, in the context of a thread of the process.
#include <gtest/gtest.h>

#include <cerrno>

#include "chain_site.h"
#include "image_site.h"
#include "stratum_site.h"
#include "support/fake_pool.h"

namespace davylamp::test {
namespace {

const char* const kWays[] = {"inline", "worker", "sqpoll"};

class UringConnect : public testing::TestWithParam<std::tuple<const char*, Mode>> {};

INSTANTIATE_TEST_SUITE_P(Live, UringConnect,
                         testing::Combine(testing::ValuesIn(kWays),
                                          testing::Values(Mode::monitor, Mode::block, Mode::kill)),
                         [](const auto& test) {
                             return std::string(std::get<0>(test.param)) + "_" +
                                    mode_name(std::get<1>(test.param));
                         });

// In kill mode the process may die before it can tell what it got.
void expect_refused(const std::string& report, Mode mode, int error = EPERM)
{
    const std::string got = exists(report) ? slurp(report) : "";
    if (got.empty() && mode == Mode::kill)
        return;
    EXPECT_EQ(got, mode == Mode::monitor ? "0\n" : std::to_string(error) + "\n");
}

TEST_P(UringConnect, ThatFeedsAShell)
{
    const auto& [way, mode] = GetParam();
    ChainSite site;
    GuardOptions options;
    options.mode = mode;
    // The shell is there before the connect is: what a faster client does is docs/limits.md's.
    options.command = bash(
        site.fill("mkfifo @D/fifo; dash < @D/fifo & exec 3> @D/fifo; "
                  "while read -r name < /proc/$!/comm && [[ $name != dash ]]; do :; done; " +
                  program("live_uring") + " connect 127.0.0.1 " + std::to_string(site.web.port()) +
                  " @D/report " + way + " >&3; exec 3>&-; wait"));
    GuardResult result = run_guard(options);
    EXPECT_EQ(result.exit_code, 86) << result.err;
    EXPECT_EQ(result.first("CHAIN-001").action(), mode == Mode::monitor ? 3 : 2);
    expect_refused(site.folder / "report", mode,
                   result.first("CHAIN-001").did("no_road") ? ECONNREFUSED : EPERM);
    EXPECT_EQ(exists(site.marker()), mode == Mode::monitor);
}

// Under one guard, for its policy is its own and its start takes longer than the three of them.
class UringListed : public testing::TestWithParam<Mode> {};

TEST_P(UringListed, InEachWay)
{
    Mode mode = GetParam();
    TempFolder folder;
    FakePool pool(0, "", "127.0.0.2");
    const std::string port = std::to_string(pool.port());
    GuardOptions options;
    options.mode = mode;
    options.policy = R"({"detections": {"stratum": {"addresses": ["127.0.0.2"]}}})";
    std::string script;
    for (const char* way : kWays)
        script += program("live_uring") + " knock 127.0.0.2 " + port + " " + (folder / way) + " " +
                  way + "; ";
    options.command = bash(script + "true");
    GuardResult result = run_guard(options);
    EXPECT_EQ(result.exit_code, 86) << result.err;
    std::vector<Finding> found = findings_of(result, pool.port());
    EXPECT_EQ(found.size(), std::size(kWays)) << result.out;
    for (const Finding& finding : found) {
        EXPECT_EQ(finding.code(), "MINE-002");
        EXPECT_EQ(finding.action(), mode == Mode::monitor ? 3 : 2);
    }
    for (const char* way : kWays)
        expect_refused(folder / way, mode);
}

INSTANTIATE_TEST_SUITE_P(Live, UringListed, testing::Values(Mode::monitor, Mode::block, Mode::kill),
                         [](const auto& test) { return mode_name(test.param); });

// The twin: the same to an address that no list has, and to a file.
TEST_P(UringConnect, OfAServiceStaysSilent)
{
    const auto& [way, mode] = GetParam();
    ChainSite site;
    GuardOptions options;
    options.mode = mode;
    options.command =
        bash(program("live_uring") + " connect 127.0.0.1 " + std::to_string(site.web.port()) + " " +
             (site.folder / "report") + " " + way + " > " + (site.folder / "out"));
    GuardResult result = run_guard(options);
    EXPECT_EQ(result.exit_code, 0) << result.err << result.out;
    EXPECT_EQ(slurp(site.folder / "report"), "0\n");
    EXPECT_NE(slurp(site.folder / "out").find("echo ran"), std::string::npos);
}

} // namespace
} // namespace davylamp::test
