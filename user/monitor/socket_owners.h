// SPDX-License-Identifier: Apache-2.0
// Who holds a socket, as the engine knows processes.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "davylamp/abi/records.h"
#include "enforcer/sockets.h"
#include "sensor/source.h"

namespace davylamp {

class Owners {
public:
    // All of them outlive this.
    Owners(Sockets& sockets, Source& source, std::string proc)
        : sockets_(sockets), source_(source), proc_(std::move(proc))
    {
    }

    // The oldest first, each with id, uid and comm. /proc knows start times only to a clock tick,
    // so a process found there is looked up among those of the scope, whose start the kernel tells
    // to the nanosecond: readers of records tell processes apart by it. A holder outside the scope
    // has no other record; its id has the tick's beginning.
    std::vector<davy_process> holding(const davy_flow& flow, int network);
    // The same by the socket's inode, which it keeps when its connection has been ended.
    std::vector<davy_process> holding(std::uint32_t socket);

    // What the record of a flow lacks. Once it has it, nothing is looked for again.
    // - The record of a flow that is older than the sensor has no owner, unless the writer was
    //   seen. It gets the process that alone holds the socket now, since the responder's first
    //   question is who. If several hold it, they are listed. To hold a socket convicts nobody.
    // - Where nobody was seen to write what would have the owner ended: whether another user's
    //   process has the socket, who could not end him. Then he is not known to have written.
    // - Where Stratum came in lately: whether this message did, on a connection that its writer or
    //   the owner accepted.
    void complete(std::span<std::byte> record);
    // Who connected has ended: lists who holds the socket.
    void name_holders(std::span<std::byte> record, int network);
    // Lists who was forked from the owner or the writer and is ended like them, as far as there is
    // room.
    static void name_heirs(std::span<std::byte> record, const std::vector<davy_process_id>& heirs);

private:
    // Whose processes have the socket and may not end `owner`.
    std::vector<davy_process> others_with(const davy_process_id& owner, std::uint32_t uid,
                                          const davy_flow& flow);
    bool passes_on(const davy_process_id& process, std::uint64_t message);

    std::vector<davy_process> exact(const std::vector<SocketHolder>& holders);

    Sockets& sockets_;
    Source& source_;
    std::string proc_;
};

// Whether complete() has something to do.
bool is_incomplete(std::span<const std::byte> record);

} // namespace davylamp
