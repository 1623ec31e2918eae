// SPDX-License-Identifier: Apache-2.0
#include "engine/repeats.h"

#include <gtest/gtest.h>

#include "support/records.h"

namespace davylamp {
namespace {

using test::kSecond;

FindingKey key(std::uint32_t tgid)
{
    FindingKey out;
    out.rule = DAVY_RULE_STRATUM_POOL;
    out.first_tgid = tgid;
    return out;
}

TEST(Repeats, AMinerThatRetriesEach25SecondsIsReportedOnceAMinute)
{
    Repeats repeats;
    std::vector<std::uint64_t> reported;
    for (std::uint64_t t = 0; t <= 150; t += 25) {
        if (auto held_back = repeats.report(key(7), t * kSecond))
            reported.push_back(*held_back);
    }
    // At 0, 75 and 150 s; two kept back before each of the later ones.
    EXPECT_EQ(reported, (std::vector<std::uint64_t>{0, 2, 2}));
}

TEST(Repeats, EverythingInTheKeyMakesAnotherFinding)
{
    struct {
        const char* what;
        void (*change)(FindingKey&);
    } rows[] = {
        {"rule", [](FindingKey& k) { k.rule++; }},
        {"verdict", [](FindingKey& k) { k.verdict++; }},
        {"process", [](FindingKey& k) { k.first_tgid++; }},
        {"start", [](FindingKey& k) { k.first_start++; }},
        {"second process", [](FindingKey& k) { k.second_tgid++; }},
        {"remote", [](FindingKey& k) { k.remote = "x"; }},
        {"inode", [](FindingKey& k) { k.inode++; }},
        {"device", [](FindingKey& k) { k.device++; }},
    };
    for (const auto& row : rows) {
        Repeats repeats;
        FindingKey changed = key(7);
        row.change(changed);
        EXPECT_TRUE(repeats.report(key(7), kSecond));
        EXPECT_FALSE(repeats.report(key(7), kSecond)) << row.what;
        EXPECT_TRUE(repeats.report(changed, kSecond)) << row.what;
    }
}

TEST(Repeats, TimeThatGoesBackIsNoMinute)
{
    Repeats repeats;
    EXPECT_TRUE(repeats.report(key(7), 10 * kSecond));
    EXPECT_FALSE(repeats.report(key(7), kSecond));
}

TEST(Repeats, AFloodIsBounded)
{
    Repeats repeats;
    for (std::uint32_t i = 0; i < 3 * Repeats::kRememberedMax; i++)
        EXPECT_TRUE(repeats.report(key(i), kSecond));
    EXPECT_FALSE(repeats.report(key(3 * Repeats::kRememberedMax - 1), kSecond));
    EXPECT_TRUE(repeats.report(key(0), kSecond)); // forgotten, so reported again
}

} // namespace
} // namespace davylamp
