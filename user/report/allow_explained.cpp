// SPDX-License-Identifier: Apache-2.0
#include "report/allow_explained.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "davylamp/rules/allow.h"
#include "report/phrases.h"
#include "wire/event_json.h"
#include "wire/names.h"

namespace davylamp {

namespace {

std::string shown(const std::string& raw) { return escape_for_terminal(raw); }

std::string key_text(const davy_inode_key& key) { return file_text(key.device, key.inode); }

std::string field(const char* text, std::size_t size) { return {text, strnlen(text, size)}; }

template <class T, class Text> std::string any_of(const std::vector<T>& values, Text text)
{
    constexpr std::size_t kShown = 8; // a rule may list thousands of networks
    std::string out;
    for (std::size_t i = 0; i < values.size() && i < kShown; i++)
        out += (i ? " or " : "") + shown(text(values[i]));
    if (values.size() > kShown)
        out += " or " + std::to_string(values.size() - kShown) + " more";
    return out;
}

// One condition: what the rule asks for, and what the event has.
struct Condition {
    std::uint32_t kind;
    const char* word;
    std::string wants, has;
};

std::string name_of(const JudgedEvent& event)
{
    std::string name = field(event.facts.name, sizeof event.facts.name);
    if (!name.empty())
        return shown(name);
    return event.facts.flags & DAVY_FACTS_NAMED ? "no listed name is known for the address"
                                                : "DNS answers were not watched";
}

std::string files_of(const JudgedEvent& event)
{
    std::string out;
    for (const davy_inode_key& ancestor : event.facts.ancestors) {
        if (ancestor.inode != 0)
            out += (out.empty() ? "" : ", ") + key_text(ancestor);
    }
    return out.empty() ? "none known" : out;
}

std::vector<Condition> conditions(const AllowRule& rule, const JudgedEvent& event)
{
    auto same = [](const std::string& text) { return text; };
    auto user = [](const AllowUser& one) { return one.uid ? std::to_string(*one.uid) : one.name; };
    std::string cgroup = field(event.facts.cgroup, sizeof event.facts.cgroup);
    std::vector<Condition> all = {
        {DAVY_ALLOW_BY_TO, "to", any_of(rule.to, prefix_text),
         event.flow.family ? address_text(event.flow.remote) : "no address is known"},
        {DAVY_ALLOW_BY_NAME, "name", any_of(rule.names, same), name_of(event)},
        {DAVY_ALLOW_BY_USER, "user", any_of(rule.users, user),
         "uid " + std::to_string(event.facts.uid)},
        {DAVY_ALLOW_BY_CGROUP, "cgroup", any_of(rule.cgroups, same),
         cgroup.empty() ? "/" : shown(cgroup)},
        {DAVY_ALLOW_BY_PARENT, "parent", any_of(rule.parents, same), files_of(event)},
        {DAVY_ALLOW_BY_INTERPRETER, "interpreter", any_of(rule.interpreters, same),
         event.facts.interpreter.inode ? key_text(event.facts.interpreter) : "not known"},
    };
    all.erase(std::remove_if(all.begin(), all.end(),
                             [](const Condition& one) { return one.wants.empty(); }),
              all.end());
    return all;
}

std::string rule_name(std::uint32_t index)
{
    return "detections.chain.allow[" + std::to_string(index) + "]";
}

// "detections.chain.allow[2] (owner team-ci: installs its tools; until 2026-12-31)"
std::string rule_text(std::uint32_t index, const AllowRule& rule)
{
    std::string in;
    if (!rule.owner.empty())
        in = "owner " + shown(rule.owner);
    if (!rule.reason.empty())
        in += (in.empty() ? "" : ": ") + shown(rule.reason);
    if (!rule.expires.empty())
        in += (in.empty() ? "" : "; ") + ("until " + shown(rule.expires));
    return rule_name(index) + (in.empty() ? "" : " (" + in + ")");
}

std::string convicts(std::uint16_t rule)
{
    return rule == DAVY_RULE_CHAIN_SOCKET ? "an interpreter's code is a network socket"
                                          : "an interpreter reads code that comes from the network";
}

// What the event says was decided, where that differs from what these rules say.
std::string then(const JudgedEvent& event, std::int32_t now)
{
    bool was_row = event.row != DAVY_NO_ROW;
    if (was_row ? now >= 0 && event.row == static_cast<std::uint32_t>(now) : now < 0)
        return {};
    return "It was decided otherwise then: " +
           (was_row ? rule_name(event.row) + " allowed it" : std::string("no rule allowed it")) +
           ". The policy, or this host's files and users, are not those of the event.\n";
}

} // namespace

std::string allow_explained(const JudgedEvent& event, const Policy& policy, const AllowHost& host)
{
    std::string out =
        shown(event.code) + " at " + shown(event.time) + ", verdict " + shown(event.verdict) + "\n";
    if (!event.rule)
        return out + shown(event.code) +
               " is a rule that this version does not know; whether the allow rules are asked for "
               "it, only the version that told it can say.\n";
    if (event.rule->detection != DAVY_DETECTION_CHAIN) {
        out += "The allow rules are about chains (CHAIN-001, CHAIN-002); " + shown(event.code) +
               " convicted by itself";
        if (event.row != DAVY_NO_ROW)
            out += ", by row " + std::to_string(event.row) + " of its list";
        return out + ".\n";
    }

    AllowTables tables = allow_tables(policy, host);
    davy_allow_sets sets = allow_sets(tables, event.flow, event.facts);
    std::int32_t first = davy_allow_first(&tables.rules, &sets, event.time_ns);
    if (!(event.facts.flags & DAVY_FACTS_GATHERED))
        out += "The event has no facts of user, cgroup, parents and interpreter: only "
               "destinations can be judged.\n";

    for (std::uint32_t i = 0; i < policy.allow.size(); i++) {
        const AllowRule& rule = policy.allow[i];
        std::uint32_t missing = davy_allow_missing(&tables.rules.rule[i], i, &sets, event.time_ns);
        bool later = first >= 0 && i > static_cast<std::uint32_t>(first);
        out += rule_text(i, rule) +
               (missing == 0 ? later ? ": matches too, but an earlier rule has decided\n"
                                     : ": matches, and decides\n"
                             : ": does not match\n");
        if (missing & DAVY_ALLOW_EXPIRED)
            out += "  expires      no: it had ended\n";
        for (const Condition& one : conditions(rule, event)) {
            std::string label = one.word;
            label.resize(13, ' ');
            bool no = missing & (1u << one.kind);
            out += "  " + label + (no ? "no: " : "yes: ") + "wants " + one.wants +
                   "; the event has " + one.has + "\n";
        }
    }
    for (const std::string& lacking : tables.notes)
        out += "note: " + shown(lacking) + "\n";

    if (first >= 0)
        out += "Decided by " + rule_name(static_cast<std::uint32_t>(first)) + ": allowed.\n";
    else
        out += std::string(policy.allow.empty() ? "There are no allow rules"
                                                : "No allow rule matches") +
               "; " + shown(event.code) + " convicts: " + convicts(event.rule->number) + ".\n";
    return out + then(event, first);
}

} // namespace davylamp
