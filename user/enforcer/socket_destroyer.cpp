// SPDX-License-Identifier: Apache-2.0
#include "enforcer/socket_destroyer.h"

#include <cerrno>

#include "enforcer/sock_diag.h"

namespace davylamp {

Outcome destroy_socket(const davy_flow& flow, int network)
{
    int error = SockDiag(network).destroy(flow);
    if (error == 0)
        return {DAVY_OUTCOME_SOCKET_DESTROYED, 0};
    return error == ENOENT ? Outcome{DAVY_OUTCOME_GONE, 0} : Outcome{DAVY_OUTCOME_FAILED, error};
}

} // namespace davylamp
