// SPDX-License-Identifier: Apache-2.0
#include "support/dns_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

namespace davylamp::test {

namespace {

// The question's name with dots, and where it ends; empty where the packet is cut.
std::string question(const std::string& packet, std::size_t& end)
{
    std::string name;
    for (end = 12; end < packet.size() && packet[end] != 0;) {
        auto size = static_cast<unsigned char>(packet[end]);
        name += (name.empty() ? "" : ".") + packet.substr(end + 1, size);
        end += size + 1;
    }
    end += 5; // the root's zero, type and class
    return end <= packet.size() ? name : std::string();
}

} // namespace

DnsServer::DnsServer(const std::string& address, std::map<std::string, std::string> names)
    : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)), stop_(::eventfd(0, EFD_CLOEXEC)),
      names_(std::move(names))
{
    sockaddr_in own{};
    own.sin_family = AF_INET;
    own.sin_port = htons(53);
    ::inet_pton(AF_INET, address.c_str(), &own.sin_addr);
    if (::bind(socket_.get(), reinterpret_cast<sockaddr*>(&own), sizeof own) != 0)
        throw std::runtime_error("port 53 of " + address + " cannot be had");
    thread_ = std::thread([this] { run(); });
}

DnsServer::~DnsServer()
{
    std::uint64_t one = 1;
    (void)!::write(stop_.get(), &one, sizeof one);
    thread_.join();
}

void DnsServer::run()
{
    for (;;) {
        pollfd entries[] = {{socket_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
        ::poll(entries, 2, -1);
        if (entries[1].revents)
            return;
        char buffer[512];
        sockaddr_in from{};
        socklen_t size = sizeof from;
        ssize_t got = ::recvfrom(socket_.get(), buffer, sizeof buffer, 0,
                                 reinterpret_cast<sockaddr*>(&from), &size);
        if (got < 12)
            continue;
        std::string packet(buffer, static_cast<std::size_t>(got));
        std::size_t end = 0;
        auto known = names_.find(question(packet, end));
        std::string answer = packet.substr(0, end);
        answer[2] = static_cast<char>(0x81); // an answer, recursion asked for
        answer[3] = static_cast<char>(known == names_.end() ? 0x83 : 0x80);
        answer[7] = known == names_.end() ? 0 : 1;
        answer[11] = 0; // no EDNS record back
        if (known != names_.end()) {
            in_addr address{};
            ::inet_pton(AF_INET, known->second.c_str(), &address);
            answer += std::string("\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4", 12);
            answer.append(reinterpret_cast<const char*>(&address), 4);
        }
        ::sendto(socket_.get(), answer.data(), answer.size(), 0, reinterpret_cast<sockaddr*>(&from),
                 size);
    }
}

} // namespace davylamp::test
