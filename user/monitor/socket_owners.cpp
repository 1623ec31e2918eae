// SPDX-License-Identifier: Apache-2.0
#include "monitor/socket_owners.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <iterator>

#include "base/files.h"
#include "base/process.h"
#include "davylamp/rules/pool.h"
#include "davylamp/rules/reach.h"
#include "engine/lineage.h"

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

bool lacks_owner(const davy_event_stratum& event)
{
    return event.owner.tgid == 0 && event.holders_count == 0;
}

// Somebody else may have written what nobody was seen to write.
bool may_be_anothers(const davy_event_stratum& event)
{
    return event.header.verdict == DAVY_KILL && event.writer.tgid == 0 && event.owner.tgid != 0 &&
           event.holds == 0 && event.holders_count == 0;
}

davy_event_pool copied_pool(std::span<const std::byte> record)
{
    davy_event_pool event{};
    std::memcpy(&event, record.data(), std::min(record.size(), sizeof event));
    return event;
}

bool may_be_anothers(const davy_event_pool& event)
{
    return event.header.kind == DAVY_EVENT_POOL && event.header.verdict == DAVY_KILL &&
           davy_pool_in_packet(&event.facts) && event.writer.tgid == 0 && event.anothers == 0;
}

void put_back(const davy_event_stratum& event, std::span<std::byte> record)
{
    std::memcpy(record.data(), &event, std::min(record.size(), sizeof event));
}

void list(davy_event_stratum& event, const std::vector<davy_process>& holders)
{
    for (const davy_process& holder : holders) {
        if (event.holders_count < std::size(event.holders))
            event.holders[event.holders_count++] = holder.id;
    }
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

bool is_incomplete(std::span<const std::byte> record)
{
    if (may_be_anothers(copied_pool(record)))
        return true;
    const davy_event_stratum event = copied(record);
    return event.header.kind == DAVY_EVENT_STRATUM &&
           (lacks_owner(event) || event.may_be_relayed || may_be_anothers(event));
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
    return inode && *inode != 0 ? holding(*inode) : std::vector<davy_process>();
}

std::vector<davy_process> Owners::holding(std::uint32_t socket)
{
    return exact(sockets_.holders(socket));
}

std::vector<davy_process> Owners::others_with(const davy_process_id& owner, std::uint32_t uid,
                                              const davy_flow& flow)
{
    std::vector<davy_process> others = holding(flow, sockets_.network_of(owner).get());
    std::erase_if(others, [&](const davy_process& holder) {
        return davy_may_hit(holder.uid, uid, uid) != 0;
    });
    return others;
}

bool Owners::passes_on(const davy_process_id& process, std::uint64_t message)
{
    return process.tgid != 0 &&
           sockets_.any_of(process, [&](int socket) { return source_.came_in(socket, message); });
}

void Owners::complete(std::span<std::byte> record)
{
    if (!is_incomplete(record))
        return;
    if (davy_event_pool pool = copied_pool(record); may_be_anothers(pool)) {
        pool.anothers = !others_with(pool.process.id, pool.process.uid, pool.flow).empty();
        std::memcpy(record.data(), &pool, std::min(record.size(), sizeof pool));
        return;
    }
    davy_event_stratum event = copied(record);
    if (may_be_anothers(event)) {
        const std::vector<davy_process> others =
            others_with(event.owner, event.owner_uid, event.flow);
        event.holds = !others.empty();
        list(event, others);
    }
    if (event.may_be_relayed) {
        event.may_be_relayed = 0;
        event.relayed =
            passes_on(event.writer, event.message) ||
            (!same_process(event.writer, event.owner) && passes_on(event.owner, event.message));
    }
    if (lacks_owner(event)) {
        std::vector<davy_process> holders = holding(event.flow, -1);
        if (holders.size() == 1) {
            event.owner = holders[0].id;
            event.holds = 1;
            event.header.tgid = event.owner.tgid;
            event.owner_uid = holders[0].uid;
            std::memcpy(event.owner_comm, holders[0].comm, sizeof event.owner_comm);
        } else {
            list(event, holders);
        }
    }
    put_back(event, record);
}

void Owners::name_holders(std::span<std::byte> record, int network)
{
    davy_event_stratum event = copied(record);
    if (event.header.kind != DAVY_EVENT_STRATUM || event.holders_count != 0)
        return;
    list(event, holding(event.flow, network));
    put_back(event, record);
}

void Owners::name_heirs(std::span<std::byte> record, const std::vector<davy_process_id>& heirs)
{
    davy_event_stratum event = copied(record);
    if (event.header.kind != DAVY_EVENT_STRATUM)
        return;
    for (const davy_process_id& heir : heirs) {
        std::uint32_t at = 0;
        while (at < event.holders_count && at < std::size(event.holders) &&
               !same_process(event.holders[at], heir))
            at++;
        if (at == std::size(event.holders))
            continue;
        event.holders[at] = heir;
        event.holders_count = static_cast<std::uint8_t>(std::max(event.holders_count + 0u, at + 1));
        event.heirs |= 1u << at;
    }
    put_back(event, record);
}

} // namespace davylamp
