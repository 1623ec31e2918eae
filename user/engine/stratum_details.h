// SPDX-License-Identifier: Apache-2.0
// What a Stratum message says of its sender: wallet, worker, agent. For the reader of an alert;
// no verdict rests on it.
#pragma once

#include <string>
#include <string_view>

namespace davylamp {

// Each the first one seen; empty where there was none. Raw bytes, clipped.
struct StratumDetails {
    std::string method, login, password, worker, agent, rigid;
    std::string algo; // the first few of a list, with commas
    bool nicehash = false;
    bool operator==(const StratumDetails&) const = default;
};

// The payload may be cut, hostile, or no JSON at all; then less is found.
StratumDetails stratum_details(std::string_view payload);

} // namespace davylamp
