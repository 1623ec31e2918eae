// SPDX-License-Identifier: Apache-2.0
// What leaves on the loopback interface of this network namespace, after every filter of the
// sender: the TCP payload of each flow to and from given ports.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "base/unique_fd.h"

namespace davylamp::test {

class WireCapture {
public:
    explicit WireCapture(std::vector<std::uint16_t> server_ports);
    ~WireCapture();
    WireCapture(const WireCapture&) = delete;
    WireCapture& operator=(const WireCapture&) = delete;

    // All payload of the flows to (from) a server's port. Each flow is put together in the order of
    // its sequence numbers, a retransmission once; a byte that never came is a NUL. Everything sent
    // before the call is included. Throws if the kernel had to drop packets.
    std::string sent_to(std::uint16_t server_port);
    std::string sent_from(std::uint16_t server_port);
    std::size_t payloads(); // segments with payload, from all clients so far

private:
    struct Stream {
        bool begun = false;
        std::uint32_t first = 0; // sequence number of bytes[0]
        std::string bytes;
    };
    struct Segment; // of the parser

    void run();
    void drain();
    void complete(); // drains, and throws where packets were lost
    void keep(const Segment& segment);
    std::string all(std::uint16_t server_port, bool to_server);

    UniqueFd socket_, stop_;
    std::vector<std::uint16_t> ports_;
    std::mutex mutex_;
    // Server's port, client's port and family, direction.
    std::map<std::tuple<std::uint16_t, std::uint16_t, int, bool>, Stream> streams_;
    std::size_t payloads_ = 0, dropped_ = 0;
    std::thread thread_;
};

} // namespace davylamp::test
