// SPDX-License-Identifier: Apache-2.0
#include "support/fake_pool.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <stdexcept>

#include "support/loopback.h"

namespace davylamp::test {

FakePool::FakePool(std::uint16_t port, std::string greeting, const std::string& host)
    : stop_(::eventfd(0, EFD_CLOEXEC)), greeting_(std::move(greeting))
{
    for (int tries = 0; tries < 100 && !v6_; tries++) {
        v4_ = listen_v4(tries == 0 ? port : 0, host);
        if (v4_ && (port_of(v4_) == port || is_given_first(port_of(v4_))))
            v6_ = listen_v6(port_of(v4_));
    }
    if (!v6_)
        throw std::runtime_error("no port is free on " + host + " and [::1]");
    port_ = port_of(v4_);
    thread_ = std::thread([this] { run(); });
}

FakePool::~FakePool()
{
    ::eventfd_write(stop_.get(), 1);
    thread_.join();
}

std::vector<FakePool::Connection> FakePool::connections() const
{
    std::lock_guard lock(mutex_);
    return connections_;
}

std::string FakePool::bytes() const
{
    std::string all;
    for (const Connection& connection : connections())
        all += connection.bytes;
    return all;
}

bool FakePool::all_ended() const
{
    for (const Connection& connection : connections()) {
        if (!connection.ended)
            return false;
    }
    return true;
}

void FakePool::run()
{
    std::vector<std::pair<UniqueFd, std::size_t>> open; // with its index in connections_
    for (;;) {
        std::vector<pollfd> entries{
            {stop_.get(), POLLIN, 0}, {v4_.get(), POLLIN, 0}, {v6_.get(), POLLIN, 0}};
        for (const auto& [fd, place] : open)
            entries.push_back({fd.get(), POLLIN, 0});
        ::poll(entries.data(), entries.size(), -1);
        if (entries[0].revents)
            return;
        for (std::size_t i = open.size(); i-- > 0;) {
            if (!entries[i + 3].revents)
                continue;
            char buffer[4096];
            ssize_t size = ::recv(open[i].first.get(), buffer, sizeof buffer, MSG_DONTWAIT);
            std::string bytes(buffer, size > 0 ? static_cast<std::size_t>(size) : 0);
            {
                std::lock_guard lock(mutex_);
                connections_[open[i].second].bytes += bytes;
                connections_[open[i].second].ended = size <= 0;
            }
            const std::string answer = "{\"id\":1,\"result\":true,\"error\":null}\n";
            if (bytes.find('\n') != std::string::npos)
                ::send(open[i].first.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
            if (size <= 0)
                open.erase(open.begin() + static_cast<std::ptrdiff_t>(i));
        }
        for (int which : {1, 2}) {
            if (!entries[static_cast<std::size_t>(which)].revents)
                continue;
            UniqueFd fd(
                ::accept4(which == 1 ? v4_.get() : v6_.get(), nullptr, nullptr, SOCK_CLOEXEC));
            if (!fd)
                continue;
            std::lock_guard lock(mutex_);
            connections_.emplace_back();
            if (!greeting_.empty())
                ::send(fd.get(), greeting_.data(), greeting_.size(), MSG_NOSIGNAL);
            open.emplace_back(std::move(fd), connections_.size() - 1);
        }
    }
}

} // namespace davylamp::test
