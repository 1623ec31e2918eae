// SPDX-License-Identifier: Apache-2.0
// Which rule decided an event, and why: rule by rule, condition by condition.
#pragma once

#include <string>

#include "policy/allow_tables.h"
#include "report/judged_event.h"

namespace davylamp {

// Several lines, ending in a newline; text from outside is escaped. Judges by rules/allow.h, as the
// kernel did. `host` turns the policy's paths and users into numbers, as at load.
std::string allow_explained(const JudgedEvent& event, const Policy& policy, const AllowHost& host);

} // namespace davylamp
