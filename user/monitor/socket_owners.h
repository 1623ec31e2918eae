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

    // A Stratum record of a flow that is older than the sensor has no owner: it gets the process
    // that holds the socket now, since the responder's first question is who. If several hold it,
    // it gets none.
    void name(std::span<std::byte> record);

private:
    std::vector<davy_process> exact(const std::vector<SocketHolder>& holders);

    Sockets& sockets_;
    Source& source_;
    std::string proc_;
};

// Whether name() has something to do.
bool lacks_owner(std::span<const std::byte> record);

} // namespace davylamp
