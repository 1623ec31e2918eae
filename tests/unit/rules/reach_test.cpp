// SPDX-License-Identifier: Apache-2.0
// Whom a verdict may hit, and for whose act.
#include "davylamp/rules/reach.h"

#include <gtest/gtest.h>

namespace davylamp {
namespace {

constexpr __u32 kRoot = 0, kYarn = 1001, kOther = 1002;

TEST(Reach, IsThatOfASignal)
{
    struct {
        const char* what;
        __u64 causer;
        __u32 uid, saved;
        bool reached;
    } rows[] = {
        {"his own process", kYarn, kYarn, kYarn, true},
        {"another user's", kYarn, kOther, kOther, false},
        {"root's", kYarn, kRoot, kRoot, false},
        {"root reaches everybody", kRoot, kOther, kOther, true},
        {"root reaches root", kRoot, kRoot, kRoot, true},
        {"a set-user-ID program that he started", kYarn, kYarn, kRoot, true},
        {"one that may become him again", kYarn, kOther, kYarn, true},
        {"a set-user-ID program of somebody else", kYarn, kOther, kRoot, false},
        {"root's, by its own act", DAVY_OWN_ACT, kRoot, kRoot, true},
        {"nobody's number (65534) is a user", 65534, kRoot, kRoot, false},
        {"-1 is no way around it", 0xffffffffu, kRoot, kRoot, false},
    };
    for (const auto& row : rows)
        EXPECT_EQ(davy_may_hit(row.causer, row.uid, row.saved), row.reached) << row.what;
}

TEST(Reach, AChainIsCausedByTheLesserOfItsEnds)
{
    EXPECT_EQ(davy_chain_causer(kYarn, kYarn), kYarn);
    EXPECT_EQ(davy_chain_causer(kYarn, kRoot), kYarn) << "curl … | sudo bash";
    EXPECT_EQ(davy_chain_causer(kRoot, kYarn), kYarn) << "sudo curl … | bash";
    EXPECT_EQ(davy_chain_causer(kRoot, kRoot), kRoot);
    EXPECT_EQ(davy_chain_causer(kOther, kYarn), kYarn) << "who reads, has chosen what he reads";
}

} // namespace
} // namespace davylamp
