#include "enforcer/socket_destroyer.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/unique_fd.h"

namespace davylamp {

namespace {

struct Request {
    nlmsghdr header;
    inet_diag_req_v2 body;
};

constexpr std::uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool is_mapped(const std::uint8_t (&address)[16])
{
    return std::memcmp(address, kMapped, sizeof kMapped) == 0;
}

Request request_for(const davy_flow& flow, std::uint8_t family)
{
    Request request{};
    request.header.nlmsg_len = sizeof request;
    request.header.nlmsg_type = SOCK_DESTROY;
    request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
    request.body.sdiag_family = family;
    request.body.sdiag_protocol = IPPROTO_TCP;
    request.body.idiag_states = ~0u;
    request.body.id.idiag_sport = htons(flow.local_port);
    request.body.id.idiag_dport = htons(flow.remote_port);
    if (family == AF_INET) {
        std::memcpy(request.body.id.idiag_src, flow.local + 12, 4);
        std::memcpy(request.body.id.idiag_dst, flow.remote + 12, 4);
    } else {
        std::memcpy(request.body.id.idiag_src, flow.local, 16);
        std::memcpy(request.body.id.idiag_dst, flow.remote, 16);
    }
    request.body.id.idiag_cookie[0] = static_cast<std::uint32_t>(flow.cookie);
    request.body.id.idiag_cookie[1] = static_cast<std::uint32_t>(flow.cookie >> 32);
    return request;
}

// 0, or the errno that the kernel answers.
int ask(int netlink, const Request& request)
{
    if (::send(netlink, &request, sizeof request, 0) < 0)
        return errno;
    alignas(nlmsghdr) char answer[256];
    ssize_t size = ::recv(netlink, answer, sizeof answer, 0);
    if (size < 0)
        return errno;
    nlmsghdr header;
    nlmsgerr error;
    if (static_cast<std::size_t>(size) < sizeof header + sizeof error.error)
        return EBADMSG;
    std::memcpy(&header, answer, sizeof header);
    if (header.nlmsg_type != NLMSG_ERROR)
        return EBADMSG;
    std::memcpy(&error.error, answer + sizeof header, sizeof error.error);
    return -error.error;
}

} // namespace

Outcome NetlinkSocketDestroyer::destroy(const davy_flow& flow)
{
    UniqueFd netlink(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
    if (!netlink)
        return {DAVY_OUTCOME_FAILED, errno};
    // A mapped IPv4 flow may belong to an AF_INET6 socket; the kernel looks it up as it is hashed.
    std::uint8_t first = flow.family == 4 || is_mapped(flow.remote) ? AF_INET : AF_INET6;
    int error = ask(netlink.get(), request_for(flow, first));
    if (error == ENOENT && first == AF_INET)
        error = ask(netlink.get(), request_for(flow, AF_INET6));
    if (error == 0)
        return {DAVY_OUTCOME_SOCKET_DESTROYED, 0};
    return error == ENOENT ? Outcome{DAVY_OUTCOME_GONE, 0} : Outcome{DAVY_OUTCOME_FAILED, error};
}

} // namespace davylamp
