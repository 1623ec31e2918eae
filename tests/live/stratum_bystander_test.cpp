// SPDX-License-Identifier: Apache-2.0
// Nobody else is hit: a login leaves when a timer of the kernel says so, with whoever happens to
// run at that moment as the current process.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <sstream>

#include "stratum_site.h"
#include "support/fake_pool.h"

namespace davylamp::test {
namespace {

constexpr int kBystanders = 20;

TEST(StratumBystander, SurvivesAKillFromATimer)
{
    TempFolder folder;
    // Corked and "more" leave by a timer; byte by byte, what is held comes back by another.
    const char* const ways[] = {"cork", "more", "cork", "more", "cork", "byte"};
    std::vector<std::unique_ptr<FakePool>> pools;
    std::string miners;
    const std::string message = folder.write("message", login_message());
    for (const char* how : ways) {
        pools.push_back(std::make_unique<FakePool>());
        const std::string number = std::to_string(pools.size());
        miners += "taskset -c $((" + number + " % $(nproc))) " +
                  quoted({program("live_stratum_client"), "127.0.0.1",
                          std::to_string(pools.back()->port()), message, how,
                          folder / ("result." + number)}) +
                  "& miners=\"$miners $!\"; ";
    }
    GuardOptions options;
    options.mode = Mode::kill;
    options.command =
        bash(quoted({program("live_bystander"), std::to_string(kBystanders), folder.path()}) +
             "& bystanders=$!; until [ -e " + (folder / "bystanders") +
             " ]; do sleep 0.01; done; " + miners + "wait $miners; touch " + (folder / "stop") +
             "; wait $bystanders; echo $? > " + (folder / "status"));
    GuardResult result = run_guard(options);
    EXPECT_EQ(result.exit_code, 86) << result.err;
    EXPECT_EQ(slurp(folder / "status"), "0\n") << result.err;

    std::vector<int> innocent;
    std::istringstream lines(slurp(folder / "bystanders"));
    for (int pid; lines >> pid;)
        innocent.push_back(pid);
    EXPECT_EQ(innocent.size(), static_cast<std::size_t>(kBystanders));
    for (const Finding& finding : result.findings) {
        for (int pid : finding.pids())
            EXPECT_EQ(std::count(innocent.begin(), innocent.end(), pid), 0) << finding.json;
    }
    for (std::size_t i = 0; i < pools.size(); i++) {
        SCOPED_TRACE(ways[i]);
        EXPECT_EQ(findings_of(result, pools[i]->port()).size(), 1u) << result.out;
        EXPECT_EQ(pools[i]->bytes().find(kWallet), std::string::npos);
        EXPECT_FALSE(exists(folder / ("result." + std::to_string(i + 1)))) << "the owner lived on";
    }
}

} // namespace
} // namespace davylamp::test
