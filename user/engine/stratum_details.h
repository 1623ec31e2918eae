// SPDX-License-Identifier: Apache-2.0
// What a Stratum message says of its sender: wallet, worker, agent. For the reader of an alert;
// no verdict rests on it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace davylamp {

// Pairs of name and value, in a fixed order: "method", "login", "password", "worker", "agent",
// "rigid", "algo" (the first few of a list, with commas), "nicehash" ("yes"), each at most once,
// the first one seen. The payload may be cut, hostile, or no JSON at all; then less is found.
// Values are raw bytes, clipped.
std::vector<std::pair<std::string, std::string>> stratum_details(std::string_view payload);

} // namespace davylamp
