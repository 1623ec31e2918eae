// SPDX-License-Identifier: Apache-2.0
// programs/pool.py as a subprocess: a pool of every dialect behind every wrapping, at as many ports
// as a test has clients, on 127.0.0.1 and [::1].
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
        bool tls = false;         // for who begins with it
        bool own_network = false; // it lies in a network namespace of its own, at every address
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
    // Words before a command that is to run in its network namespace.
    std::vector<std::string> enter_network() const;
    void push_job(std::uint16_t port) const; // to who is connected there, once

private:
    TempFolder folder_;
    std::unique_ptr<Subprocess> process_;
    std::vector<std::uint16_t> ports_;
};

} // namespace davylamp::test
