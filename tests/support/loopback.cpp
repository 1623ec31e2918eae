// SPDX-License-Identifier: Apache-2.0
#include "support/loopback.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <set>
#include <utility>
#include <vector>

namespace davylamp::test {

namespace {

UniqueFd listen_at(const sockaddr* address, socklen_t size)
{
    UniqueFd fd(::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    int one = 1;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (::bind(fd.get(), address, size) != 0 || ::listen(fd.get(), 1024) != 0)
        return {};
    return fd;
}

std::set<std::uint16_t>& given()
{
    static std::set<std::uint16_t> ports;
    return ports;
}

} // namespace

UniqueFd listen_v4(std::uint16_t port, const std::string& host)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    ::inet_pton(AF_INET, host.c_str(), &address.sin_addr);
    // Those that a pool had are held until another is found: the kernel may offer one again.
    std::vector<UniqueFd> pools;
    for (;;) {
        UniqueFd fd = listen_at(reinterpret_cast<sockaddr*>(&address), sizeof address);
        if (port != 0 || !fd || !given().contains(port_of(fd)))
            return fd;
        pools.push_back(std::move(fd));
    }
}

UniqueFd listen_v6(std::uint16_t port)
{
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(port);
    address.sin6_addr = in6addr_loopback;
    return listen_at(reinterpret_cast<sockaddr*>(&address), sizeof address);
}

std::uint16_t port_of(const UniqueFd& listener)
{
    sockaddr_in6 address{}; // sin_port and sin6_port lie at the same offset
    socklen_t size = sizeof address;
    ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin6_port);
}

bool is_given_first(std::uint16_t port) { return given().insert(port).second; }

std::string given_ports()
{
    std::string words;
    for (std::uint16_t port : given())
        words += std::to_string(port) + " ";
    return words;
}

} // namespace davylamp::test
