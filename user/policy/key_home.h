// SPDX-License-Identifier: Apache-2.0
// Where a key belongs, for the error of one that stands in the wrong place.
#pragma once

#include <string>
#include <string_view>

namespace davylamp {

// "detections.chain", "an entry of detections.chain.allow": each object of the table of keys that
// has `key`. Empty where none has it.
std::string key_home(std::string_view key);

} // namespace davylamp
