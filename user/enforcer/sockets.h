// SPDX-License-Identifier: Apache-2.0
// What ending a connection asks of the kernel: which socket it is, who holds it, and its end.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "davylamp/abi/records.h"
#include "enforcer/killer.h"
#include "enforcer/socket_holders.h"

namespace davylamp {

// `network` is a network namespace's descriptor, or -1 for the caller's own.
class Sockets {
public:
    virtual ~Sockets() = default;

    // A process's network namespace, kept while the process may end. Empty where there is none.
    virtual UniqueFd network_of(const davy_process_id& process) = 0;
    // The socket's inode, as /proc/PID/fd names it; 0 where nobody holds it. nullopt: no such
    // socket.
    virtual std::optional<std::uint32_t> inode(const davy_flow& flow, int network) = 0;
    // Ends a TCP connection at once: the client sees ECONNABORTED instead of a hang, and no
    // orphaned socket sends the refused bytes again once the filter is gone.
    virtual Outcome destroy(const davy_flow& flow, int network) = 0;
    // Who holds it. A walk over /proc, which takes a while.
    virtual std::vector<SocketHolder> holders(std::uint32_t inode) = 0;
    // Whether `wanted` says so of one of the process's sockets, given as a descriptor.
    virtual bool any_of(const davy_process_id& process, const std::function<bool(int)>& wanted) = 0;
};

// The real one: netlink (SOCK_DESTROY; kernels built with CONFIG_INET_DIAG_DESTROY) and `proc`.
class KernelSockets : public Sockets {
public:
    explicit KernelSockets(std::string proc = "/proc") : proc_(std::move(proc)) {}
    UniqueFd network_of(const davy_process_id& process) override;
    std::optional<std::uint32_t> inode(const davy_flow& flow, int network) override;
    Outcome destroy(const davy_flow& flow, int network) override;
    std::vector<SocketHolder> holders(std::uint32_t inode) override;
    bool any_of(const davy_process_id& process, const std::function<bool(int)>& wanted) override;

private:
    std::string proc_;
};

} // namespace davylamp
