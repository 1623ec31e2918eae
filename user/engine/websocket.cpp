// SPDX-License-Identifier: Apache-2.0
#include "engine/websocket.h"

#include <algorithm>
#include <cstdint>

namespace davylamp {

namespace {

constexpr unsigned kFin = 0x80, kReserved = 0x70, kOpcode = 0x0f, kMasked = 0x80, kLength = 0x7f;
constexpr unsigned kContinuation = 0, kText = 1, kClose = 8, kPong = 10;

std::uint64_t big_endian(std::string_view bytes)
{
    std::uint64_t number = 0;
    for (char byte : bytes)
        number = number << 8 | static_cast<unsigned char>(byte);
    return number;
}

} // namespace

std::string websocket_text(std::string_view frames)
{
    std::string out;
    // Takes bytes off the front; fewer, where the record ends.
    auto take = [&](std::uint64_t size) {
        auto count = static_cast<std::size_t>(std::min<std::uint64_t>(size, frames.size()));
        std::string_view bytes = frames.substr(0, count);
        frames.remove_prefix(count);
        return bytes;
    };
    while (frames.size() >= 2) {
        std::string_view head = take(2);
        const unsigned first = static_cast<unsigned char>(head[0]);
        const unsigned second = static_cast<unsigned char>(head[1]);
        const unsigned opcode = first & kOpcode;
        const bool control = opcode >= kClose && opcode <= kPong;
        if ((first & kReserved) || (!control && opcode != kText && opcode != kContinuation))
            return {};
        std::uint64_t size = second & kLength;
        const std::size_t wide = size == 126 ? 2 : size == 127 ? 8 : 0;
        if (control && wide != 0)
            return {};
        if (wide != 0) {
            std::string_view length = take(wide);
            if (length.size() < wide)
                break;
            size = big_endian(length);
            if (size >> 63)
                return {};
        }
        std::string_view key = second & kMasked ? take(4) : std::string_view();
        if ((second & kMasked) && key.size() < 4)
            break;
        std::string_view body = take(size);
        if (control)
            continue;
        for (std::size_t i = 0; i < body.size(); i++)
            out += key.empty() ? body[i] : static_cast<char>(body[i] ^ key[i % 4]);
        if ((first & kFin) && body.size() == size)
            out += '\n';
    }
    return out;
}

} // namespace davylamp
