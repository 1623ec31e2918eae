// SPDX-License-Identifier: Apache-2.0
#include "engine/explain.h"

#include "davylamp/rules/reach.h"
#include "engine/engine.h"
#include "engine/lineage.h"
#include "engine/rule_book.h"
#include "engine/severity.h"

namespace davylamp {

namespace {

// As the enforcer will ask of the process itself. Whose uid the records do not tell is left to it.
bool reaches(const Condemned& one, const Alert& alert)
{
    for (const AlertParty& party : alert.parties) {
        const ProcessInfo& process = party.process;
        if (same_process(process.id, one.id) && process.ids_known)
            return davy_may_hit(one.causer, process.uid, process.uid) != 0;
    }
    return true;
}

} // namespace

Alert explain(const FindingContext& context)
{
    const RuleRow* rule = find_rule(context.decision.rule);
    Explainer explainer = rule ? rule->explainer(context.event.kind()) : nullptr;
    Alert alert = explainer ? explainer(context) : explain_unknown(context);
    for (const Condemned& one : condemned(context.event))
        (reaches(one, alert) ? alert.to_kill : alert.left_alive).push_back(one.id);
    alert.severity = severity_of(alert);
    return alert;
}

} // namespace davylamp
