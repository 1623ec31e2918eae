// SPDX-License-Identifier: Apache-2.0
// A DNS server on a loopback address, port 53, in a thread. It knows the names it was given, and
// their addresses. Answers only A questions.
#pragma once

#include <map>
#include <string>
#include <thread>

#include "base/unique_fd.h"

namespace davylamp::test {

class DnsServer {
public:
    // `names` → IPv4 addresses. Throws if the port is taken.
    DnsServer(const std::string& address, std::map<std::string, std::string> names);
    ~DnsServer();
    DnsServer(const DnsServer&) = delete;
    DnsServer& operator=(const DnsServer&) = delete;

private:
    void run();

    UniqueFd socket_, stop_;
    std::map<std::string, std::string> names_;
    std::thread thread_;
};

} // namespace davylamp::test
