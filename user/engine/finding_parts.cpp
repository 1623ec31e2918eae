// SPDX-License-Identifier: Apache-2.0
#include "engine/finding_parts.h"

#include <algorithm>

#include "engine/rule_book.h"

namespace davylamp {

Alert begin(const FindingContext& context, bool at_connect)
{
    Alert alert;
    alert.time_ns = context.event.header().time_ns;
    alert.kind = context.event.kind();
    alert.decision = context.decision;
    alert.verdict = context.verdict;
    alert.would_block = context.verdict == DAVY_ALERT;
    if (const RuleRow* rule = find_rule(context.decision.rule))
        alert.operation = rule->asked(at_connect);
    return alert;
}

AlertParty& add_party(Alert& alert, const Lineage& lineage, Role role, const davy_process_id& id)
{
    AlertParty party;
    party.role = role;
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

} // namespace davylamp
