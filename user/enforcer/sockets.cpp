// SPDX-License-Identifier: Apache-2.0
#include "enforcer/sockets.h"

#include <cerrno>

#include "enforcer/process_sockets.h"
#include "enforcer/sock_diag.h"

namespace davylamp {

UniqueFd KernelSockets::network_of(const davy_process_id& process)
{
    return davylamp::network_of(process, proc_);
}

std::optional<std::uint32_t> KernelSockets::inode(const davy_flow& flow, int network)
{
    return SockDiag(network).inode(flow);
}

Outcome KernelSockets::destroy(const davy_flow& flow, int network)
{
    int error = SockDiag(network).destroy(flow);
    if (error == 0)
        return {DAVY_OUTCOME_SOCKET_DESTROYED, 0};
    return error == ENOENT ? Outcome{DAVY_OUTCOME_GONE, 0} : Outcome{DAVY_OUTCOME_FAILED, error};
}

bool KernelSockets::any_of(const davy_process_id& process, const std::function<bool(int)>& wanted)
{
    return any_socket_of(process, wanted, proc_);
}

std::vector<SocketHolder> KernelSockets::holders(std::uint32_t inode)
{
    return socket_holders(inode, proc_);
}

} // namespace davylamp
