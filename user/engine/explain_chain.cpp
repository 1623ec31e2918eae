// SPDX-License-Identifier: Apache-2.0
// CHAIN-001 to -005: code that came from the network.
#include <algorithm>
#include <string>

#include "engine/explainers.h"
#include "engine/finding_parts.h"
#include "engine/rule_book.h"
#include "engine/severity.h"
#include "engine/words.h"
#include "wire/names.h"

namespace davylamp {

namespace {

constexpr std::uint64_t kSecond = 1000000000, kMillisecond = 1000000;

std::string duration_text(std::uint64_t ns)
{
    if (ns < kSecond)
        return std::to_string(ns / kMillisecond) + " ms";
    return std::to_string(ns / kSecond) + " s";
}

struct Parts {
    const davy_event_chain& event;
    bool shell;
    std::string reader, source, remote, path;
};

std::string_view title_of(const Parts& parts)
{
    const RuleRow& rule = *find_rule(parts.event.decision.rule);
    if (!rule.second_title.empty() && parts.event.file_facts.image)
        return rule.second_title;
    return parts.shell ? rule.shell_title : rule.title;
}

std::string message_of(const Parts& parts, bool stopped)
{
    const davy_event_chain& event = parts.event;
    const std::string runs = stopped ? ", which would run it" : ", which runs it";
    switch (event.decision.rule) {
    case DAVY_RULE_CHAIN_FILE: {
        std::string after;
        if (event.header.time_ns > parts.event.fed_ns && parts.event.fed_ns != 0)
            after = " " + duration_text(event.header.time_ns - parts.event.fed_ns) + " before";
        std::string name = parts.path.empty() ? "a file" : parts.path;
        return parts.reader + (stopped ? " would run " : " runs ") + name + ", which " +
               parts.source + " brought from " + parts.remote + after;
    }
    case DAVY_RULE_CHAIN_TEXT:
        return parts.reader + (stopped ? " would run" : " runs") + " as code what " + parts.source +
               " brought from " + parts.remote;
    case DAVY_RULE_CHAIN_ONE_LINER:
        return parts.source + " hands what it got from " + parts.remote + " to " + parts.reader +
               runs;
    default: break;
    }
    if (event.facts.source == DAVY_SOURCE_CONNECT)
        return parts.source + " downloads from " + parts.remote + " into " + parts.reader + runs;
    if (event.decision.rule == DAVY_RULE_CHAIN_SOCKET)
        return parts.reader + " takes its commands from a socket to " + parts.remote;
    if (event.source.tgid != 0)
        return parts.source + " passes what it gets from " + parts.remote + " to " + parts.reader +
               runs;
    return "what comes from " + parts.remote + " reaches " + parts.reader + runs;
}

} // namespace

Alert explain_chain(const FindingContext& context)
{
    Lineage& lineage = context.lineage;
    const davy_event_chain event = whole_chain(context.event);
    std::string what(field_text(event.what));
    Alert alert = begin(context, event.facts.source == DAVY_SOURCE_CONNECT);
    alert.current = event.process.id;
    alert.flow = event.flow;
    alert.allow = event.allow;
    bool file = event.decision.rule == DAVY_RULE_CHAIN_FILE;
    add_party(alert, lineage, file && event.file_facts.image ? "program" : "interpreter",
              event.sink);
    if (event.source.tgid != 0 && !has_party(alert, event.source))
        add_party(alert, lineage, "downloader", event.source);
    std::uint32_t stages = std::min<std::uint32_t>(event.stages_count, DAVY_STAGES_MAX);
    for (std::uint32_t i = 0; i < stages; i++) {
        if (event.stages[i].tgid != 0 && !has_party(alert, event.stages[i]))
            add_party(alert, lineage, "stage", event.stages[i]);
    }

    const Lineage::Process* sink = lineage.find(event.sink);
    std::uint16_t family = sink ? sink->facts.image.family : DAVY_FAMILY_NONE;
    Parts parts{event,
                family == DAVY_FAMILY_SHELL || family == DAVY_FAMILY_MULTICALL,
                label(alert.parties.front().process),
                label(known(lineage, event.source)),
                remote_text(event.flow),
                file ? what : std::string()};
    alert.title = title_of(parts);
    alert.message = message_of(parts, alert.verdict >= DAVY_DENY);
    if (stages > 0)
        alert.message += " (through " + std::to_string(stages) + " more)";

    SeverityHints hints;
    fact(alert, "source", std::string(source_name(event.facts.source)));
    if (file) {
        fact(alert, "path", parts.path);
        fact(alert, "file",
             std::to_string(event.file.device >> 20) + ":" +
                 std::to_string(event.file.device & 0xfffff) + ":" +
                 std::to_string(event.file.inode));
        fact(alert, "written by", std::string(writer_name(event.file_facts.writer)));
        hints.open_place = place_fact(alert, parts.path);
    } else {
        fact(alert, "pipes", std::to_string(event.facts.hops));
        fact(alert, "code", what);
    }
    if (family != DAVY_FAMILY_NONE)
        fact(alert, "interpreter", std::string(family_name(family)));
    fact(alert, "network service", network_service(alert.parties.front()));
    alert.severity = severity_of(alert, hints);
    return alert;
}

} // namespace davylamp
