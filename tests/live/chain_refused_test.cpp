// SPDX-License-Identifier: Apache-2.0
// A connect that was refused fed nobody: every pipe of the downloader is as it was before.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "chain_site.h"

namespace davylamp::test {
namespace {

using testing::ElementsAre;

GuardOptions in_block_mode(const std::string& command)
{
    GuardOptions options;
    options.mode = Mode::block;
    options.command = bash(command);
    return options;
}

// The pipe's origin is whom an allow rule let pass. A downloader that is refused writes to the same
// pipe, and then another shell reads it: it is judged by the origin that was served.
TEST(ChainRefused, LeavesThePipeToTheOriginBeforeIt)
{
    ChainSite site;
    HttpServer allowed("127.0.0.2");
    // Runs as long as it takes to be a live sink when the other one connects.
    allowed.serve("/wait.sh", site.fill("touch @D/started\n"
                                        "until [ -e @D/refused ]; do sleep 0.01; done\nexit\n"));
    GuardOptions options = in_block_mode(
        "(curl -s " + allowed.url("/wait.sh") +
        site.fill("; until [ -e @D/started ]; do sleep 0.01; done; curl -s @URL; touch @D/refused; "
                  "echo 'echo ran > @D/second') | (bash; bash)"));
    options.policy = R"({ "detections": { "chain": { "allow": ["127.0.0.2"] } } })";
    GuardResult result = run_guard(options);
    EXPECT_THAT(result.codes(), ElementsAre("CHAIN-001")) << result.out;
    EXPECT_TRUE(result.first("CHAIN-001").did("refuse")) << result.out;
    EXPECT_TRUE(exists(site.folder / "second")) << "the second shell was ended\n" << result.out;
    EXPECT_FALSE(exists(site.marker()));
}

// The downloader writes two pipes, and only one of them is run. Refused for that one, it has not
// fed the other.
TEST(ChainRefused, LeavesTheOtherPipeUnfed)
{
    ChainSite site;
    GuardResult result = run_guard(
        in_block_mode(site.fill("(curl -s -o >(exec bash > /dev/null) @URL; touch @D/refused; "
                                "echo 'echo ran > @D/second') | "
                                "(until [ -e @D/refused ]; do sleep 0.01; done; exec bash)")));
    EXPECT_THAT(result.codes(), ElementsAre("CHAIN-001")) << result.out;
    EXPECT_TRUE(result.first("CHAIN-001").did("refuse")) << result.out;
    EXPECT_TRUE(exists(site.folder / "second")) << "the other shell was ended\n" << result.out;
    EXPECT_FALSE(exists(site.marker()));
}

// Nobody hangs, whoever is refused: by default none tries again, and who is told to is ended.
TEST(ChainRefused, EndsTheAttempt)
{
    const char* const fetchers[] = {
        "curl -s @URL",
        "wget -q -O - @URL",
        "busybox wget -q -O - @URL",
        "curl -s --retry 99 --retry-all-errors --retry-max-time 99 --retry-delay 1 @URL",
        "wget -q --retry-connrefused --waitretry 0 -O - @URL",
        "/usr/bin/python3 -c 'import urllib.request as u; print(u.urlopen(\"@URL\").read())'",
        "perl -MIO::Socket::INET -e 'IO::Socket::INET->new(\"@HOST\") or die'",
    };
    for (const char* fetcher : fetchers) {
        ChainSite site;
        const std::string both = std::string("(") + fetcher + " || " + fetcher + ") | sh";
        auto begun = std::chrono::steady_clock::now();
        GuardResult result = run_guard(in_block_mode(site.fill(both)));
        EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(14)) << both;
        EXPECT_TRUE(result.first("CHAIN-001").did("refuse")) << both << result.out;
        EXPECT_FALSE(exists(site.marker())) << both;
    }
}

// The alert says what the downloader was told.
TEST(ChainRefused, SaysWhichErrorWasGiven)
{
    ChainSite site;
    GuardResult result = run_guard(in_block_mode(
        site.fill("exec 2> @D/told; curl -sS @URL | sh; LC_ALL=C wget -t1 -O - @URL | sh")));
    const bool refused =
        slurp(site.folder / "told").find("Connection refused") != std::string::npos;
    EXPECT_EQ(result.first("CHAIN-001").did("no_road"), refused) << slurp(site.folder / "told");
    EXPECT_NE(result.out.find(refused ? "ECONNREFUSED" : "EPERM"), std::string::npos) << result.out;
}

} // namespace
} // namespace davylamp::test
