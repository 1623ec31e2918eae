// SPDX-License-Identifier: Apache-2.0
// A loopback web server in a thread: serves what it was given, remembers what was asked for.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.h"

namespace davylamp::test {

class HttpServer {
public:
    // Port 0: one that the kernel picks.
    explicit HttpServer(std::string address = "127.0.0.1", std::uint16_t port = 0);
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    void serve(const std::string& path, const std::string& body);
    // Makes this file when a path has been served for the first time.
    void announce(const std::string& file);
    std::vector<std::string> requests() const; // paths, in order
    std::string host() const;                  // address:port
    std::string url(const std::string& path) const { return "http://" + host() + path; }
    std::uint16_t port() const { return port_; }

private:
    void run();
    void answer(int connection);

    std::string address_;
    UniqueFd listener_, stop_;
    std::uint16_t port_;
    mutable std::mutex mutex_;
    std::map<std::string, std::string> bodies_;
    std::vector<std::string> requests_;
    std::string announce_;
    std::thread thread_;
};

} // namespace davylamp::test
