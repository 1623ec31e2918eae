// SPDX-License-Identifier: Apache-2.0
// Bytes that clients and servers wrap Stratum in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace davylamp::test {

// A number in network byte order.
inline std::string number(std::uint64_t value, int bytes)
{
    std::string out;
    for (int i = bytes - 1; i >= 0; i--)
        out += static_cast<char>(value >> (8 * i) & 0xff);
    return out;
}

// A WebSocket frame (RFC 6455 5.2); masked where there is a mask of 4 bytes.
inline std::string frame(int opcode, std::string_view data, std::string_view mask, bool last = true)
{
    const int masked = mask.empty() ? 0 : 0x80;
    std::string out = number((last ? 0x80u : 0u) | static_cast<unsigned>(opcode), 1);
    if (data.size() < 126)
        out += number(masked | data.size(), 1);
    else if (data.size() < 65536)
        out += number(masked | 126u, 1) + number(data.size(), 2);
    else
        out += number(masked | 127u, 1) + number(data.size(), 8);
    out += mask;
    for (std::size_t i = 0; i < data.size(); i++)
        out += mask.empty() ? data[i] : static_cast<char>(data[i] ^ mask[i % 4]);
    return out;
}

// A TLS ClientHello (RFC 8446 4.1.2) in records of `size` bytes at most. No name: no SNI.
inline std::string client_hello(std::string_view name, const std::vector<std::string>& protocols,
                                std::size_t size = 16384)
{
    auto extension = [](int type, const std::string& data) {
        return number(static_cast<unsigned>(type), 2) + number(data.size(), 2) + data;
    };
    std::string extensions = extension(23, "");
    if (!name.empty()) {
        std::string entry = number(0, 1) + number(name.size(), 2) + std::string(name);
        extensions += extension(0, number(entry.size(), 2) + entry);
    }
    std::string list;
    for (const std::string& protocol : protocols)
        list += number(protocol.size(), 1) + protocol;
    if (!list.empty())
        extensions += extension(16, number(list.size(), 2) + list);
    extensions += extension(43, number(2, 1) + number(0x0304, 2));
    std::string body = number(0x0303, 2) + std::string(32, 'r') + number(32, 1) +
                       std::string(32, 's') + number(4, 2) + number(0x13011302, 4) + number(1, 1) +
                       number(0, 1) + number(extensions.size(), 2) + extensions;
    std::string handshake = number(1, 1) + number(body.size(), 3) + body, out;
    for (std::size_t at = 0; at < handshake.size(); at += size) {
        std::string piece = handshake.substr(at, size);
        out += number(0x16, 1) + number(0x0301, 2) + number(piece.size(), 2) + piece;
    }
    return out;
}

} // namespace davylamp::test
