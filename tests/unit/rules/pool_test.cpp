// SPDX-License-Identifier: Apache-2.0
// Which rule a pool's match belongs to, how certain it is, and the verdict in each mode.
#include "davylamp/rules/pool.h"

#include <gtest/gtest.h>

namespace {

TEST(Pool, EachMatchHasItsRuleAndCertainty)
{
    const struct {
        __u8 match;
        __u16 rule;
        __u8 certainty, in_packet;
    } rows[] = {
        {DAVY_POOL_ADDRESS, DAVY_RULE_STRATUM_POOL, DAVY_CERTAIN, 0},
        {DAVY_POOL_PORT, DAVY_RULE_STRATUM_PORT, DAVY_POSSIBLE, 0},
        {DAVY_POOL_ANSWER, DAVY_RULE_STRATUM_NAME, DAVY_CERTAIN, 0},
        {DAVY_POOL_SERVER_NAME, DAVY_RULE_STRATUM_NAME, DAVY_CERTAIN, 1},
        {DAVY_POOL_ALPN, DAVY_RULE_STRATUM_NAME, DAVY_CERTAIN, 1},
        {DAVY_POOL_PROXY_NAME, DAVY_RULE_STRATUM_NAME, DAVY_CERTAIN, 1},
        {DAVY_POOL_PROXY_ADDRESS, DAVY_RULE_STRATUM_POOL, DAVY_CERTAIN, 1},
        {DAVY_POOL_QUESTION, DAVY_RULE_STRATUM_QUESTION, DAVY_POSSIBLE, 1},
        {DAVY_POOL_PROVEN, DAVY_RULE_STRATUM_PAYLOAD, DAVY_CERTAIN, 0},
    };
    for (const auto& row : rows) {
        davy_pool_facts facts{};
        facts.match = row.match;
        EXPECT_EQ(davy_pool_rule(&facts), row.rule) << +row.match;
        EXPECT_EQ(davy_pool_certainty(&facts), row.certainty) << +row.match;
        EXPECT_EQ(davy_pool_in_packet(&facts), row.in_packet) << +row.match;
    }
}

// A relay's client asks for it in one way, and the relay meets it in another.
TEST(Pool, AnEntryIsTheSameWhicheverWayItIsMet)
{
    auto entry = [](__u8 match, __u32 row) {
        davy_pool_facts facts{};
        facts.match = match;
        facts.row = row;
        return davy_pool_entry(&facts);
    };
    EXPECT_EQ(entry(DAVY_POOL_PROXY_ADDRESS, 0), entry(DAVY_POOL_ADDRESS, 0));
    EXPECT_EQ(entry(DAVY_POOL_PROXY_NAME, 7), entry(DAVY_POOL_ANSWER, 7));
    EXPECT_EQ(entry(DAVY_POOL_SERVER_NAME, 7), entry(DAVY_POOL_ANSWER, 7));
    const __u64 all[] = {entry(DAVY_POOL_ADDRESS, 0), entry(DAVY_POOL_ADDRESS, 1),
                         entry(DAVY_POOL_ANSWER, 0),  entry(DAVY_POOL_ANSWER, 1),
                         entry(DAVY_POOL_ALPN, 0),    entry(DAVY_POOL_ALPN, 1)};
    for (const __u64& one : all) {
        EXPECT_NE(one, 0u);
        for (const __u64& other : all)
            EXPECT_EQ(one == other, &one == &other);
    }
    for (__u8 match : {DAVY_POOL_PORT, DAVY_POOL_PROVEN, DAVY_POOL_QUESTION, DAVY_POOL_NONE})
        EXPECT_EQ(entry(match, DAVY_NO_ROW), 0u) << +match;
}

TEST(Pool, NoMatchConvictsNobody)
{
    davy_pool_facts facts{};
    EXPECT_EQ(davy_pool_certainty(&facts), 0);
    EXPECT_EQ(davy_judge_pool(&facts, DAVY_MODE_KILL), static_cast<__u32>(DAVY_ALLOW));
}

TEST(Pool, APortConvictsWherePolicySaysSo)
{
    davy_pool_facts facts{};
    facts.match = DAVY_POOL_PORT;
    EXPECT_EQ(davy_judge_pool(&facts, DAVY_MODE_KILL), static_cast<__u32>(DAVY_ALLOW));
    facts.port_refuses = 1;
    EXPECT_EQ(davy_judge_pool(&facts, DAVY_MODE_KILL), static_cast<__u32>(DAVY_KILL));
}

TEST(Pool, AQuestionIsReportedAndTakesNothing)
{
    davy_pool_facts facts{};
    facts.match = DAVY_POOL_QUESTION;
    EXPECT_EQ(davy_judge_pool(&facts, DAVY_MODE_OFF), static_cast<__u32>(DAVY_ALLOW));
    for (__u8 mode : {DAVY_MODE_MONITOR, DAVY_MODE_BLOCK, DAVY_MODE_KILL})
        EXPECT_EQ(davy_judge_pool(&facts, mode), static_cast<__u32>(DAVY_ALERT)) << +mode;
}

TEST(Pool, ANameIsTakenAsTheModeSays)
{
    davy_pool_facts facts{};
    facts.match = DAVY_POOL_SERVER_NAME;
    EXPECT_EQ(davy_judge_pool(&facts, DAVY_MODE_OFF), static_cast<__u32>(DAVY_ALLOW));
    EXPECT_EQ(davy_judge_pool(&facts, DAVY_MODE_MONITOR), static_cast<__u32>(DAVY_ALERT));
    EXPECT_EQ(davy_judge_pool(&facts, DAVY_MODE_BLOCK), static_cast<__u32>(DAVY_DENY));
    EXPECT_EQ(davy_judge_pool(&facts, DAVY_MODE_KILL), static_cast<__u32>(DAVY_KILL));
}

} // namespace
