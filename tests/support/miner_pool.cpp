// SPDX-License-Identifier: Apache-2.0
#include "support/miner_pool.h"

#include <filesystem>
#include <set>
#include <sstream>
#include <stdexcept>

#include "support/loopback.h"

namespace davylamp::test {

MinerPool::MinerPool(const std::string& programs, std::size_t ports, Options options)
{
    std::vector<std::string> argv;
    if (options.own_network)
        argv = {"unshare", "--net"}; // becomes python by exec
    argv.insert(argv.end(), {"/usr/bin/python3", "-BS", programs + "/pool.py", folder_.path(),
                             std::to_string(ports), options.own_network ? "own" : "shared"});
    if (options.tls) {
        Subprocess openssl({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                            "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=pool.test",
                            "-days", "2", "-keyout", folder_ / "key.pem", "-out",
                            folder_ / "certificate.pem"});
        if (openssl.wait() != 0)
            throw std::runtime_error("openssl makes no certificate: " + openssl.err());
        argv.insert(argv.end(), {folder_ / "certificate.pem", folder_ / "key.pem"});
    }
    process_ = std::make_unique<Subprocess>(
        argv, std::vector<std::string>{"GIVEN_PORTS=" + given_ports()});
    if (!eventually([&] { return exists(folder_ / "ports"); }))
        throw std::runtime_error("pool.py does not listen: " + process_->err());
    std::istringstream lines(slurp(folder_ / "ports"));
    for (std::uint16_t port; lines >> port;) {
        is_given_first(port);
        ports_.push_back(port);
    }
}

std::vector<MinerPool::Connection> MinerPool::connections(std::uint16_t port) const
{
    const std::string prefix = std::to_string(port) + "-";
    std::set<std::string> stems;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
        if (entry.path().extension() == ".raw" &&
            entry.path().filename().string().rfind(prefix, 0) == 0)
            stems.insert(entry.path().stem());
    }
    std::vector<Connection> connections;
    for (const std::string& stem : stems) {
        // The end first: then what was written before it is there too.
        const std::string end = slurp(folder_ / (stem + ".json"));
        connections.push_back({slurp(folder_ / (stem + ".raw")), slurp(folder_ / (stem + ".text")),
                               end.empty() ? nlohmann::json() : nlohmann::json::parse(end)});
    }
    return connections;
}

std::vector<std::string> MinerPool::enter_network() const
{
    return {"nsenter", "--net=/proc/" + std::to_string(process_->pid()) + "/ns/net"};
}

void MinerPool::push_job(std::uint16_t port) const
{
    folder_.write("push-" + std::to_string(port), "");
}

bool MinerPool::all_ended(std::uint16_t port) const
{
    for (const Connection& connection : connections(port)) {
        if (connection.end.is_null())
            return false;
    }
    return true;
}

} // namespace davylamp::test
