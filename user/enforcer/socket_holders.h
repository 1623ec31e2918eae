// SPDX-License-Identifier: Apache-2.0
// Which processes hold a socket: connect was one thing, and who has it now may be another (fork,
// SCM_RIGHTS, a sensor that came late).
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"

namespace davylamp {

// A process as /proc knows it. No davy_process_id: the kernel's records have the start time in
// nanoseconds, and what is made of a tick would be another process to whoever compares them.
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
