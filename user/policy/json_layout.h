// SPDX-License-Identifier: Apache-2.0
// JSON laid out for reading: what is short stands on one line, all else a line each.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace davylamp {

using Json = nlohmann::ordered_json; // keys in the order in which they were added

// Bytes that are no UTF-8 are replaced (U+FFFD), never thrown.
std::string laid_out(const Json& value);

} // namespace davylamp
