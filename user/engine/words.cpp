// SPDX-License-Identifier: Apache-2.0
#include "engine/words.h"

#include "engine/lineage.h"
#include "wire/event_json.h"
#include "wire/names.h"

namespace davylamp {

std::string label(const ProcessInfo& process)
{
    if (process.id.tgid == 0)
        return "an unknown process";
    std::string pid = std::to_string(process.id.tgid);
    const std::string& name = process.comm.empty() ? process.image_name : process.comm;
    return name.empty() ? "process " + pid : name + " (" + pid + ")";
}

std::string remote_text(const davy_flow& flow)
{
    if (flow.family == 0)
        return "the network";
    std::string address = address_text(flow.remote);
    if (address.find(':') != std::string::npos)
        address = "[" + address + "]";
    return address + ":" + std::to_string(flow.remote_port);
}

std::string operation(const Alert& alert, bool at_connect)
{
    switch (alert.decision.rule) {
    case DAVY_RULE_CHAIN_PIPE:
    case DAVY_RULE_CHAIN_SOCKET: return at_connect ? "connect" : "exec";
    case DAVY_RULE_CHAIN_FILE:
    case DAVY_RULE_CHAIN_TEXT:
    case DAVY_RULE_CHAIN_ONE_LINER: return "code";
    case DAVY_RULE_IMAGE_FILELESS:
    case DAVY_RULE_IMAGE_STARTING:
    case DAVY_RULE_IMAGE_DENIED: return "exec";
    case DAVY_RULE_IMAGE_FOUND: return "process";
    case DAVY_RULE_IMAGE_REMOVED: return "removal";
    case DAVY_RULE_STRATUM_PAYLOAD:
    case DAVY_RULE_STRATUM_POOL:
    case DAVY_RULE_STRATUM_NAME: return at_connect ? "connect" : "packet";
    case DAVY_RULE_STRATUM_QUESTION: return "packet";
    default: return "connect";
    }
}

std::string action_text(const Alert& alert, const davy_process_id& current, bool at_connect)
{
    const davy_decision& decision = alert.decision;
    std::string what = operation(alert, at_connect);
    if (alert.verdict < DAVY_DENY) {
        if (decision.rule == DAVY_RULE_IMAGE_FOUND)
            return alert.would_block ? "process would have been killed"
                                     : "reported only: what ran before us is never touched";
        if (decision.rule == DAVY_RULE_STRATUM_QUESTION)
            return "reported only: a question takes nothing";
        if (!alert.would_block)
            return "reported only: a match in mid-stream takes nothing";
        // What the host could have done depends on its backend (docs/events.md).
        if (what == "exec")
            return "exec would have been refused, or killed before its first instruction";
        if (what == "code")
            return "its process would have been killed before it ran any of it";
        if (what == "removal")
            return "removal would have been refused, or the process killed";
        return what + (what == "packet" ? " would have been dropped" : " would have been refused");
    }

    auto name_of = [&](const davy_process_id& id) {
        for (const AlertParty& party : alert.parties) {
            if (same_process(party.process.id, id))
                return label(party.process);
        }
        return "process " + std::to_string(id.tgid);
    };
    std::string out;
    // Of what was refused, no instruction could run; who asked for it has run many.
    bool starts = what == "exec" && !(decision.did & DAVY_DID_REFUSE);
    auto add = [&](const std::string& part) { out += (out.empty() ? "" : ", ") + part; };
    if (decision.did & DAVY_DID_REFUSE)
        add(what + " refused (EPERM" +
            (decision.backend != DAVY_BACKEND_PORTABLE
                 ? ", by " + std::string(backend_name(decision.backend))
                 : "") +
            ")");
    if (decision.did & DAVY_DID_DROP)
        add("packet dropped");
    if (decision.did & DAVY_DID_KILL_CURRENT)
        add(name_of(current) + " killed by the kernel" +
            (starts ? " before its first instruction" : ""));
    if (decision.did & DAVY_DID_KILL_PEER)
        add("the other end killed by the kernel");
    if (decision.did & DAVY_DID_STOP_CURRENT)
        add(name_of(current) + " stopped by the kernel" +
            (starts ? " before its first instruction" : ""));
    if (decision.did & DAVY_DID_STOP_PEER)
        add("the other end stopped by the kernel");
    if (decision.did & DAVY_DID_FAIL)
        add("a kernel helper refused to act");
    if (!alert.to_kill.empty()) {
        std::string whom;
        for (const davy_process_id& id : alert.to_kill)
            whom += (whom.empty() ? "" : ", ") + name_of(id);
        add("left to userspace to kill: " + whom);
    }
    return out.empty() ? "nothing could be done" : out;
}

} // namespace davylamp
