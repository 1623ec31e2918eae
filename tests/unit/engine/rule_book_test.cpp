// SPDX-License-Identifier: Apache-2.0
// Each rule has one whole row; what is reported of a rule without a row.
#include "engine/rule_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "curl_and_bash.h"
#include "engine/engine.h"
#include "engine/severity.h"
#include "report/told.h"
#include "support/records.h"
#include "wire/names.h"

namespace davylamp {
namespace {

using namespace test;

struct AbiRule {
    std::uint16_t number;
    const char* code;
};

#define DAVY_RULE_OF_THE_ABI(constant, number, code) {constant, code},
const AbiRule kRulesOfTheAbi[] = {DAVY_RULES(DAVY_RULE_OF_THE_ABI)};
#undef DAVY_RULE_OF_THE_ABI

TEST(RuleBook, EachRuleOfTheAbiHasExactlyOneRow)
{
    ASSERT_GE(std::size(kRulesOfTheAbi), 16u);
    EXPECT_EQ(rule_book().size(), std::size(kRulesOfTheAbi));
    for (const AbiRule& rule : kRulesOfTheAbi) {
        auto rows = std::count_if(rule_book().begin(), rule_book().end(),
                                  [&](const RuleRow& row) { return row.number == rule.number; });
        EXPECT_EQ(rows, 1) << rule.code << " in user/engine/rule_book.cpp";
        ASSERT_NE(find_rule(rule.number), nullptr) << rule.code;
        EXPECT_EQ(find_rule(rule.number)->code(), rule.code);
        EXPECT_EQ(find_rule(std::string_view(rule.code)), find_rule(rule.number));
    }
}

TEST(RuleBook, NumbersCodesTitlesAndAnalyticsAreUnique)
{
    std::set<std::uint16_t> numbers;
    std::set<std::string_view> codes, titles, analytics;
    for (const RuleRow& row : rule_book()) {
        EXPECT_TRUE(numbers.insert(row.number).second) << row.number;
        EXPECT_TRUE(codes.insert(row.code()).second) << row.code();
        EXPECT_TRUE(analytics.insert(row.analytic).second) << row.analytic;
        for (std::string_view title : {row.title, row.shell_title, row.second_title})
            EXPECT_TRUE(title.empty() || titles.insert(title).second) << title;
    }
}

TEST(RuleBook, EveryRowIsWhole)
{
    const std::uint16_t kinds[] = {DAVY_EVENT_CHAIN, DAVY_EVENT_IMAGE, DAVY_EVENT_POOL,
                                   DAVY_EVENT_STRATUM, DAVY_EVENT_PROCESS};
    for (const RuleRow& row : rule_book()) {
        SCOPED_TRACE(row.code());
        for (std::string_view cell :
             {row.title, row.analytic, row.seen, row.how_severe, row.block}) {
            EXPECT_FALSE(cell.empty());
            EXPECT_EQ(cell.find('|'), cell.npos) << "it is a cell of a table: " << cell;
        }
        EXPECT_EQ(row.detection, row.number / 100) << "a detection's rules count from its hundred";
        EXPECT_NE(row.asked(false), Operation::unknown);
        EXPECT_NE(row.asked(true), Operation::unknown);
        EXPECT_NE(row.attack[0], Attack::none);
        // Its severity is plain, or something decides it; not both, and not neither.
        EXPECT_NE(row.severity.plain != 0, row.severity.decide != nullptr);
        EXPECT_TRUE(row.severity.plain == 0 || (row.severity.plain >= kSeverityLow &&
                                                row.severity.plain <= kSeverityCritical));
        EXPECT_TRUE(std::any_of(std::begin(kinds), std::end(kinds),
                                [&](std::uint16_t kind) { return row.explainer(kind); }));
        EXPECT_EQ(row.explainer(0), nullptr);
        EXPECT_EQ(row.explainer(DAVY_EVENT_FORK), nullptr);
    }
}

TEST(RuleBook, KnowsNoOtherRule)
{
    EXPECT_EQ(find_rule(DAVY_RULE_NONE), nullptr);
    EXPECT_EQ(find_rule(999), nullptr);
    EXPECT_EQ(find_rule("CHAIN-999"), nullptr);
    EXPECT_EQ(find_rule("none"), nullptr);
}

template <class T> std::vector<Alert> told(const T& event)
{
    Engine engine{Policy{}};
    std::vector<Alert> alerts;
    Record record(event);
    engine.feed(record.event(), [&](const Alert& alert) { alerts.push_back(alert); });
    return alerts;
}

// A newer recording may hold rules that this version has not; every kind of record is told.
TEST(UnknownRule, IsToldAsWhatItIs)
{
    auto check = [](auto event, const char* who) {
        event.decision.rule = 999;
        event.header.verdict = DAVY_ALERT;
        event.decision.did = 0;
        std::vector<Alert> alerts = told(event);
        ASSERT_EQ(alerts.size(), 1u) << who;
        const Alert& alert = alerts[0];
        EXPECT_EQ(alert_code(alert), "RULE-999");
        EXPECT_EQ(alert_title(alert), "Rule 999, unknown to this version");
        EXPECT_EQ(alert_message(alert),
                  std::string(who) + " is named by rule 999, which this version does not know; "
                                     "reported only: this version does not know what block mode "
                                     "takes");
        EXPECT_EQ(alert.severity, kSeverityMedium);
        EXPECT_FALSE(alert.would_block);
        EXPECT_TRUE(alert_facts(alert).empty());
    };
    check(chain(1, DAVY_MODE_MONITOR, kCurl, kBash, kRemote), "bash (813)");
    check(fileless(1, DAVY_MODE_MONITOR, kBash, memfd(7, "x"), "/x"), "bash (813)");
    check(pool(1, DAVY_MODE_MONITOR, kCurl, kRemote, DAVY_POOL_ADDRESS, 0), "curl (812)");
    check(stratum(1, DAVY_MODE_MONITOR, kCurl, kRemote,
                  R"({"method":"mining.authorize","params":["u","p"]})"),
          "curl (812)");
}

TEST(UnknownRule, SaysWhatWasDone)
{
    auto event = chain(1, DAVY_MODE_BLOCK, kCurl, kBash, kRemote);
    event.decision.rule = 999;
    std::vector<Alert> alerts = told(event);
    ASSERT_EQ(alerts.size(), 1u);
    EXPECT_EQ(alert_action(alerts[0]), "operation refused (EPERM)");
}

// A damaged recording may have one. Its fields are not those that the rule's explainer reads.
TEST(UnknownRule, ARecordThatIsNoneOfItsRulesIsToldAsThat)
{
    auto event = fileless(1, DAVY_MODE_MONITOR, kBash, memfd(7, "x"), "/x");
    event.decision.rule = DAVY_RULE_CHAIN_PIPE;
    event.header.verdict = DAVY_ALERT;
    std::vector<Alert> alerts = told(event);
    ASSERT_EQ(alerts.size(), 1u);
    EXPECT_EQ(alert_code(alerts[0]), "CHAIN-001");
    EXPECT_EQ(alert_message(alerts[0]), "bash (813) is named by CHAIN-001 in a record of the kind "
                                        "image, which that rule does not have; reported only");
}

} // namespace
} // namespace davylamp
