// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <cstdint>
#include <cstdio>

namespace davylamp {

namespace {

std::uint32_t code_point(std::string_view sequence)
{
    auto byte = [&](std::size_t i) { return static_cast<unsigned char>(sequence[i]); };
    switch (sequence.size()) {
    case 1: return byte(0);
    case 2: return (byte(0) & 0x1fu) << 6 | (byte(1) & 0x3fu);
    case 3: return (byte(0) & 0x0fu) << 12 | (byte(1) & 0x3fu) << 6 | (byte(2) & 0x3fu);
    default:
        return (byte(0) & 0x07u) << 18 | (byte(1) & 0x3fu) << 12 | (byte(2) & 0x3fu) << 6 |
               (byte(3) & 0x3fu);
    }
}

bool shows(std::uint32_t point)
{
    if (point < 0x20 || (point >= 0x7f && point < 0xa0))
        return false;
    // Separators and bidirectional controls move the cursor or reorder what stands around them.
    return !(point == 0x2028 || point == 0x2029 || point == 0x061c ||
             (point >= 0x200b && point <= 0x200f) || (point >= 0x202a && point <= 0x202e) ||
             (point >= 0x2060 && point <= 0x206f) || point == 0xfeff);
}

} // namespace

std::size_t utf8_sequence(std::string_view raw)
{
    if (raw.empty())
        return 0;
    auto lead = static_cast<unsigned char>(raw[0]);
    std::size_t size = lead < 0x80                   ? 1
                       : lead >= 0xc2 && lead < 0xe0 ? 2
                       : (lead & 0xf0) == 0xe0       ? 3
                       : lead >= 0xf0 && lead < 0xf5 ? 4
                                                     : 0;
    if (size == 0 || raw.size() < size)
        return 0;
    for (std::size_t i = 1; i < size; i++) {
        if ((static_cast<unsigned char>(raw[i]) & 0xc0) != 0x80)
            return 0;
    }
    std::uint32_t point = code_point(raw.substr(0, size));
    bool overlong = (size == 3 && point < 0x800) || (size == 4 && point < 0x10000);
    bool surrogate = point >= 0xd800 && point < 0xe000;
    return overlong || surrogate || point > 0x10ffff ? 0 : size;
}

std::string escape_for_terminal(std::string_view raw)
{
    std::string out;
    out.reserve(raw.size());
    while (!raw.empty()) {
        std::size_t size = utf8_sequence(raw);
        if (raw[0] == '\\') {
            out += "\\\\";
            size = 1;
        } else if (size != 0 && shows(code_point(raw.substr(0, size)))) {
            out += raw.substr(0, size);
        } else {
            size = size == 0 ? 1 : size;
            for (char c : raw.substr(0, size)) {
                char hex[5];
                std::snprintf(hex, sizeof hex, "\\x%02x", static_cast<unsigned char>(c));
                out += hex;
            }
        }
        raw.remove_prefix(size);
    }
    return out;
}

std::string hex_text(std::span<const std::uint8_t> bytes)
{
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string out;
    out.reserve(2 * bytes.size());
    for (std::uint8_t byte : bytes) {
        out += kDigits[byte >> 4];
        out += kDigits[byte & 0xf];
    }
    return out;
}

} // namespace davylamp
