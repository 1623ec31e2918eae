// SPDX-License-Identifier: Apache-2.0
// List files that are replaced while the sensor runs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "guard.h"
#include "support/eventually.h"
#include "support/fake_pool.h"
#include "support/temp_folder.h"

namespace davylamp::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Connects when told to, once for each file step1, step2 … that appears, and says what became of
// it in done1, done2 …
std::string steps(const TempFolder& folder, const FakePool& pool, int count)
{
    return "for n in $(seq " + std::to_string(count) + "); do until [ -e " + folder.path() +
           "/step$n ]; do sleep 0.02; done; if (exec 3<>/dev/tcp/127.0.0.1/" +
           std::to_string(pool.port()) + ") 2>/dev/null; then echo in; else echo out; fi > " +
           folder.path() + "/said$n; mv " + folder.path() + "/said$n " + folder.path() +
           "/done$n; done";
}

TEST(StratumLists, AreReplacedWhileTheSensorRuns)
{
    TempFolder folder;
    FakePool pool;
    const std::string list = folder.write("pools", "# nobody yet\nexample.invalid\n");
    GuardOptions options;
    options.mode = Mode::block;
    options.policy = "{\"detections\": {\"stratum\": {\"lists\": [\"" + list + "\"]}}}";
    options.command = bash(steps(folder, pool, 4));
    Guard guard(options);
    auto step = [&](int n) {
        folder.write("step" + std::to_string(n), "");
        const std::string done = folder / ("done" + std::to_string(n));
        EXPECT_TRUE(eventually([&] { return std::filesystem::exists(done); }));
        return slurp(done);
    };
    // A list in force is said so on stderr.
    auto in_force = [&](int times) {
        return eventually([&] {
            std::string said = guard.process().err();
            int found = 0;
            for (std::size_t at = said.find("in force"); at != said.npos;
                 at = said.find("in force", at + 1))
                found++;
            return found >= times;
        });
    };
    EXPECT_EQ(step(1), "in\n");

    // Put in its place by rename, as configuration management does it.
    std::string hundred_thousand = "127.0.0.1\n";
    for (int i = 0; i < 100000; i++)
        hundred_thousand += "10." + std::to_string(i >> 16) + "." + std::to_string(i >> 8 & 255) +
                            "." + std::to_string(i & 255) + "\n";
    folder.write("pools.new", hundred_thousand);
    std::filesystem::rename(folder / "pools.new", list);
    ASSERT_TRUE(in_force(1)) << guard.process().err();
    EXPECT_EQ(step(2), "out\n");

    // A bad one changes nothing, and is complained about by its line.
    folder.write("pools", "198.51.100.7\nhttp://what is this\n");
    EXPECT_TRUE(eventually([&] {
        return guard.process().err().find(list + ":2") != std::string::npos;
    })) << guard.process().err();
    EXPECT_EQ(step(3), "out\n");

    folder.write("pools", "198.51.100.7\n");
    ASSERT_TRUE(in_force(2)) << guard.process().err();
    EXPECT_EQ(step(4), "in\n");

    GuardResult result = guard.finish();
    EXPECT_THAT(result.codes(), ElementsAre("MINE-002", "MINE-002")); // a process each
    Finding finding = result.first("MINE-002");
    EXPECT_THAT(finding.json.dump(), HasSubstr("pools:1"));
}

} // namespace
} // namespace davylamp::test
