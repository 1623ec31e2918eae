// SPDX-License-Identifier: Apache-2.0
// The rule book: one row for each rule of the ABI (DAVY_RULES), and in it all that is said and done
// by rule. A rule without its row does not compile.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "engine/alert.h"
#include "engine/explainers.h"

namespace davylamp {

// MITRE ATT&CK, as far as the rule says it; report/attack_table.cpp has the names. Some depend on
// the alert.
enum class Attack : std::uint8_t {
    none,
    tool_transfer,
    interpreter, // by its family
    reflective_loading,
    malicious_file,
    missing_image, // reflective loading of a memfd, else file deletion
    file_deletion,
    resource_hijacking,
    odd_port, // where the flow's port belongs to another protocol
};

// What explains a rule's records of one kind. A kind of 0 ends the list.
struct KindExplainer {
    std::uint16_t kind = 0; // DAVY_EVENT_*
    Explainer explain = nullptr;
};

// Either the same for every alert, or what decides it.
struct RuleSeverity {
    int plain = 0; // OCSF severity_id
    int (*decide)(const Alert& alert) = nullptr;
};

struct RuleRow {
    std::uint16_t number;    // DAVY_RULE_*
    std::uint16_t detection; // DAVY_DETECTION_*

    std::string_view title;
    std::string_view shell_title{};  // where a shell runs the code; empty: the title
    std::string_view second_title{}; // CHAIN-003 of an image, MINE-001 at a connect; empty: none
    std::string_view analytic;       // its name in OCSF

    Operation operation;                       // what the hook was asked for
    Operation at_connect = Operation::unknown; // the same of the hook at connect, where it differs
    std::string_view reported_only{}; // why block mode takes nothing, where it takes nothing

    RuleSeverity severity;
    std::array<Attack, 2> attack{};
    bool malware = false; // a miner at work, to OCSF
    std::array<KindExplainer, 2> explainers;

    // docs/events.md
    std::string_view seen;       // what was seen
    std::string_view how_severe; // when the severity is which
    std::string_view block;      // what block mode does

    // The event code: "CHAIN-001".
    std::string_view code() const;
    Operation asked(bool hook_at_connect) const;
    // nullptr: no record of this kind is the rule's.
    Explainer explainer(std::uint16_t kind) const;
};

// In the order of the event codes.
std::span<const RuleRow> rule_book();

// nullptr: a rule that this version does not know, of a newer recording.
const RuleRow* find_rule(std::uint16_t number);

// nullptr: no rule of this version has that event code.
const RuleRow* find_rule(std::string_view code);

} // namespace davylamp
