// SPDX-License-Identifier: Apache-2.0
// programs/pool.py as a subprocess: a pool for every dialect in every wrapping, on 127.0.0.1 and
// [::1], with as many ports as a test has clients.
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "support/subprocess.h"
#include "support/temp_folder.h"

namespace davylamp::test {

class MinerPool {
public:
    struct Connection {
        std::string raw, text; // bytes as they came, and unwrapped
        nlohmann::json end;    // wraps, asked, shares, sni, alpn, error; null while it lasts
    };

    struct Options {
        bool tls = false;         // for a client that begins with it
        bool own_network = false; // in its own network namespace, at every address
    };

    // `programs` holds pool.py.
    MinerPool(const std::string& programs, std::size_t ports, Options options);
    MinerPool(const std::string& programs, std::size_t ports)
        : MinerPool(programs, ports, Options{})
    {
    }

    std::uint16_t port(std::size_t index) const { return ports_.at(index); }
    const std::vector<std::uint16_t>& ports() const { return ports_; }
    // In the order of their clients' ports.
    std::vector<Connection> connections(std::uint16_t port) const;
    bool all_ended(std::uint16_t port) const;
    // The words that run a command in its network namespace; put before it.
    std::vector<std::string> enter_network() const;
    void push_job(std::uint16_t port) const; // once, to the client connected there

private:
    TempFolder folder_;
    std::unique_ptr<Subprocess> process_;
    std::vector<std::uint16_t> ports_;
};

} // namespace davylamp::test
