// SPDX-License-Identifier: Apache-2.0
// MINE-001 to -005 of a pool record: a connection to, or a question for, what policy lists.
#include <algorithm>
#include <iterator>
#include <optional>

#include "davylamp/rules/pool.h"
#include "engine/explainers.h"
#include "engine/finding_parts.h"
#include "wire/event_json.h"

namespace davylamp {

namespace {

std::optional<PoolEntry> entry_of(const PoolBook& pools, const davy_event_pool& event)
{
    const std::uint32_t row = event.facts.row;
    switch (event.facts.match) {
    case DAVY_POOL_ADDRESS: return pools.address(row, event.flow.remote);
    case DAVY_POOL_PROXY_ADDRESS: return pools.address(row, event.proxied);
    case DAVY_POOL_PORT: return pools.port(row, event.flow.remote_port);
    case DAVY_POOL_ALPN: return pools.protocol(row, field_text(event.name));
    case DAVY_POOL_ANSWER:
    case DAVY_POOL_SERVER_NAME:
    case DAVY_POOL_PROXY_NAME:
    case DAVY_POOL_QUESTION: return pools.name(row, field_text(event.name));
    default: return std::nullopt; // what spoke Stratum before stands on no list
    }
}

// What the sentence and the flow have already.
bool is_told(const PoolEntry& entry, const davy_event_pool& event)
{
    return event.facts.match == DAVY_POOL_PORT || entry.text == field_text(event.name) ||
           entry.text == address_text(event.flow.remote) ||
           entry.text == address_text(event.proxied);
}

} // namespace

Alert explain_pool(const FindingContext& context)
{
    const davy_event_pool event = whole_pool(context.event);
    Alert alert = begin(context, !davy_pool_in_packet(&event.facts));
    alert.flow = event.flow;
    alert.current = event.process.id;
    const bool asks = event.facts.match == DAVY_POOL_QUESTION;
    alert.would_block = alert.would_block && !asks;

    PoolFinding finding;
    if (event.process.id.tgid != 0) {
        // Who asks may be anybody's resolver.
        AlertParty& party =
            add_party(alert, context.lineage, asks ? Role::process : Role::miner, event.process.id);
        if (!party.process.ids_known)
            finding.uid = event.process.uid;
    }
    if (event.writer.tgid != 0 && !has_party(alert, event.writer))
        add_party(alert, context.lineage, Role::writer, event.writer);
    finding.match = event.facts.match;
    finding.name = field_text(event.name);
    std::copy(std::begin(event.proxied), std::end(event.proxied), finding.proxied);
    if (auto entry = entry_of(context.pools, event)) {
        alert.policy_note = entry->note;
        if (!is_told(*entry, event))
            finding.entry = entry->text;
    }
    finding.relayed = event.relayed != 0;
    finding.tries = event.tries;
    finding.ttl_s = event.ttl_s;
    alert.finding = std::move(finding);
    return alert;
}

} // namespace davylamp
