// SPDX-License-Identifier: Apache-2.0
#include "engine/finding_parts.h"

#include <algorithm>

#include "engine/severity.h"
#include "wire/names.h"

namespace davylamp {

namespace {

struct Names {
    std::uint16_t rule;
    std::string_view title;
};
constexpr Names kTitles[] = {
    {DAVY_RULE_IMAGE_FILELESS, "Program started that has no file"},
    {DAVY_RULE_IMAGE_REMOVED, "Executable removed while it runs"},
    {DAVY_RULE_IMAGE_TALKING, "Process without its executable connects out"},
    {DAVY_RULE_IMAGE_FOUND, "Process without its executable found running"},
    {DAVY_RULE_IMAGE_STARTING, "Process without its executable starts a program"},
    {DAVY_RULE_IMAGE_DENIED, "Program started that policy denies"},
    {DAVY_RULE_STRATUM_PAYLOAD, "Mining protocol on a connection"},
    {DAVY_RULE_STRATUM_POOL, "Connection to a listed mining pool"},
    {DAVY_RULE_STRATUM_PORT, "Connection to a port of mining pools"},
    {DAVY_RULE_STRATUM_NAME, "Connection to a listed mining pool's name"},
    {DAVY_RULE_STRATUM_QUESTION, "Question for a listed mining pool's name"},
};

std::string title_of(std::uint16_t rule)
{
    for (const Names& row : kTitles) {
        if (row.rule == rule)
            return std::string(row.title);
    }
    return "Finding";
}

} // namespace

Alert begin(const davy_event_header& header, const davy_decision& decision)
{
    Alert alert;
    alert.time_ns = header.time_ns;
    alert.decision = decision;
    alert.verdict = header.verdict;
    alert.event_code = rule_code(decision.rule);
    alert.title = title_of(decision.rule);
    return alert;
}

void fact(Alert& alert, std::string name, std::string value)
{
    if (!value.empty())
        alert.facts.emplace_back(std::move(name), std::move(value));
}

AlertParty& add_party(Alert& alert, const Lineage& lineage, std::string role,
                      const davy_process_id& id)
{
    AlertParty party;
    party.role = std::move(role);
    if (const Lineage::Process* process = lineage.find(id))
        party.process = Lineage::info(*process);
    else
        party.process.id = id;
    party.ancestors = lineage.ancestors(id);
    alert.parties.push_back(std::move(party));
    return alert.parties.back();
}

bool has_party(const Alert& alert, const davy_process_id& id)
{
    return std::any_of(alert.parties.begin(), alert.parties.end(),
                       [&](const AlertParty& party) { return same_process(party.process.id, id); });
}

ProcessInfo known(const Lineage& lineage, const davy_process_id& id)
{
    if (const Lineage::Process* process = lineage.find(id))
        return Lineage::info(*process);
    ProcessInfo unknown;
    unknown.id = id;
    return unknown;
}

bool place_fact(Alert& alert, const std::string& path)
{
    bool place = is_world_writable_place(path);
    if (place)
        fact(alert, "place", "world-writable");
    else if (is_home(path))
        fact(alert, "place", "a home");
    return place;
}

} // namespace davylamp
