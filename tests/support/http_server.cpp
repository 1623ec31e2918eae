// SPDX-License-Identifier: Apache-2.0
#include "support/http_server.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <fstream>

#include "support/loopback.h"

namespace davylamp::test {

HttpServer::HttpServer(std::string address, std::uint16_t port)
    : address_(std::move(address)), listener_(listen_v4(port, address_)),
      stop_(::eventfd(0, EFD_CLOEXEC)), port_(port_of(listener_)), thread_([this] { run(); })
{
}

HttpServer::~HttpServer()
{
    ::eventfd_write(stop_.get(), 1);
    thread_.join();
}

void HttpServer::serve(const std::string& path, const std::string& body)
{
    std::lock_guard lock(mutex_);
    bodies_[path] = body;
}

void HttpServer::announce(const std::string& file)
{
    std::lock_guard lock(mutex_);
    announce_ = file;
}

std::vector<std::string> HttpServer::requests() const
{
    std::lock_guard lock(mutex_);
    return requests_;
}

std::string HttpServer::host() const { return address_ + ":" + std::to_string(port_); }

// One request after the other: the clients of these tests take turns. A client that connects and
// says nothing (a probe) does not delay the others.
void HttpServer::run()
{
    std::vector<UniqueFd> open;
    for (;;) {
        std::vector<pollfd> entries{{stop_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
        for (const UniqueFd& fd : open)
            entries.push_back({fd.get(), POLLIN, 0});
        ::poll(entries.data(), entries.size(), -1);
        if (entries[0].revents)
            return;
        for (std::size_t i = open.size(); i-- > 0;) {
            if (entries[i + 2].revents) {
                answer(open[i].get());
                open.erase(open.begin() + static_cast<std::ptrdiff_t>(i));
            }
        }
        if (entries[1].revents)
            open.emplace_back(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    }
}

void HttpServer::answer(int connection)
{
    std::string request;
    char buffer[4096];
    timeval patience{5, 0};
    ::setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    while (request.find("\r\n\r\n") == std::string::npos) {
        ssize_t size = ::recv(connection, buffer, sizeof buffer, 0);
        if (size <= 0)
            return;
        request.append(buffer, static_cast<std::size_t>(size));
    }
    std::size_t from = request.find(' ') + 1;
    std::string path = request.substr(from, request.find(' ', from) - from);
    std::string head = "HTTP/1.0 404 Not Found\r\n", body;
    {
        std::lock_guard lock(mutex_);
        requests_.push_back(path);
        if (auto found = bodies_.find(path); found != bodies_.end()) {
            head = "HTTP/1.0 200 OK\r\n";
            body = found->second;
        }
    }
    std::string reply = head + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    ::send(connection, reply.data(), reply.size(), MSG_NOSIGNAL);
    std::lock_guard lock(mutex_);
    if (!announce_.empty())
        std::ofstream{announce_};
}

} // namespace davylamp::test
