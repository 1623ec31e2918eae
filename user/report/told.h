// SPDX-License-Identifier: Apache-2.0
// What is told of an alert, piece by piece; the text and the OCSF object are made of these. Text
// from outside is raw here: who prints it escapes it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/alert.h"

namespace davylamp {

// "CHAIN-001"; "RULE-999" of a rule that this version does not know.
std::string alert_code(const Alert& alert);
// "Downloaded script piped into a shell"
std::string alert_title(const Alert& alert);
// The analytic's name in OCSF: "download-and-execute"; "rule-999" of an unknown rule.
std::string alert_analytic(const Alert& alert);
// One sentence with what happened and what was done about it, without its full stop.
std::string alert_message(const Alert& alert);
// What was done, or would have been: "connect refused (EPERM, by lsm)".
std::string alert_action(const Alert& alert);
// Names and values in the order to be shown: "dialect" and "cryptonote". docs/events.md has all.
std::vector<std::pair<std::string, std::string>> alert_facts(const Alert& alert);

} // namespace davylamp
