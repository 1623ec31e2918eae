// SPDX-License-Identifier: Apache-2.0
// Ends a TCP connection at once: the client sees ECONNABORTED instead of a hang, and no orphaned
// socket sends the refused bytes again once the filter is gone.
#pragma once

#include "davylamp/abi/event.h"
#include "enforcer/killer.h"

namespace davylamp {

// By netlink (SOCK_DESTROY; kernels built with CONFIG_INET_DIAG_DESTROY), in the network namespace
// `network`, or in the caller's own where it is -1.
Outcome destroy_socket(const davy_flow& flow, int network);

} // namespace davylamp
