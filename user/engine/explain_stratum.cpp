// SPDX-License-Identifier: Apache-2.0
// MINE-001 by its payload: the Stratum protocol on a flow.
#include <string>

#include "engine/explainers.h"
#include "engine/finding_parts.h"
#include "engine/severity.h"
#include "engine/stratum_details.h"
#include "engine/websocket.h"
#include "engine/words.h"
#include "wire/names.h"

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

// "socks5, websocket": the outermost first.
std::string wraps_text(const davy_event_stratum& stratum)
{
    std::string out;
    for (std::uint8_t wrap : stratum.wraps) {
        if (wrap == DAVY_WRAP_NONE)
            break;
        out += (out.empty() ? "" : ", ") + std::string(wrap_name(wrap));
    }
    return out;
}

} // namespace

Alert explain_stratum(const FindingContext& context)
{
    const davy_event_stratum stratum = whole_stratum(context.event);
    Alert alert = begin(context, false);
    alert.would_block = alert.would_block && !stratum.facts.midstream;
    alert.flow = stratum.flow;
    std::string owner = "an unknown process";
    if (stratum.owner.tgid != 0) {
        AlertParty& party = add_party(alert, context.lineage, "owner", stratum.owner);
        owner = label(party.process);
        if (!party.process.ids_known)
            fact(alert, "uid", std::to_string(stratum.owner_uid));
    }
    auto bytes = stratum_payload(context.event);
    alert.payload.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());

    std::string dialect(dialect_name(stratum.facts.dialect));
    bool to_server = stratum.facts.direction == DAVY_TO_SERVER;
    alert.message =
        to_server ? owner + " speaks Stratum (" + dialect + ") to " + remote_text(stratum.flow)
                  : remote_text(stratum.flow) + " speaks Stratum (" + dialect + ") to " + owner;
    fact(alert, "dialect", dialect);
    fact(alert, "direction", std::string(direction_name(stratum.facts.direction)));
    if (stratum.facts.midstream)
        fact(alert, "midstream", "yes");
    fact(alert, "wraps", wraps_text(stratum));
    fact(alert, "offset", std::to_string(stratum.facts.offset));
    bool frames = innermost(stratum) == DAVY_WRAP_WEBSOCKET;
    for (auto& [name, value] :
         stratum_details(frames ? websocket_text(alert.payload) : alert.payload)) {
        if (name == "login" && to_server)
            alert.message += ", as " + value;
        fact(alert, name, std::move(value));
    }
    alert.severity = severity_of(alert, {});
    return alert;
}

} // namespace davylamp
