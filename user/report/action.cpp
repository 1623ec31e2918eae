// SPDX-License-Identifier: Apache-2.0
#include "report/action.h"

#include "engine/rule_book.h"
#include "report/phrases.h"
#include "report/told.h"
#include "wire/names.h"

namespace davylamp {

namespace {

// Whether the process had not run its program's first instruction. What starts without a file, or
// against policy, is judged as it starts, which recordings of older versions do not say by a field.
bool is_starting(const Alert& alert)
{
    const auto* image = std::get_if<ImageFinding>(&alert.finding);
    return alert.decision.starts || (image && (image->deed == ImageDeed::starts_fileless ||
                                               image->deed == ImageDeed::starts_denied));
}

// What the host could have done depends on its backend (docs/events.md).
std::string_view would_have(const Alert& alert)
{
    switch (alert.operation) {
    case Operation::connect: return "connect would have been refused";
    case Operation::exec:
        if (is_starting(alert))
            return "exec would have been refused, or killed before its first instruction";
        // Who calls execve, or has long run and reads a pipe as its code.
        return "process would have been killed";
    case Operation::code: return "its process would have been killed before it ran any of it";
    case Operation::removal: return "removal would have been refused, or the process killed";
    case Operation::packet: return "packet would have been dropped";
    case Operation::process: return "process would have been killed";
    case Operation::unknown: break;
    }
    return "operation would have been refused";
}

std::string reported_only(std::uint16_t number)
{
    const RuleRow* rule = find_rule(number);
    if (!rule)
        return "reported only: this version does not know what block mode takes";
    return "reported only" +
           (rule->reported_only.empty() ? "" : ": " + std::string(rule->reported_only));
}

std::string refusal(const Alert& alert, ActionDetail detail)
{
    std::string out = std::string(operation_name(alert.operation)) + " refused";
    if (detail == ActionDetail::in_sentence)
        return out;
    const std::uint8_t backend = alert.decision.backend;
    return out + (alert.decision.did & DAVY_DID_NO_ROAD ? " (ECONNREFUSED" : " (EPERM") +
           (backend != DAVY_BACKEND_PORTABLE ? ", by " + std::string(backend_name(backend)) : "") +
           ")";
}

} // namespace

std::string action_text(const Alert& alert, ActionDetail detail)
{
    const davy_decision& decision = alert.decision;
    if (alert.verdict < DAVY_DENY)
        return alert.would_block ? std::string(would_have(alert)) : reported_only(decision.rule);

    auto name_of = [&](const davy_process_id& id) {
        const AlertParty* party = party_of(alert, id);
        return party ? label(party->process) : "process " + std::to_string(id.tgid);
    };
    std::string out;
    // What was refused ran no instruction; who asked for it has run many.
    bool starts = is_starting(alert) && !(decision.did & DAVY_DID_REFUSE);
    const std::string before = starts ? " before its first instruction" : "";
    auto add = [&](const std::string& part) { out += (out.empty() ? "" : ", ") + part; };
    if (decision.did & DAVY_DID_REFUSE)
        add(refusal(alert, detail));
    if (decision.did & DAVY_DID_DROP)
        add("packet dropped");
    if (decision.did & DAVY_DID_KILL_CURRENT)
        add(name_of(alert.current) + " killed by the kernel" + before);
    if (decision.did & DAVY_DID_KILL_PEER)
        add("the other end killed by the kernel");
    if (decision.did & DAVY_DID_STOP_CURRENT)
        add(name_of(alert.current) + " stopped by the kernel" + before);
    if (decision.did & DAVY_DID_STOP_PEER)
        add("the other end stopped by the kernel");
    if (decision.did & DAVY_DID_FAIL)
        add("a kernel helper refused to act");
    auto names_of = [&](const std::vector<davy_process_id>& ids) {
        std::string names;
        for (const davy_process_id& id : ids)
            names += (names.empty() ? "" : ", ") + name_of(id);
        return names;
    };
    if (!alert.to_kill.empty())
        add("left to userspace to kill: " + names_of(alert.to_kill));
    if (!alert.left_alive.empty())
        add("left alive, since another user's: " + names_of(alert.left_alive));
    return out.empty() ? "nothing could be done" : out;
}

std::string alert_action(const Alert& alert) { return action_text(alert, ActionDetail::whole); }

} // namespace davylamp
