// SPDX-License-Identifier: Apache-2.0
// Listening sockets on loopback, on a port that the kernel picks.
#pragma once

#include <cstdint>
#include <string>

#include "base/unique_fd.h"

namespace davylamp::test {

// Port 0 lets the kernel choose, among those that no pool of this process had (see is_given_first).
// No fd if the port is taken. `host` is one of 127.0.0.0/8.
UniqueFd listen_v4(std::uint16_t port, const std::string& host = "127.0.0.1");
UniqueFd listen_v6(std::uint16_t port); // [::1]:port
std::uint16_t port_of(const UniqueFd& listener);

// A process gives each port to one pool only: a guard refuses connects for a minute to a port where
// Stratum was spoken, and the next pool may belong to another case.
bool is_given_first(std::uint16_t port); // and notes the port
std::string given_ports();               // words

} // namespace davylamp::test
