// SPDX-License-Identifier: Apache-2.0
// Which processes hold a socket. That need not be who connected it (fork, SCM_RIGHTS), and a sensor
// that came late did not see the connect.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"

namespace davylamp {

// A process as /proc knows it. No davy_process_id: that has the kernel's start time in nanoseconds,
// and one made of clock ticks would compare as another process.
struct SocketHolder {
    std::uint64_t start_ticks = 0; // of /proc/PID/stat
    std::uint32_t pid = 0;
    auto operator<=>(const SocketHolder&) const = default;
};

// By the socket's inode, in the descriptors of every process in `proc`; the oldest first. Looks no
// longer than two seconds, and then says what it has found. It follows no link, so no filesystem
// can keep it waiting.
std::vector<SocketHolder> socket_holders(std::uint32_t inode, const std::string& proc = "/proc",
                                         const Clock& clock = clock_ns);

} // namespace davylamp
