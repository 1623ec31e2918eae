// SPDX-License-Identifier: Apache-2.0
#include "report/phrases.h"

#include "engine/lineage.h"
#include "wire/event_json.h"

namespace davylamp {

std::string label(const ProcessInfo& process)
{
    if (process.id.tgid == 0)
        return "an unknown process";
    std::string pid = std::to_string(process.id.tgid);
    const std::string& name = process.comm.empty() ? process.image_name : process.comm;
    return name.empty() ? "process " + pid : name + " (" + pid + ")";
}

const AlertParty* party_of(const Alert& alert, const davy_process_id& id)
{
    for (const AlertParty& party : alert.parties) {
        if (same_process(party.process.id, id))
            return &party;
    }
    return nullptr;
}

std::string label(const Alert& alert, const davy_process_id& id)
{
    if (const AlertParty* party = party_of(alert, id))
        return label(party->process);
    ProcessInfo unknown;
    unknown.id = id;
    return label(unknown);
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

std::string_view role_name(Role role)
{
    switch (role) {
    case Role::interpreter: return "interpreter";
    case Role::program: return "program";
    case Role::downloader: return "downloader";
    case Role::stage: return "stage";
    case Role::process: return "process";
    case Role::parent: return "parent";
    case Role::victim: return "victim";
    case Role::remover: return "remover";
    case Role::owner: return "owner";
    case Role::writer: return "writer";
    case Role::holder: return "holder";
    case Role::miner: return "miner";
    }
    return "process";
}

std::string_view operation_name(Operation operation)
{
    switch (operation) {
    case Operation::unknown: return "operation";
    case Operation::connect: return "connect";
    case Operation::exec: return "exec";
    case Operation::code: return "code";
    case Operation::removal: return "removal";
    case Operation::packet: return "packet";
    case Operation::process: return "process";
    }
    return "operation";
}

} // namespace davylamp
