// SPDX-License-Identifier: Apache-2.0
#include "wire/names.h"

#include <gmock/gmock.h>

namespace davylamp {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(NamesTest, NamesWhatTheAbiNumbers)
{
    EXPECT_EQ(verdict_name(DAVY_DENY), "deny");
    EXPECT_EQ(mode_name(DAVY_MODE_MONITOR), "monitor");
    EXPECT_EQ(certainty_name(DAVY_CERTAIN), "certain");
    EXPECT_EQ(detection_name(DAVY_DETECTION_STRATUM), "stratum");
    EXPECT_EQ(rule_code(DAVY_RULE_CHAIN_PIPE), "CHAIN-001");
    EXPECT_EQ(rule_code(DAVY_RULE_CHAIN_SOCKET), "CHAIN-002");
    EXPECT_EQ(rule_code(DAVY_RULE_IMAGE_FILELESS), "EXE-001");
    EXPECT_EQ(rule_code(DAVY_RULE_IMAGE_FOUND), "EXE-004");
    EXPECT_EQ(rule_code(DAVY_RULE_STRATUM_PAYLOAD), "MINE-001");
    EXPECT_EQ(rule_code(DAVY_RULE_STRATUM_PORT), "MINE-003");
    EXPECT_EQ(rule_code(DAVY_RULE_STRATUM_NAME), "MINE-004");
    EXPECT_EQ(rule_code(DAVY_RULE_STRATUM_QUESTION), "MINE-005");
    EXPECT_EQ(dialect_name(DAVY_DIALECT_ETHEREUM), "ethereum");
    EXPECT_EQ(direction_name(DAVY_TO_CLIENT), "to_client");
    EXPECT_EQ(source_name(DAVY_SOURCE_FED), "fed");
    EXPECT_EQ(pool_match_name(DAVY_POOL_PORT), "port");
    EXPECT_EQ(pool_match_name(DAVY_POOL_PROXY_ADDRESS), "proxy-address");
    EXPECT_EQ(pool_match_name(DAVY_POOL_PROVEN), "proven");
    EXPECT_EQ(wrap_name(DAVY_WRAP_SOCKS5), "socks5");
    EXPECT_EQ(wrap_name(DAVY_WRAP_DNS), "dns");
    EXPECT_EQ(descriptor_name(DAVY_FD_INET), "inet");
    EXPECT_EQ(outcome_name(DAVY_OUTCOME_SPARED), "spared");
}

TEST(NamesTest, EveryFamilyHasAName)
{
    for (std::uint32_t family = 0; family < DAVY_FAMILY_COUNT; family++)
        EXPECT_NE(family_name(family), kUnknownName) << family;
    EXPECT_EQ(family_name(DAVY_FAMILY_COUNT), kUnknownName);
}

TEST(NamesTest, EveryLossReasonHasAName)
{
    for (std::uint32_t reason = DAVY_LOSS_ALERT_RING; reason <= DAVY_LOSS_WALK; reason++)
        EXPECT_NE(loss_name(reason), kUnknownName) << reason;
    EXPECT_EQ(loss_name(DAVY_LOSS_COUNT), kUnknownName);
}

TEST(NamesTest, UnknownNumbersSaySo)
{
    EXPECT_EQ(verdict_name(4), kUnknownName);
    EXPECT_EQ(rule_code(999), kUnknownName);
    EXPECT_EQ(outcome_name(0), kUnknownName);
}

TEST(NamesTest, SplitsFlags)
{
    EXPECT_THAT(did_names(0), IsEmpty());
    EXPECT_THAT(did_names(DAVY_DID_REFUSE | DAVY_DID_KILL_PEER | DAVY_DID_FAIL),
                ElementsAre("refuse", "kill_peer", "fail"));
    EXPECT_THAT(did_names(DAVY_DID_DROP | 0x100 | 0x200), ElementsAre("drop", kUnknownName));
    EXPECT_THAT(image_flag_names(DAVY_IMAGE_MEMFD | DAVY_IMAGE_RUNNING),
                ElementsAre("memfd", "running"));
}

} // namespace
} // namespace davylamp
