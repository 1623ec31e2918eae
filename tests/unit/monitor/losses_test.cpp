// SPDX-License-Identifier: Apache-2.0
// What the sensor could not see is told when it happens.
#include "monitor/losses.h"

#include <gmock/gmock.h>

#include "davylamp/abi/numbers.h"
#include "scene.h"
#include "wire/names.h"

namespace davylamp::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class LossesTold : public testing::Test {
protected:
    std::vector<std::string> told(std::int64_t now_ms)
    {
        std::vector<std::string> lines;
        losses_.note(counts_, now_ms, lines);
        return lines;
    }

    std::vector<std::uint64_t> counts_ = std::vector<std::uint64_t>(DAVY_LOSS_COUNT, 5);
    Losses losses_{counts_};
};

TEST_F(LossesTold, AreThoseSinceTheBeginning)
{
    EXPECT_THAT(told(0), IsEmpty());
    counts_[DAVY_LOSS_FED_MAP] += 3;
    EXPECT_THAT(told(0), ElementsAre(StartsWith("lost: 3 (fed_map): no room for what came")));
    EXPECT_THAT(told(0), IsEmpty());
    EXPECT_THAT(losses_.rest(), IsEmpty());
}

// A line a minute for each kind, so that a flood of losses is none of lines.
TEST_F(LossesTold, AreGatheredForAMinute)
{
    counts_[DAVY_LOSS_FED_MAP]++;
    EXPECT_EQ(told(1000).size(), 1u);
    for (std::int64_t now = 2000; now < 61000; now += 1000) {
        counts_[DAVY_LOSS_FED_MAP] += 2;
        EXPECT_THAT(told(now), IsEmpty()) << now;
    }
    counts_[DAVY_LOSS_STORAGE]++;
    EXPECT_THAT(told(60999), ElementsAre(StartsWith("lost: 1 (storage)")));
    EXPECT_THAT(told(61000), ElementsAre(StartsWith("lost: 118 (fed_map)")));
    counts_[DAVY_LOSS_FED_MAP]++;
    EXPECT_THAT(told(61000), IsEmpty());
    EXPECT_THAT(losses_.rest(), ElementsAre(StartsWith("lost: 1 (fed_map)")));
    EXPECT_THAT(losses_.rest(), IsEmpty());
}

TEST_F(LossesTold, HaveWordsForEachKind)
{
    for (const names::Row& row : names::kLosses)
        counts_[row.number]++;
    const std::vector<std::string> lines = told(0);
    EXPECT_EQ(lines.size(), std::size(names::kLosses));
    for (const std::string& line : lines)
        EXPECT_THAT(line, testing::Not(HasSubstr("something"))) << line;
}

TEST_F(LossesTold, AreNumberedWhereTheyHaveNoName)
{
    counts_[DAVY_LOSS_COUNT - 1]++;
    EXPECT_THAT(told(0), ElementsAre("lost: 1 (15): something was not seen"));
}

TEST(Losses, AreNotedByTheMonitor)
{
    Scene scene;
    scene.start();
    std::vector<pollfd> also;
    scene.monitor->turn(0, also);
    EXPECT_THAT(scene.notes, IsEmpty());
    scene.source->lost[DAVY_LOSS_FED_MAP] = 7;
    scene.monitor->settle();
    EXPECT_THAT(scene.notes, ElementsAre(StartsWith("lost: 7 (fed_map)")));
    scene.source->lost[DAVY_LOSS_FED_MAP] = 8;
    EXPECT_TRUE(scene.monitor->finish());
    EXPECT_THAT(scene.notes, ElementsAre(StartsWith("lost: 7"), StartsWith("lost: 1")));
}

} // namespace
} // namespace davylamp::test
