// SPDX-License-Identifier: Apache-2.0
// MINE-001 by its payload: the Stratum protocol on a flow.
#include <algorithm>
#include <iterator>
#include <span>

#include "engine/explainers.h"
#include "engine/finding_parts.h"
#include "engine/stratum_details.h"
#include "engine/websocket.h"

namespace davylamp {

namespace {

std::uint8_t innermost(const davy_event_stratum& stratum)
{
    std::uint8_t last = DAVY_WRAP_NONE;
    for (std::uint8_t wrap : stratum.wraps) {
        if (wrap == DAVY_WRAP_NONE)
            break;
        last = wrap;
    }
    return last;
}

std::span<const davy_process_id> stratum_holders(const davy_event_stratum& stratum)
{
    return {stratum.holders,
            std::min<std::size_t>(stratum.holders_count, std::size(stratum.holders))};
}

} // namespace

Alert explain_stratum(const FindingContext& context)
{
    const davy_event_stratum stratum = whole_stratum(context.event);
    Alert alert = begin(context, false);
    alert.would_block =
        alert.would_block && !stratum.facts.midstream && stratum.decision.certainty == DAVY_CERTAIN;
    alert.flow = stratum.flow;

    StratumFinding finding;
    if (stratum.owner.tgid != 0) {
        const Role role = stratum.holds ? Role::holder : Role::owner;
        AlertParty& party = add_party(alert, context.lineage, role, stratum.owner);
        if (!party.process.ids_known)
            finding.uid = stratum.owner_uid;
    }
    if (stratum.writer.tgid != 0 && !has_party(alert, stratum.writer))
        add_party(alert, context.lineage, Role::writer, stratum.writer);
    for (const davy_process_id& holder : stratum_holders(stratum)) {
        if (!has_party(alert, holder))
            add_party(alert, context.lineage, Role::holder, holder);
    }
    finding.relayed = stratum.relayed != 0;
    finding.dialect = stratum.facts.dialect;
    finding.direction = stratum.facts.direction;
    finding.midstream = stratum.facts.midstream != 0;
    std::copy(std::begin(stratum.wraps), std::end(stratum.wraps), finding.wraps);
    finding.offset = stratum.facts.offset;
    auto bytes = stratum_payload(context.event);
    alert.payload.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    bool frames = innermost(stratum) == DAVY_WRAP_WEBSOCKET;
    finding.details = stratum_details(frames ? websocket_text(alert.payload) : alert.payload);
    alert.finding = std::move(finding);
    return alert;
}

} // namespace davylamp
