// SPDX-License-Identifier: Apache-2.0
// A rule that this version does not know, or a record that is none of its rule's: who is in it, and
// which number decided. What it means is the newer version's to say.
#include <string>

#include "engine/explainers.h"
#include "engine/finding_parts.h"
#include "engine/severity.h"
#include "engine/words.h"

namespace davylamp {

Alert explain_unknown(const FindingContext& context)
{
    Alert alert = begin(context, false);
    alert.operation = Operation::unknown;
    alert.would_block = false;
    auto party = [&](const char* role, const davy_process_id& id) {
        if (id.tgid != 0 && !has_party(alert, id))
            add_party(alert, context.lineage, role, id);
    };
    switch (context.event.kind()) {
    case DAVY_EVENT_CHAIN: {
        const auto& chain = context.event.as<davy_event_chain>();
        party("interpreter", chain.sink);
        party("downloader", chain.source);
        alert.flow = chain.flow;
        alert.current = chain.process.id;
        break;
    }
    case DAVY_EVENT_IMAGE: {
        const auto& image = context.event.as<davy_event_image>();
        party("process", image.process.id);
        party("victim", image.victim);
        alert.flow = image.flow;
        alert.current = image.process.id;
        break;
    }
    case DAVY_EVENT_POOL: {
        const auto& pool = context.event.as<davy_event_pool>();
        party("process", pool.process.id);
        alert.flow = pool.flow;
        alert.current = pool.process.id;
        break;
    }
    case DAVY_EVENT_STRATUM: {
        const auto& stratum = context.event.as<davy_event_stratum>();
        party("owner", stratum.owner);
        alert.flow = stratum.flow;
        break;
    }
    default: break;
    }
    alert.message =
        (alert.parties.empty() ? "an unknown process" : label(alert.parties.front().process)) +
        " is told by rule " + std::to_string(alert.decision.rule) +
        ", of which this version knows no record of the kind " +
        std::string(kind_name(context.event.kind()));
    alert.severity = severity_of(alert, {});
    return alert;
}

} // namespace davylamp
