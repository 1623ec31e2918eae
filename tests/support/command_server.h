// SPDX-License-Identifier: Apache-2.0
// A server that sends commands to whoever connects: the other end of a reverse shell.
#pragma once

#include <cstdint>
#include <string>
#include <thread>

#include "base/unique_fd.h"

namespace davylamp::test {

class CommandServer {
public:
    explicit CommandServer(std::string commands);
    ~CommandServer();
    CommandServer(const CommandServer&) = delete;
    CommandServer& operator=(const CommandServer&) = delete;

    std::uint16_t port() const { return port_; } // on 127.0.0.1

private:
    void run();

    std::string commands_;
    UniqueFd listener_, stop_;
    std::uint16_t port_;
    std::thread thread_;
};

// A port of 127.0.0.1 on which nobody listens now.
std::uint16_t free_port();

} // namespace davylamp::test
