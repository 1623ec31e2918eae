// SPDX-License-Identifier: Apache-2.0
// Listening sockets on loopback, on a port that the kernel picks.
#pragma once

#include <cstdint>
#include <string>

#include "base/unique_fd.h"

namespace davylamp::test {

// Port 0 lets the kernel choose. No fd where the port is taken. `host` is one of 127.0.0.0/8.
UniqueFd listen_v4(std::uint16_t port, const std::string& host = "127.0.0.1");
UniqueFd listen_v6(std::uint16_t port); // [::1]:port
std::uint16_t port_of(const UniqueFd& listener);

// Pools have each port once in the life of a process: for a minute a guard refuses connects to
// where Stratum was spoken, and the next pool may well be of another case.
bool is_given_first(std::uint16_t port); // and notes it
std::string given_ports();               // words

} // namespace davylamp::test
