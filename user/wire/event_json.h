// SPDX-License-Identifier: Apache-2.0
// A record as one JSON object on one line, every field of the ABI under its own name: `davylamp
// dump`.
#pragma once

#include <cstdint>
#include <string>

#include "wire/event.h"

namespace davylamp {

// No newline at the end. Text that is no UTF-8 is replaced (U+FFFD), all beyond ASCII escaped;
// addresses, dialects and flags are spelled out: docs/recording.md has the rules.
// `realtime_offset_ns` turns CLOCK_BOOTTIME into "time" (RFC 3339, UTC, nanoseconds).
std::string event_json(const Event& event, std::int64_t realtime_offset_ns);

// A CLOCK_BOOTTIME as wall-clock time: "2026-03-04T05:06:07.000000089Z" (RFC 3339).
std::string time_text(std::uint64_t time_ns, std::int64_t realtime_offset_ns);

// 16 bytes as davy_flow holds them, as text: "198.51.100.9" for a mapped IPv4, else RFC 5952.
std::string address_text(const std::uint8_t (&address)[16]);

// "254:1", as ls -l shows a device; with an inode behind it, a file: "254:1:123".
std::string device_text(std::uint32_t device);
std::string file_text(std::uint32_t device, std::uint64_t inode);

// What a chain's allow rules were judged on, as an object; files as "MAJOR:MINOR:INODE".
std::string allow_facts_json(const davy_allow_facts& facts);

} // namespace davylamp
