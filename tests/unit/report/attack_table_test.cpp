// SPDX-License-Identifier: Apache-2.0
#include "report/attack_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "stories.h"

namespace davylamp {
namespace {

using namespace test;
using testing::ElementsAre;

std::vector<std::string> ids(const Alert& alert)
{
    std::vector<std::string> out;
    for (const AttackRow* row : attack_rows(alert))
        out.emplace_back(row->id());
    return out;
}

TEST(AttackTable, EveryEventCode)
{
    std::vector<Alert> alerts = every_kind(DAVY_MODE_BLOCK);
    ASSERT_EQ(alerts.size(), 13u);
    EXPECT_THAT(ids(alerts[0]), ElementsAre("T1190", "T1105", "T1059.004"));
    EXPECT_THAT(ids(alerts[1]), ElementsAre("T1190", "T1059.004"));
    EXPECT_THAT(ids(alerts[2]), ElementsAre("T1620"));
    EXPECT_THAT(ids(alerts[3]), ElementsAre("T1070.004", "T1036.004"));
    EXPECT_THAT(ids(alerts[4]), ElementsAre("T1070.004", "T1036.004"));
    EXPECT_THAT(ids(alerts[5]), ElementsAre("T1070.004"));
    EXPECT_THAT(ids(alerts[6]), ElementsAre("T1496.001", "T1036.004"));
    EXPECT_THAT(ids(alerts[7]), ElementsAre("T1496.001", "T1036.004"));
    for (std::size_t i = 8; i < 13; i++)
        EXPECT_THAT(ids(alerts[i]), ElementsAre("T1496.001", "T1036.004")) << i;
}

TEST(AttackTable, InterpretersByFamily)
{
    struct {
        std::uint16_t family;
        const char* id;
    } rows[] = {{DAVY_FAMILY_SHELL, "T1059.004"},  {DAVY_FAMILY_MULTICALL, "T1059.004"},
                {DAVY_FAMILY_PYTHON, "T1059.006"}, {DAVY_FAMILY_NODE, "T1059.007"},
                {DAVY_FAMILY_LUA, "T1059.011"},    {DAVY_FAMILY_PERL, "T1059"},
                {DAVY_FAMILY_NONE, "T1059"}};
    for (const auto& row : rows) {
        Alert alert;
        alert.decision.rule = DAVY_RULE_CHAIN_SOCKET;
        ChainFinding chain;
        chain.family = row.family;
        alert.finding = chain;
        EXPECT_THAT(ids(alert), ElementsAre(row.id)) << row.family;
    }
}

TEST(AttackTable, PortsThatBelongToAnotherProtocol)
{
    struct {
        std::uint16_t port;
        bool odd;
    } rows[] = {{3333, false}, {443, true}, {80, true}, {25, true}, {8080, true}, {0, false}};
    for (const auto& row : rows) {
        Alert alert;
        alert.decision.rule = DAVY_RULE_STRATUM_PAYLOAD;
        alert.flow.remote_port = row.port;
        EXPECT_EQ(ids(alert).size(), row.odd ? 2u : 1u) << row.port;
    }
}

// TLS to a pool's name on 443 is on its own port, and a proxy's port is the proxy's.
TEST(AttackTable, TheOddPortIsThatOfAPoolsProtocol)
{
    const struct {
        std::uint16_t rule;
        std::uint8_t match;
        bool odd;
    } rows[] = {{DAVY_RULE_STRATUM_POOL, DAVY_POOL_ADDRESS, true},
                {DAVY_RULE_STRATUM_POOL, DAVY_POOL_PROXY_ADDRESS, false},
                {DAVY_RULE_STRATUM_NAME, DAVY_POOL_SERVER_NAME, false},
                {DAVY_RULE_STRATUM_QUESTION, DAVY_POOL_QUESTION, false},
                {DAVY_RULE_STRATUM_PORT, DAVY_POOL_PORT, false},
                {DAVY_RULE_STRATUM_PAYLOAD, DAVY_POOL_PROVEN, true}};
    for (const auto& row : rows) {
        Alert alert;
        alert.decision.rule = row.rule;
        PoolFinding pool;
        pool.match = row.match;
        alert.finding = pool;
        alert.flow.remote_port = 443;
        EXPECT_EQ(ids(alert).size(), row.odd ? 2u : 1u) << int(row.match);
    }
}

TEST(AttackTable, OnlyBracketsPoseAsAKernelThread)
{
    Alert alert;
    alert.decision.rule = DAVY_RULE_IMAGE_FOUND;
    alert.parties.resize(1);
    alert.parties[0].process.args = {"[", "-f", "x", "]"}; // test(1) by its other name
    EXPECT_THAT(ids(alert), ElementsAre("T1070.004"));
    alert.parties[0].process.args = {"[kthreaddi]"};
    EXPECT_THAT(ids(alert), ElementsAre("T1070.004", "T1036.004"));
}

TEST(AttackTable, IdsAreWellFormed)
{
    for (const Alert& alert : every_kind(DAVY_MODE_MONITOR)) {
        for (const AttackRow* row : attack_rows(alert)) {
            EXPECT_TRUE(std::regex_match(std::string(row->tactic.uid), std::regex("TA00\\d\\d")));
            EXPECT_TRUE(std::regex_match(std::string(row->technique.uid), std::regex("T1\\d{3}")));
            EXPECT_FALSE(row->technique.name.empty());
            EXPECT_TRUE(row->sub_technique.uid.empty() ||
                        row->sub_technique.uid.starts_with(row->technique.uid));
        }
    }
}

} // namespace
} // namespace davylamp
