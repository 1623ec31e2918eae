// SPDX-License-Identifier: Apache-2.0
// The kernel's list of TCP sockets, by netlink (sock_diag(7)): one is found or destroyed by its
// addresses and its cookie, so that a reused pair of ports is not hit.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/unique_fd.h"
#include "davylamp/abi/records.h"

namespace davylamp {

// A process's network namespace, kept while the process may end. Empty where there is none.
UniqueFd network_of(const davy_process_id& process, const std::string& proc = "/proc");

class SockDiag {
public:
    // `network`: a namespace's descriptor, or -1 for the caller's own.
    explicit SockDiag(int network = -1) : network_(network) {}

    // The socket's inode, as /proc/PID/fd names it; 0 where nobody holds it. nullopt: no such
    // socket.
    std::optional<std::uint32_t> inode(const davy_flow& flow) const;
    // 0, or an errno: ENOENT where there is no such socket, EOPNOTSUPP where the kernel was built
    // without CONFIG_INET_DIAG_DESTROY.
    int destroy(const davy_flow& flow) const;
    // Sockets of a cgroup that no process holds, and that still try to send: destroyed. Returns how
    // many.
    int destroy_orphans(std::uint64_t cgroup) const;

private:
    // The calling thread's namespace is left alone: another thread goes there.
    int there(const std::function<int(int netlink)>& work) const;

    int network_;
};

} // namespace davylamp
