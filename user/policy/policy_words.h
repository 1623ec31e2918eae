// SPDX-License-Identifier: Apache-2.0
// The words that the policy file uses for the numbers of abi/numbers.h.
#pragma once

#include <array>
#include <string_view>

#include "davylamp/abi/numbers.h"

namespace davylamp {

// Indexed by DAVY_MODE_*.
inline constexpr std::array<std::string_view, 4> kModeNames = {"off", "monitor", "block", "kill"};
static_assert(DAVY_MODE_OFF == 0 && DAVY_MODE_KILL == kModeNames.size() - 1);

// Indexed by DAVY_FAMILY_*; DAVY_FAMILY_NONE has no word.
inline constexpr std::array<std::string_view, DAVY_FAMILY_COUNT> kFamilyNames = {
    "",          "shell",  "python", "perl", "ruby", "node", "php",   "lua",
    "multicall", "loader", "awk",    "tcl",  "make", "java", "input", "other"};
static_assert(DAVY_FAMILY_SHELL == 1 && DAVY_FAMILY_OTHER == kFamilyNames.size() - 1);

} // namespace davylamp
