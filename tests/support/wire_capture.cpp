// SPDX-License-Identifier: Apache-2.0
#include "support/wire_capture.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string_view>
#include <system_error>

namespace davylamp::test {

struct WireCapture::Segment {
    int family;
    std::uint16_t from, to;
    std::uint32_t seq;
    bool syn;
    std::string_view payload;
};

namespace {

std::uint32_t number(std::string_view bytes, std::size_t at, std::size_t size)
{
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; i++)
        value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
    return value;
}

// Expects no IPv6 extension headers: nobody here sends any.
template <class Segment> bool parse(std::string_view packet, Segment& segment)
{
    if (packet.size() < 40)
        return false;
    segment.family = static_cast<int>(number(packet, 0, 1) >> 4);
    std::size_t header = segment.family == 4 ? (number(packet, 0, 1) & 15) * 4 : 40;
    std::size_t protocol = number(packet, segment.family == 4 ? 9 : 6, 1);
    if (protocol != IPPROTO_TCP || packet.size() < header + 20)
        return false;
    std::string_view tcp = packet.substr(header);
    std::size_t size = (number(tcp, 12, 1) >> 4) * 4;
    if (tcp.size() < size)
        return false;
    segment.from = static_cast<std::uint16_t>(number(tcp, 0, 2));
    segment.to = static_cast<std::uint16_t>(number(tcp, 2, 2));
    segment.seq = number(tcp, 4, 4);
    segment.syn = number(tcp, 13, 1) & 2;
    segment.payload = tcp.substr(size); // loopback pads nothing
    return true;
}

} // namespace

WireCapture::WireCapture(std::vector<std::uint16_t> server_ports)
    : socket_(::socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons(ETH_P_ALL))),
      stop_(::eventfd(0, EFD_CLOEXEC)), ports_(std::move(server_ports))
{
    sockaddr_ll loopback{};
    loopback.sll_family = AF_PACKET;
    loopback.sll_protocol = htons(ETH_P_ALL);
    loopback.sll_ifindex = static_cast<int>(::if_nametoindex("lo"));
    int size = 64 << 20; // the other tests' traffic passes here as well
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    if (::bind(socket_.get(), reinterpret_cast<sockaddr*>(&loopback), sizeof loopback) != 0)
        throw std::system_error(errno, std::generic_category(), "a capture on lo");
    thread_ = std::thread([this] { run(); });
}

WireCapture::~WireCapture()
{
    ::eventfd_write(stop_.get(), 1);
    thread_.join();
}

void WireCapture::run()
{
    for (;;) {
        pollfd entries[] = {{stop_.get(), POLLIN, 0}, {socket_.get(), POLLIN, 0}};
        ::poll(entries, 2, -1);
        if (entries[0].revents)
            return;
        std::lock_guard lock(mutex_);
        drain();
    }
}

// Each packet comes twice, as it leaves and as it arrives; the first counts.
void WireCapture::drain()
{
    static thread_local char buffer[1 << 17];
    for (;;) {
        sockaddr_ll from{};
        socklen_t length = sizeof from;
        ssize_t size = ::recvfrom(socket_.get(), buffer, sizeof buffer, MSG_DONTWAIT,
                                  reinterpret_cast<sockaddr*>(&from), &length);
        if (size < 0)
            break;
        Segment segment{};
        if (from.sll_pkttype == PACKET_OUTGOING &&
            parse(std::string_view(buffer, static_cast<std::size_t>(size)), segment))
            keep(segment);
    }
    tpacket_stats stats{}; // since the last call
    socklen_t length = sizeof stats;
    if (::getsockopt(socket_.get(), SOL_PACKET, PACKET_STATISTICS, &stats, &length) == 0)
        dropped_ += stats.tp_drops;
}

void WireCapture::complete()
{
    drain();
    if (dropped_ != 0)
        throw std::runtime_error("the capture on lo lost " + std::to_string(dropped_) +
                                 " packets: give it a larger buffer");
}

void WireCapture::keep(const Segment& segment)
{
    auto is_ours = [&](std::uint16_t port) {
        return std::find(ports_.begin(), ports_.end(), port) != ports_.end();
    };
    bool to_server = is_ours(segment.to);
    if (!to_server && !is_ours(segment.from))
        return;
    Stream& stream = to_server ? streams_[{segment.to, segment.from, segment.family, true}]
                               : streams_[{segment.from, segment.to, segment.family, false}];
    if (segment.syn || !stream.begun) {
        stream.begun = true;
        stream.first =
            segment.seq + (segment.syn ? 1 : 0) - static_cast<std::uint32_t>(stream.bytes.size());
    }
    if (segment.payload.empty())
        return;
    payloads_ += to_server;
    std::size_t at = segment.seq - stream.first; // a flow of a test stays far below 4 GiB
    if (at > (64u << 20))
        return; // a keep-alive's byte before the first
    if (stream.bytes.size() < at + segment.payload.size())
        stream.bytes.resize(at + segment.payload.size());
    std::memcpy(stream.bytes.data() + at, segment.payload.data(), segment.payload.size());
}

std::string WireCapture::all(std::uint16_t server_port, bool to_server)
{
    std::lock_guard lock(mutex_);
    complete();
    std::string bytes;
    for (const auto& [key, stream] : streams_) {
        if (std::get<0>(key) == server_port && std::get<3>(key) == to_server)
            bytes += stream.bytes;
    }
    return bytes;
}

std::string WireCapture::sent_to(std::uint16_t server_port) { return all(server_port, true); }
std::string WireCapture::sent_from(std::uint16_t server_port) { return all(server_port, false); }

std::size_t WireCapture::payloads()
{
    std::lock_guard lock(mutex_);
    complete();
    return payloads_;
}

} // namespace davylamp::test
