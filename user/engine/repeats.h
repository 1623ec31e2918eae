// SPDX-License-Identifier: Apache-2.0
// The same finding again and again: a miner that retries its connect every 25 s is one line a
// minute, with a count.
#pragma once

#include <compare>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "davylamp/abi/records.h"

namespace davylamp {

// What makes two findings the same one.
struct FindingKey {
    std::uint16_t rule = 0;
    std::uint32_t verdict = 0; // a reload that turns monitor into block is news
    std::uint64_t first_start = 0, second_start = 0; // the process; the source and the sink
    std::uint32_t first_tgid = 0, second_tgid = 0;
    std::string remote;      // address and port, raw; nothing for a question, of whatever resolver
    std::string name;        // a listed name that was asked for, or the address behind a proxy, raw
    std::uint64_t inode = 0; // EXE-001, EXE-002: another file, another finding
    std::uint32_t device = 0;
    auto operator<=>(const FindingKey&) const = default;
};

class Repeats {
public:
    static constexpr std::uint64_t kQuietNs = 60'000'000'000; // record time, from the last report
    static constexpr std::size_t kRememberedMax = 8192;

    // nullopt: reported less than a minute ago, and counted. Else report it; the value is how many
    // were kept back since the report before.
    std::optional<std::uint64_t> report(const FindingKey& key, std::uint64_t time_ns);

private:
    struct Seen {
        std::uint64_t reported_ns = 0;
        std::uint64_t held_back = 0;
    };
    std::map<FindingKey, Seen> seen_;
    std::deque<std::map<FindingKey, Seen>::iterator> order_; // first seen first
};

} // namespace davylamp
