// SPDX-License-Identifier: Apache-2.0
// A rule that this version does not know, or a record that is none of its rule's: who is in it, and
// which number decided. What it means is the newer version's to say.
#include "engine/explainers.h"
#include "engine/finding_parts.h"

namespace davylamp {

Alert explain_unknown(const FindingContext& context)
{
    Alert alert = begin(context, false);
    alert.operation = Operation::unknown;
    alert.would_block = false;
    auto party = [&](Role role, const davy_process_id& id) {
        if (id.tgid != 0 && !has_party(alert, id))
            add_party(alert, context.lineage, role, id);
    };
    switch (context.event.kind()) {
    case DAVY_EVENT_CHAIN: {
        const auto& chain = context.event.as<davy_event_chain>();
        party(Role::interpreter, chain.sink);
        party(Role::downloader, chain.source);
        alert.flow = chain.flow;
        alert.current = chain.process.id;
        break;
    }
    case DAVY_EVENT_IMAGE: {
        const auto& image = context.event.as<davy_event_image>();
        party(Role::process, image.process.id);
        party(Role::victim, image.victim);
        alert.flow = image.flow;
        alert.current = image.process.id;
        break;
    }
    case DAVY_EVENT_POOL: {
        const auto& pool = context.event.as<davy_event_pool>();
        party(Role::process, pool.process.id);
        alert.flow = pool.flow;
        alert.current = pool.process.id;
        break;
    }
    case DAVY_EVENT_STRATUM: {
        const auto& stratum = context.event.as<davy_event_stratum>();
        party(Role::owner, stratum.owner);
        alert.flow = stratum.flow;
        break;
    }
    default: break;
    }
    return alert;
}

} // namespace davylamp
