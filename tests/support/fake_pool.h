// SPDX-License-Identifier: Apache-2.0
// A pool in a thread, on 127.0.0.1 (or `host`) and [::1] at one port. Keeps every byte it gets.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.h"

namespace davylamp::test {

class FakePool {
public:
    struct Connection {
        std::string bytes;
        bool ended = false;
    };

    // Chooses a port itself if `port` is 0 or taken. Sends `greeting` to whoever connects. Answers
    // each line with a neutral JSON-RPC result.
    explicit FakePool(std::uint16_t port = 0, std::string greeting = {},
                      const std::string& host = "127.0.0.1");
    ~FakePool();
    FakePool(const FakePool&) = delete;
    FakePool& operator=(const FakePool&) = delete;

    std::vector<Connection> connections() const;
    std::string bytes() const; // of all connections
    bool all_ended() const;
    std::uint16_t port() const { return port_; }

private:
    void run();

    UniqueFd v4_, v6_, stop_;
    std::uint16_t port_ = 0;
    std::string greeting_;
    mutable std::mutex mutex_;
    std::vector<Connection> connections_;
    std::thread thread_;
};

} // namespace davylamp::test
