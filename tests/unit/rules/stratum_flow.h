// SPDX-License-Identifier: Apache-2.0
// Drives the Stratum matcher as bpf/hooks/payload.bpf.c does: cuts a flow into segments, steps no
// byte twice, and joins a held segment with what is written next.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "davylamp/rules/stratum.h"

namespace davylamp::test {

struct Reading {
    int verdict = DAVY_STRATUM_OPEN;
    int dialect = DAVY_DIALECT_NONE; // of a match
    std::size_t offset = 0;          // bytes read when the verdict fell, or all
    bool held = false;               // at the end
    bool operator==(const Reading&) const = default;
};

class Flow {
public:
    explicit Flow(std::uint8_t direction) { davy_stratum_begin(&state_, direction); }

    // Block mode: a segment leaves with what was held before it, or is held, or is refused for
    // ever.
    void segment(std::string_view bytes)
    {
        pending_ += bytes;
        for (char c : bytes)
            davy_stratum_step(&state_, static_cast<std::uint8_t>(c));
        if (state_.verdict == DAVY_STRATUM_MATCH || davy_stratum_holds(&state_))
            return;
        left_ += pending_;
        pending_.clear();
    }

    Reading reading() const
    {
        bool match = state_.verdict == DAVY_STRATUM_MATCH;
        return {state_.verdict, match ? state_.dialect : DAVY_DIALECT_NONE, state_.bytes,
                davy_stratum_holds(&state_) != 0};
    }
    const std::string& left() const { return left_; } // what the other end has received
    const davy_stratum_state& state() const { return state_; }

private:
    davy_stratum_state state_;
    std::string pending_, left_;
};

// The flow in pieces of `size` bytes.
inline Flow cut(std::string_view text, std::uint8_t direction, std::size_t size)
{
    Flow flow(direction);
    for (std::size_t at = 0; at < text.size(); at += size)
        flow.segment(text.substr(at, size));
    return flow;
}

inline Reading read_whole(std::string_view text, std::uint8_t direction)
{
    return cut(text, direction, std::max<std::size_t>(text.size(), 1)).reading();
}

// An address of nobody: base58, and as long as the coin's.
inline std::string wallet(std::size_t length)
{
    constexpr std::string_view kAlphabet =
        "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    std::string out = "4";
    for (std::size_t i = 1; i < length; i++)
        out += kAlphabet[i * 37 % kAlphabet.size()];
    return out;
}

inline std::string hex(std::size_t digits)
{
    std::string out;
    for (std::size_t i = 0; i < digits; i++)
        out += "0123456789abcdef"[i * 7 % 16];
    return out;
}

} // namespace davylamp::test
