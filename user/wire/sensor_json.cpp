// SPDX-License-Identifier: Apache-2.0
// What was lost, what became of an act, what was saved.
#include "base/text.h"
#include "wire/kind_json.h"

namespace davylamp {

void add_loss(Json& out, const Event& event)
{
    const auto& loss = event.as<davy_event_loss>();
    Json& count = out["count"] = Json::object();
    for (std::uint32_t i = 0; i < DAVY_LOSS_COUNT; i++) {
        std::string_view name = loss_name(i);
        if (name != kUnknownName)
            count[std::string(name)] = loss.count[i];
        else if (loss.count[i] != 0)
            count[std::to_string(i)] = loss.count[i];
    }
}

void add_outcome(Json& out, const Event& event)
{
    const auto& outcome = event.as<davy_event_outcome>();
    out["target"] = id_json(outcome.target);
    out["cookie"] = outcome.cookie;
    out["rule"] = named(names::kRules, outcome.rule);
    out["outcome"] = named(names::kOutcomes, outcome.outcome);
    out["error"] = outcome.error;
}

void add_evidence(Json& out, const Event& event)
{
    const auto& evidence = event.as<davy_event_evidence>();
    out["target"] = id_json(evidence.target);
    out["sha256"] = evidence.flags & DAVY_EVIDENCE_IMAGE ? Json(hex_text(evidence.sha256)) : Json();
    out["image_size"] = evidence.image_size;
    out["rule"] = named(names::kRules, evidence.rule);
    out["flags"] = flags(names::kEvidenceFlags, evidence.flags);
    out["missing"] = evidence.missing;
    out["error"] = evidence.error;
    out["folder"] = evidence_folder(event);
}

} // namespace davylamp
