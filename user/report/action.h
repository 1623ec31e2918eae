// SPDX-License-Identifier: Apache-2.0
// What was done about a finding, in words.
#pragma once

#include <string>

#include "engine/alert.h"

namespace davylamp {

// For the sentence the error's name and the backend are left out, since the action beside it has
// them.
enum class ActionDetail { whole, in_sentence };
std::string action_text(const Alert& alert, ActionDetail detail);

} // namespace davylamp
