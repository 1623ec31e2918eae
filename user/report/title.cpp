// SPDX-License-Identifier: Apache-2.0
// What an alert is called, by the rule book.
#include "engine/rule_book.h"
#include "report/told.h"

namespace davylamp {

namespace {

// The rule's second case: CHAIN-003 of a program, MINE-001 at a connect.
bool is_second_case(const Alert& alert)
{
    if (const auto* chain = std::get_if<ChainFinding>(&alert.finding))
        return chain->file && chain->file->program;
    if (const auto* pool = std::get_if<PoolFinding>(&alert.finding))
        return pool->match == DAVY_POOL_PROVEN;
    return false;
}

bool in_shell(const Alert& alert)
{
    const auto* chain = std::get_if<ChainFinding>(&alert.finding);
    return chain && chain->in_shell();
}

} // namespace

std::string alert_code(const Alert& alert)
{
    const RuleRow* rule = find_rule(alert.decision.rule);
    return rule ? std::string(rule->code()) : "RULE-" + std::to_string(alert.decision.rule);
}

std::string alert_analytic(const Alert& alert)
{
    const RuleRow* rule = find_rule(alert.decision.rule);
    return rule ? std::string(rule->analytic) : "rule-" + std::to_string(alert.decision.rule);
}

std::string alert_title(const Alert& alert)
{
    const RuleRow* rule = find_rule(alert.decision.rule);
    if (!rule)
        return "Rule " + std::to_string(alert.decision.rule) + ", unknown to this version";
    if (!rule->second_title.empty() && is_second_case(alert))
        return std::string(rule->second_title);
    if (!rule->shell_title.empty() && in_shell(alert))
        return std::string(rule->shell_title);
    return std::string(rule->title);
}

} // namespace davylamp
