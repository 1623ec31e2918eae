// SPDX-License-Identifier: Apache-2.0
// Text from outside, made safe to show. An attacker may have chosen arguments, paths and payloads.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace davylamp {

// For a terminal or a log: printable UTF-8 stays; control characters (C0, DEL, C1), the line and
// paragraph separators, bidirectional controls and bytes that are no UTF-8 become \xNN, a
// backslash becomes "\\\\". The result holds no newline.
std::string escape_for_terminal(std::string_view raw);

// Two lower-case hexadecimal digits a byte.
std::string hex_text(std::span<const std::uint8_t> bytes);

// The length in bytes of the well-formed UTF-8 sequence at the start of `raw` (RFC 3629: shortest
// form, no surrogates, up to U+10FFFF), or 0 where there is none.
std::size_t utf8_sequence(std::string_view raw);

} // namespace davylamp
