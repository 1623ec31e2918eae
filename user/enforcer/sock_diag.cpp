// SPDX-License-Identifier: Apache-2.0
#include "enforcer/sock_diag.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "base/process.h"

namespace davylamp {

namespace {

struct Request {
    nlmsghdr header;
    inet_diag_req_v2 body;
};

// A filter behind a request for a list: one condition, the cgroup's id (net/ipv4/inet_diag.c, since
// 5.9).
struct CgroupRequest {
    nlmsghdr header;
    inet_diag_req_v2 body;
    nlattr attribute;
    inet_diag_bc_op condition;
    std::uint32_t cgroup[2]; // a u64, at an offset of 4
};

constexpr std::uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool is_mapped(const std::uint8_t (&address)[16])
{
    return std::memcmp(address, kMapped, sizeof kMapped) == 0;
}

// About TCP sockets of the family, in whatever state.
template <class T> T request_of(std::uint8_t family, std::uint16_t type, std::uint16_t flags)
{
    T request{};
    request.header.nlmsg_len = sizeof request;
    request.header.nlmsg_type = type;
    request.header.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
    request.body.sdiag_family = family;
    request.body.sdiag_protocol = IPPROTO_TCP;
    request.body.idiag_states = ~0u;
    return request;
}

Request request_for(const davy_flow& flow, std::uint8_t family, std::uint16_t type,
                    std::uint16_t flags)
{
    Request request = request_of<Request>(family, type, flags);
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

// The errno that an answer is, or -1 where it is something else.
int error_of(const nlmsghdr& header)
{
    if (header.nlmsg_type != NLMSG_ERROR || header.nlmsg_len < NLMSG_LENGTH(sizeof(int)))
        return -1;
    int error = 0;
    std::memcpy(&error, NLMSG_DATA(&header), sizeof error);
    return -error;
}

template <class T> std::optional<T> body_of(const nlmsghdr& header)
{
    if (header.nlmsg_len < NLMSG_LENGTH(sizeof(T)))
        return std::nullopt;
    T body;
    std::memcpy(&body, NLMSG_DATA(&header), sizeof body);
    return body;
}

// Sends the request and gives each message of the answer to `each`, which says whether to go on.
// Returns 0, or the errno of a call that failed.
template <class T>
int ask(int netlink, const T& request, const std::function<bool(const nlmsghdr&)>& each)
{
    if (::send(netlink, &request, sizeof request, 0) < 0)
        return errno;
    alignas(nlmsghdr) char buffer[32768];
    for (;;) {
        ssize_t size = ::recv(netlink, buffer, sizeof buffer, 0);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return errno;
        auto left = static_cast<unsigned>(size);
        for (auto* at = reinterpret_cast<nlmsghdr*>(buffer); NLMSG_OK(at, left);
             at = NLMSG_NEXT(at, left)) {
            if (at->nlmsg_type == NLMSG_DONE || !each(*at))
                return 0;
        }
    }
}

// A mapped IPv4 flow may belong to an AF_INET6 socket; the kernel looks it up as it is hashed.
int by_family(const davy_flow& flow, const std::function<int(std::uint8_t family)>& ask_for)
{
    if (flow.family != 4 && !is_mapped(flow.remote))
        return ask_for(AF_INET6);
    int error = ask_for(AF_INET);
    return error == ENOENT ? ask_for(AF_INET6) : error;
}

// No process holds the socket, and it sends its bytes again in vain.
bool is_stuck_orphan(const inet_diag_msg& socket)
{
    return socket.idiag_inode == 0 && socket.idiag_wqueue > 0 && socket.idiag_retrans > 0;
}

// 0, or the errno with which a request failed or was answered.
int acknowledged(int netlink, const Request& request)
{
    int result = EBADMSG;
    int error = ask(netlink, request, [&](const nlmsghdr& header) {
        result = error_of(header);
        return false;
    });
    return error ? error : result;
}

int destroy_found(int netlink, const inet_diag_msg& socket)
{
    Request request = request_of<Request>(socket.idiag_family, SOCK_DESTROY, NLM_F_ACK);
    request.body.id = socket.id;
    return acknowledged(netlink, request);
}

} // namespace

UniqueFd network_of(const davy_process_id& process, const std::string& proc)
{
    auto pid = static_cast<pid_t>(process.tgid);
    if (pid <= 0)
        return UniqueFd();
    std::string path = proc + "/" + std::to_string(pid) + "/ns/net";
    UniqueFd network(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    // Asked after the open: who has that pid now had it then.
    if (start_ticks(pid, proc) != ticks_of(process.start_ns))
        return UniqueFd();
    return network;
}

int SockDiag::there(const std::function<int(int netlink)>& work) const
{
    auto here = [&] {
        UniqueFd netlink(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
        return netlink ? work(netlink.get()) : errno;
    };
    struct stat own {
    }, other{};
    if (network_ < 0 || (::stat("/proc/self/ns/net", &own) == 0 && ::fstat(network_, &other) == 0 &&
                         own.st_ino == other.st_ino))
        return here();
    int error = 0;
    std::thread([&] { error = ::setns(network_, CLONE_NEWNET) == 0 ? here() : errno; }).join();
    return error;
}

std::optional<std::uint32_t> SockDiag::inode(const davy_flow& flow) const
{
    std::optional<std::uint32_t> found;
    there([&](int netlink) {
        return by_family(flow, [&](std::uint8_t family) {
            int result = EBADMSG;
            int error =
                ask(netlink, request_for(flow, family, SOCK_DIAG_BY_FAMILY, 0),
                    [&](const nlmsghdr& header) {
                        result = error_of(header);
                        if (auto socket = body_of<inet_diag_msg>(header); result < 0 && socket) {
                            found = socket->idiag_inode;
                            result = 0;
                        }
                        return false;
                    });
            return error ? error : result;
        });
    });
    return found;
}

int SockDiag::destroy(const davy_flow& flow) const
{
    return there([&](int netlink) {
        return by_family(flow, [&](std::uint8_t family) {
            return acknowledged(netlink, request_for(flow, family, SOCK_DESTROY, NLM_F_ACK));
        });
    });
}

int SockDiag::destroy_orphans(std::uint64_t cgroup) const
{
    int destroyed = 0;
    there([&](int netlink) {
        std::vector<inet_diag_msg> orphans;
        for (std::uint8_t family : {AF_INET, AF_INET6}) {
            auto request = request_of<CgroupRequest>(family, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP);
            request.attribute.nla_type = INET_DIAG_REQ_BYTECODE;
            request.attribute.nla_len = sizeof request - offsetof(CgroupRequest, attribute);
            const std::uint8_t size = sizeof request.condition + sizeof request.cgroup;
            request.condition = {INET_DIAG_BC_CGROUP_COND, size,
                                 static_cast<std::uint16_t>(size + 4)};
            std::memcpy(request.cgroup, &cgroup, sizeof request.cgroup);
            ask(netlink, request, [&](const nlmsghdr& header) {
                auto socket = body_of<inet_diag_msg>(header);
                if (error_of(header) >= 0)
                    return false;
                if (socket && is_stuck_orphan(*socket))
                    orphans.push_back(*socket);
                return true;
            });
        }
        for (const inet_diag_msg& orphan : orphans)
            destroyed += destroy_found(netlink, orphan) == 0;
        return 0;
    });
    return destroyed;
}

} // namespace davylamp
