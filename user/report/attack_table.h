// SPDX-License-Identifier: Apache-2.0
// MITRE ATT&CK rows for alerts: data, with the version they were read from.
#pragma once

#include <string_view>
#include <vector>

#include "engine/alert.h"

namespace davylamp {

// v19 renamed TA0005 from Defense Evasion to Stealth.
inline constexpr std::string_view kAttackVersion = "19.1";

struct AttackName {
    std::string_view uid, name;
};

struct AttackRow {
    AttackName tactic;
    AttackName technique;
    AttackName sub_technique{}; // empty: the technique itself
    // "T1059.004", or "T1105" where there is no sub-technique.
    std::string_view id() const
    {
        return sub_technique.uid.empty() ? technique.uid : sub_technique.uid;
    }
};

// In the order of the story: how it came, what ran, how it hid, what for.
std::vector<const AttackRow*> attack_rows(const Alert& alert);

} // namespace davylamp
