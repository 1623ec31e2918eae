// SPDX-License-Identifier: Apache-2.0
// Its image goes away where the guard does not look; then it talks.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>

#include "image_site.h"
#include "support/http_server.h"

namespace davylamp::test {
namespace {

class ExeTalking : public testing::TestWithParam<Mode> {};

INSTANTIATE_TEST_SUITE_P(Live, ExeTalking, testing::Values(Mode::monitor, Mode::block, Mode::kill),
                         [](const auto& test) { return std::string(mode_name(test.param)); });

TEST_P(ExeTalking, DeletedAndTalking)
{
    Mode mode = GetParam();
    ImageSite site;
    HttpServer web;
    copy(program("live_victim"), site.image("image"));
    GuardOptions options;
    options.mode = mode;
    options.command = {site.image("image"), site.markers(), "v", "connect",
                       std::to_string(web.port())};
    GuardResult result =
        run_and_remove(site, options, [&] { ::unlink(site.image("image").c_str()); });
    expect_talking(site, result, mode);
    EXPECT_EQ(site.done("v"), mode != Mode::kill);
}

// The one that connects was forked when its image was gone already, and has never exec'd. In
// monitor mode only: in the others the removal ends the parent before it can fork.
TEST(ExeTalkingFork, ForkedAfterTheRemoval)
{
    ImageSite site;
    HttpServer web;
    GuardResult result = run_site(site, Mode::monitor,
                                  "cp @KIN @W/image; @W/image @D v connect " +
                                      std::to_string(web.port()) + " & ready v; rm @W/image; go");
    EXPECT_EQ(result.exit_code, 86) << result.err;
    result.first("EXE-002");
    std::vector<int> talkers = result.first("EXE-003").pids("process");
    ASSERT_FALSE(talkers.empty());
    EXPECT_NE(talkers.front(), site.pid("v")) << "it was the parent that talked";
    EXPECT_EQ(slurp(site / "v.connect"), "0\n");
}

} // namespace
} // namespace davylamp::test
