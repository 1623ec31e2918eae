// SPDX-License-Identifier: Apache-2.0
#include "engine/finding_parts.h"

#include <algorithm>

#include "engine/rule_book.h"
#include "engine/severity.h"
#include "engine/words.h"

namespace davylamp {

Alert begin(const FindingContext& context, bool at_connect)
{
    Alert alert;
    alert.time_ns = context.event.header().time_ns;
    alert.decision = context.decision;
    alert.verdict = context.verdict;
    alert.would_block = context.verdict == DAVY_ALERT;
    if (const RuleRow* rule = find_rule(context.decision.rule)) {
        alert.event_code = rule->code();
        alert.title = rule->title;
        alert.operation = at_connect ? rule->at_connect : rule->operation;
    } else {
        const std::string number = std::to_string(context.decision.rule);
        alert.event_code = "RULE-" + number;
        alert.title = "Rule " + number + ", unknown to this version";
    }
    return alert;
}

void fact(Alert& alert, std::string name, std::string value)
{
    if (!value.empty())
        alert.facts.emplace_back(std::move(name), std::move(value));
}

AlertParty& add_party(Alert& alert, const Lineage& lineage, std::string role,
                      const davy_process_id& id)
{
    AlertParty party;
    party.role = std::move(role);
    if (const Lineage::Process* process = lineage.find(id))
        party.process = Lineage::info(*process);
    else
        party.process.id = id;
    party.ancestors = lineage.ancestors(id);
    alert.parties.push_back(std::move(party));
    return alert.parties.back();
}

bool has_party(const Alert& alert, const davy_process_id& id)
{
    return std::any_of(alert.parties.begin(), alert.parties.end(),
                       [&](const AlertParty& party) { return same_process(party.process.id, id); });
}

ProcessInfo known(const Lineage& lineage, const davy_process_id& id)
{
    if (const Lineage::Process* process = lineage.find(id))
        return Lineage::info(*process);
    ProcessInfo unknown;
    unknown.id = id;
    return unknown;
}

bool place_fact(Alert& alert, const std::string& path)
{
    bool place = is_world_writable_place(path);
    if (place)
        fact(alert, "place", "world-writable");
    else if (is_home(path))
        fact(alert, "place", "a home");
    return place;
}

void finish(Alert& alert)
{
    alert.action = action_text(alert);
    std::string did = alert.action;
    if (auto errno_name = did.find(" (EPERM"); errno_name != did.npos)
        did.erase(errno_name, did.find(')', errno_name) + 1 - errno_name);
    alert.message += "; " + did;
}

} // namespace davylamp
