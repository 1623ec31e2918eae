// SPDX-License-Identifier: Apache-2.0
#include "engine/incident.h"

#include <gtest/gtest.h>

#include "support/records.h"

namespace davylamp {
namespace {

using test::id;
using test::kSecond;

constexpr std::uint64_t kMinute = 60 * kSecond;

TEST(Incidents, OneRootIsOneStory)
{
    Incidents incidents;
    EXPECT_EQ(incidents.number({id(10)}, kSecond), 1u);
    EXPECT_EQ(incidents.number({id(10)}, 2 * kSecond), 1u);
}

TEST(Incidents, StrangersHaveStoriesOfTheirOwn)
{
    Incidents incidents;
    EXPECT_EQ(incidents.number({id(10)}, kSecond), 1u);
    EXPECT_EQ(incidents.number({id(11)}, kSecond), 2u);
}

TEST(Incidents, APidUsedAgainIsAStranger)
{
    Incidents incidents;
    davy_process_id later = id(10);
    later.start_ns += kSecond;
    EXPECT_EQ(incidents.number({id(10)}, kSecond), 1u);
    EXPECT_EQ(incidents.number({later}, kSecond), 2u);
}

TEST(Incidents, EveryAlertKeepsTheStoryOpenForAnHour)
{
    Incidents incidents;
    EXPECT_EQ(incidents.number({id(10)}, 1 * kMinute), 1u);
    EXPECT_EQ(incidents.number({id(10)}, 51 * kMinute), 1u);
    EXPECT_EQ(incidents.number({id(10)}, 111 * kMinute), 1u);
    EXPECT_EQ(incidents.number({id(10)}, 172 * kMinute), 2u); // an hour and a minute later
}

TEST(Incidents, TwoStoriesThatMeetGoOnAsTheElder)
{
    Incidents incidents;
    EXPECT_EQ(incidents.number({id(10)}, kSecond), 1u);
    EXPECT_EQ(incidents.number({id(11)}, kSecond), 2u);
    EXPECT_EQ(incidents.number({id(11), id(10)}, kSecond), 1u);
    EXPECT_EQ(incidents.number({id(11)}, kSecond), 1u);
}

TEST(Incidents, ARecordOlderThanTheLastIsTheSameMoment)
{
    Incidents incidents;
    EXPECT_EQ(incidents.number({id(10)}, 5 * kSecond), 1u);
    EXPECT_EQ(incidents.number({id(10)}, 3 * kSecond), 1u);
}

TEST(Incidents, NobodyKnownIsAStoryEachTime)
{
    Incidents incidents;
    EXPECT_EQ(incidents.number({}, kSecond), 1u);
    EXPECT_EQ(incidents.number({}, kSecond), 2u);
}

TEST(Incidents, AFloodForgetsTheEldest)
{
    Incidents incidents;
    for (std::uint32_t i = 0; i <= Incidents::kRememberedMax; i++)
        EXPECT_EQ(incidents.number({id(100 + i)}, kSecond), i + 1);
    EXPECT_EQ(incidents.number({id(101)}, kSecond), 2u);
    EXPECT_EQ(incidents.number({id(100)}, kSecond), Incidents::kRememberedMax + 2);
}

} // namespace
} // namespace davylamp
