// SPDX-License-Identifier: Apache-2.0
// An event that was printed, read again: what `davylamp policy explain` is given.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "davylamp/abi/records.h"
#include "engine/rule_book.h"

namespace davylamp {

// The part of an event that the question needs: which rule decided, and on what facts.
struct JudgedEvent {
    std::string code;                // as the event has it: "CHAIN-001"
    const RuleRow* rule = nullptr;   // of that code; nullptr: this version does not know it
    std::string verdict;             // "allow", "alert", "deny", "kill"
    std::string time;                // as the event has it
    std::uint64_t time_ns = 0;       // since 1970
    std::uint32_t row = DAVY_NO_ROW; // the policy row that decided then
    davy_flow flow{};                // of it the remote address; family 0: none known
    davy_allow_facts facts{};        // DAVY_FACTS_GATHERED is not set where the event has none
};

// One alert of `--format json`, or one record of `davylamp dump`. `name` stands for the file in
// errors, which name the line and the place in the document.
Result<JudgedEvent> read_judged_event(std::string_view text, const std::string& name);

} // namespace davylamp
