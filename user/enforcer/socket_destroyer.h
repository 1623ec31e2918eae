// Ends a TCP connection at once: the client sees ECONNABORTED instead of a hang, and no orphaned
// socket sends the refused bytes again once the filter is gone.
#pragma once

#include "davylamp/abi/event.h"
#include "enforcer/killer.h"

namespace davylamp {

class SocketDestroyer {
public:
    virtual ~SocketDestroyer() = default;
    virtual Outcome destroy(const davy_flow& flow) = 0;
};

// By netlink (SOCK_DESTROY, sock_diag(7); kernels built with CONFIG_INET_DIAG_DESTROY). The
// socket's cookie goes with the request, so that a reused pair of ports is not hit. Reaches the
// sockets of the caller's own network namespace.
class NetlinkSocketDestroyer : public SocketDestroyer {
public:
    Outcome destroy(const davy_flow& flow) override;
};

} // namespace davylamp
