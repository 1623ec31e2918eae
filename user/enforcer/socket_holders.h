// SPDX-License-Identifier: Apache-2.0
// Which processes hold a socket: connect was one thing, and who has it now may be another (fork,
// SCM_RIGHTS, a sensor that came late).
#pragma once

#include <cstdint>
#include <vector>

#include "davylamp/abi/event.h"

namespace davylamp {

// By the socket's inode, in the descriptors of every process in /proc; the oldest first. Start
// times are exact to a clock tick. Looks no longer than two seconds, and then says what it has
// found.
std::vector<davy_process_id> socket_holders(std::uint32_t inode);

} // namespace davylamp
