// SPDX-License-Identifier: Apache-2.0
#include "monitor/socket_owners.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstring>

#include "base/files.h"
#include "base/process.h"

namespace davylamp {

namespace {

// What a record may lack at its end is zero here.
davy_event_stratum copied(std::span<const std::byte> record)
{
    davy_event_stratum event{};
    std::memcpy(&event, record.data(), std::min(record.size(), sizeof event));
    return event;
}

bool is_it(const SocketHolder& holder, const davy_process_id& id)
{
    return id.tgid == holder.pid && ticks_of(id.start_ns) == holder.start_ticks;
}

// As near as /proc comes.
davy_process by_proc(const SocketHolder& holder, const std::string& proc)
{
    davy_process process{};
    process.id = {tick_start_ns(holder.start_ticks), holder.pid, 0};
    const std::string folder = proc + "/" + std::to_string(holder.pid);
    if (auto comm = read_file(folder + "/comm"))
        comm->substr(0, comm->find('\n')).copy(process.comm, sizeof process.comm - 1);
    struct stat owner {};
    if (::stat(folder.c_str(), &owner) == 0)
        process.uid = owner.st_uid;
    return process;
}

} // namespace

bool lacks_owner(std::span<const std::byte> record)
{
    const davy_event_stratum event = copied(record);
    return event.header.kind == DAVY_EVENT_STRATUM && event.owner.tgid == 0;
}

std::vector<davy_process> Owners::exact(const std::vector<SocketHolder>& holders)
{
    std::vector<davy_process> found(holders.size());
    if (holders.empty())
        return found;
    // A sweep that fails names nobody, and what /proc says is left.
    (void)source_.sweep(false, [&](const std::byte* data, std::size_t) {
        davy_event_process event;
        std::memcpy(&event, data, sizeof event);
        for (std::size_t i = 0; i < holders.size(); i++) {
            if (is_it(holders[i], event.process.id))
                found[i] = event.process;
        }
    });
    for (std::size_t i = 0; i < holders.size(); i++) {
        if (found[i].id.tgid == 0)
            found[i] = by_proc(holders[i], proc_);
    }
    return found;
}

std::vector<davy_process> Owners::holding(const davy_flow& flow, int network)
{
    auto inode = sockets_.inode(flow, network);
    return inode && *inode != 0 ? exact(sockets_.holders(*inode)) : std::vector<davy_process>();
}

void Owners::name(std::span<std::byte> record)
{
    if (!lacks_owner(record))
        return;
    davy_event_stratum event = copied(record);
    std::vector<davy_process> holders = holding(event.flow, -1);
    if (holders.size() != 1)
        return;
    event.owner = holders[0].id;
    event.header.tgid = event.owner.tgid;
    event.owner_uid = holders[0].uid;
    std::memcpy(event.owner_comm, holders[0].comm, sizeof event.owner_comm);
    std::memcpy(record.data(), &event, std::min(record.size(), sizeof event));
}

} // namespace davylamp
