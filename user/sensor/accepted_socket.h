// SPDX-License-Identifier: Apache-2.0
// Sockets on which a client may have said what nobody read.
#pragma once

struct bpf_map;

namespace davylamp {

// Whether the socket was accepted and something has come in on it. `flows`: the kernel's states of
// flows, by socket. False for anything but TCP.
bool was_accepted(int socket, const bpf_map* flows);

} // namespace davylamp
