// SPDX-License-Identifier: Apache-2.0
// CHAIN-001 to -005: code that came from the network.
#include <algorithm>
#include <string>

#include "davylamp/rules/reach.h"
#include "engine/explainers.h"
#include "engine/finding_parts.h"
#include "engine/severity.h"

namespace davylamp {

namespace {

DownloadedFile downloaded(const davy_event_chain& event)
{
    DownloadedFile file;
    file.key = event.file;
    file.path = field_text(event.what);
    file.writer = event.file_facts.writer;
    file.program = event.file_facts.image != 0;
    if (event.fed_ns != 0 && event.header.time_ns > event.fed_ns)
        file.age_ns = event.header.time_ns - event.fed_ns;
    file.place = file_place(file.path);
    return file;
}

} // namespace

Alert explain_chain(const FindingContext& context)
{
    const Lineage& lineage = context.lineage;
    const davy_event_chain event = whole_chain(context.event);
    Alert alert = begin(context, event.facts.source == DAVY_SOURCE_CONNECT);
    const std::uint32_t uid = event.process.uid;
    // What may be another user's doing alone is told (bpf/chain/judge.h).
    if (event.file_facts.another && !davy_may_hit(event.causer_uid, uid, uid))
        alert.would_block = false;
    alert.current = event.process.id;
    alert.flow = event.flow;
    alert.allow = event.allow;

    ChainFinding finding;
    finding.begins = event.facts.source;
    finding.pipes = event.facts.hops;
    finding.source = event.source;
    if (event.decision.rule == DAVY_RULE_CHAIN_FILE)
        finding.file = downloaded(event);
    else
        finding.code = field_text(event.what);
    if (const Lineage::Process* sink = lineage.find(event.sink))
        finding.family = sink->facts.image.family;

    const bool program = finding.file && finding.file->program;
    add_party(alert, lineage, program ? Role::program : Role::interpreter, event.sink);
    if (event.source.tgid != 0 && !has_party(alert, event.source))
        add_party(alert, lineage, Role::downloader, event.source);
    finding.stages = std::min<std::uint32_t>(event.stages_count, DAVY_STAGES_MAX);
    for (std::uint32_t i = 0; i < finding.stages; i++) {
        if (event.stages[i].tgid != 0 && !has_party(alert, event.stages[i]))
            add_party(alert, lineage, Role::stage, event.stages[i]);
    }
    finding.service = network_service(alert.parties.front());
    alert.finding = std::move(finding);
    return alert;
}

} // namespace davylamp
