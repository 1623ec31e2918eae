// SPDX-License-Identifier: Apache-2.0
// The sockets of another process, as descriptors of our own.
#pragma once

#include <functional>
#include <string>

#include "base/clock.h"
#include "davylamp/abi/process_record.h"

namespace davylamp {

// Whether `wanted` says so of one of the process's sockets, which it gets as a descriptor for the
// time of the call (pidfd_getfd, Linux 5.6). False where the process has ended, or its descriptors
// may not be had. Looks no longer than two seconds.
bool any_socket_of(const davy_process_id& process, const std::function<bool(int)>& wanted,
                   const std::string& proc = "/proc", const Clock& clock = clock_ns);

} // namespace davylamp
