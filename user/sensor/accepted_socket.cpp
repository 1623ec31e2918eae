// SPDX-License-Identifier: Apache-2.0
#include "sensor/accepted_socket.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>
#include <vector>

#include "davylamp/abi/records.h"

namespace davylamp {

namespace {

// A socket that connected has its SYN acknowledged besides its bytes (RFC 4898's counters). Bytes
// that wait for their acknowledgement are not counted; it is only asked where no hook read the flow
// and dropped some.
bool lacks_syn(const tcp_info& info)
{
    return info.tcpi_bytes_acked <= info.tcpi_bytes_sent - info.tcpi_bytes_retrans;
}

} // namespace

bool was_accepted(int socket, const bpf_map* flows)
{
    tcp_info info{};
    socklen_t size = sizeof info;
    if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
        size < offsetof(tcp_info, tcpi_bytes_retrans) + sizeof info.tcpi_bytes_retrans ||
        info.tcpi_bytes_received == 0)
        return false;
    std::vector<char> state(bpf_map__value_size(flows));
    if (bpf_map_lookup_elem(bpf_map__fd(flows), &socket, state.data()) != 0)
        return lacks_syn(info);
    davy_flow_owner owner{};
    std::memcpy(&owner, state.data(), sizeof owner);
    return owner.accepted != 0;
}

} // namespace davylamp
