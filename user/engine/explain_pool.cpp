// SPDX-License-Identifier: Apache-2.0
// MINE-001 to -005 of a pool record: a connection to, or a question for, what policy lists.
#include <optional>
#include <string>

#include "davylamp/rules/pool.h"
#include "engine/explainers.h"
#include "engine/finding_parts.h"
#include "engine/rule_book.h"
#include "engine/severity.h"
#include "engine/words.h"
#include "wire/event_json.h"
#include "wire/names.h"

namespace davylamp {

namespace {

std::string message_of(const davy_event_pool& event, const std::string& who)
{
    const std::string remote = remote_text(event.flow);
    std::string name(field_text(event.name));
    if (name.empty())
        name = "a listed name";
    switch (event.facts.match) {
    case DAVY_POOL_ADDRESS: return who + " connects to " + remote + ", a listed mining pool";
    case DAVY_POOL_ANSWER: return who + " connects to " + remote + ", which DNS gave for " + name;
    case DAVY_POOL_SERVER_NAME:
        return who + " opens TLS to a server named " + name + ", at " + remote;
    case DAVY_POOL_ALPN: return who + " opens TLS to " + remote + " for the protocol " + name;
    case DAVY_POOL_PROXY_NAME: return who + " asks the proxy " + remote + " for " + name;
    case DAVY_POOL_PROXY_ADDRESS:
        return who + " asks the proxy " + remote + " for " + address_text(event.proxied) +
               ", a listed mining pool";
    case DAVY_POOL_QUESTION: return who + " asks DNS for " + name;
    case DAVY_POOL_PROVEN:
        return who + " connects again to " + remote + ", which spoke Stratum before" +
               (event.tries > 1 ? " (" + std::to_string(event.tries) + " tries)" : "");
    default: return who + " connects to " + remote + ", a port that mining pools use";
    }
}

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
    if (event.facts.match == DAVY_POOL_PROVEN)
        alert.title = find_rule(event.decision.rule)->second_title;
    std::string who = "an unknown process";
    if (event.process.id.tgid != 0) {
        // Who asks may be anybody's resolver.
        AlertParty& party =
            add_party(alert, context.lineage, asks ? "process" : "miner", event.process.id);
        who = label(party.process);
        if (!party.process.ids_known)
            fact(alert, "uid", std::to_string(event.process.uid));
    }
    alert.message = message_of(event, who);
    fact(alert, "match", std::string(pool_match_name(event.facts.match)));
    fact(alert, "name", std::string(field_text(event.name)));
    if (event.facts.match == DAVY_POOL_PROXY_ADDRESS)
        fact(alert, "proxied", address_text(event.proxied));
    if (auto entry = entry_of(context.pools, event)) {
        alert.policy_note = entry->note;
        if (!is_told(*entry, event))
            fact(alert, "entry", entry->text);
    }
    if (event.tries != 0)
        fact(alert, "tries", std::to_string(event.tries));
    if (event.facts.match == DAVY_POOL_ANSWER)
        fact(alert, "ttl_s", std::to_string(event.ttl_s));
    alert.severity = severity_of(alert, {});
    return alert;
}

} // namespace davylamp
