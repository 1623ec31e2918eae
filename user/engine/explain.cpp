// SPDX-License-Identifier: Apache-2.0
#include "engine/explain.h"

#include "engine/engine.h"
#include "engine/rule_book.h"
#include "engine/severity.h"

namespace davylamp {

Alert explain(const FindingContext& context)
{
    const RuleRow* rule = find_rule(context.decision.rule);
    Explainer explainer = rule ? rule->explainer(context.event.kind()) : nullptr;
    Alert alert = explainer ? explainer(context) : explain_unknown(context);
    for (const davy_process_id& id : condemned(context.event))
        alert.to_kill.push_back(id);
    alert.severity = severity_of(alert);
    return alert;
}

} // namespace davylamp
