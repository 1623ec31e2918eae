// SPDX-License-Identifier: Apache-2.0
// rules/allow.h: which rule of the list lets a chain pass.
#include <gtest/gtest.h>

#include "davylamp/rules/allow.h"

namespace {

struct Rules {
    davy_allow_rules rules{};
    davy_allow_sets sets{};

    void add(std::uint32_t conditions, std::uint64_t until = 0)
    {
        rules.rule[rules.count++] = {until, conditions, 0};
    }
    void holds(std::uint32_t kind, std::uint32_t rule)
    {
        sets.kind[kind].word[rule / 64] |= 1ull << (rule % 64);
    }
    int first(std::uint64_t now = 100) const { return davy_allow_first(&rules, &sets, now); }
};

constexpr std::uint32_t kTo = 1u << DAVY_ALLOW_BY_TO, kUser = 1u << DAVY_ALLOW_BY_USER;

TEST(AllowRules, NoneAllowNobody)
{
    Rules none;
    EXPECT_EQ(none.first(), -1);
    none.holds(DAVY_ALLOW_BY_TO, 0);
    EXPECT_EQ(none.first(), -1);
}

TEST(AllowRules, ConditionsOfARuleAreJoinedByAnd)
{
    Rules both;
    both.add(kTo | kUser);
    EXPECT_EQ(both.first(), -1);
    both.holds(DAVY_ALLOW_BY_TO, 0);
    EXPECT_EQ(both.first(), -1);
    EXPECT_EQ(davy_allow_missing(&both.rules.rule[0], 0, &both.sets, 0), kUser);
    both.holds(DAVY_ALLOW_BY_USER, 0);
    EXPECT_EQ(both.first(), 0);
}

// What holds for one rule says nothing of another.
TEST(AllowRules, AConditionHoldsForItsOwnRule)
{
    Rules two;
    two.add(kTo);
    two.add(kUser);
    two.holds(DAVY_ALLOW_BY_USER, 0);
    two.holds(DAVY_ALLOW_BY_TO, 1);
    EXPECT_EQ(two.first(), -1);
}

TEST(AllowRules, TheFirstThatMatchesDecides)
{
    Rules many;
    for (int i = 0; i < DAVY_ALLOW_RULES_MAX; i++)
        many.add(kTo);
    for (std::uint32_t rule : {255u, 200u, 128u, 64u, 63u, 1u}) {
        many.holds(DAVY_ALLOW_BY_TO, rule);
        EXPECT_EQ(many.first(), static_cast<int>(rule));
    }
}

TEST(AllowRules, NoRuleBeyondTheCount)
{
    Rules one;
    one.add(kTo);
    one.rules.rule[1].conditions = kTo;
    one.holds(DAVY_ALLOW_BY_TO, 1);
    EXPECT_EQ(one.first(), -1);
}

TEST(AllowRules, AnEndedRuleAllowsNobodyAndTheNextIsAsked)
{
    Rules two;
    two.add(kTo, 100);
    two.add(kTo);
    two.holds(DAVY_ALLOW_BY_TO, 0);
    EXPECT_EQ(two.first(99), 0);
    EXPECT_EQ(two.first(100), -1);
    EXPECT_EQ(davy_allow_missing(&two.rules.rule[0], 0, &two.sets, 100), DAVY_ALLOW_EXPIRED);
    two.holds(DAVY_ALLOW_BY_TO, 1);
    EXPECT_EQ(two.first(100), 1);
}

TEST(AllowRules, ARuleWithoutAConditionAllowsNobody)
{
    Rules empty;
    empty.add(0);
    for (std::uint32_t kind = 0; kind < DAVY_ALLOW_KINDS; kind++)
        empty.holds(kind, 0);
    EXPECT_EQ(empty.first(), -1);
}

} // namespace
