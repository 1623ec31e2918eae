// SPDX-License-Identifier: Apache-2.0
// What every finding is made of; the explainers put them together.
#pragma once

#include <string>

#include "engine/alert.h"
#include "engine/explainers.h"
#include "engine/lineage.h"

namespace davylamp {

// An alert with the record's time and decision, and what the rule book says. `at_connect`: the hook
// was the one at connect.
Alert begin(const FindingContext& context, bool at_connect);
// Appends a fact; an empty value is none.
void fact(Alert& alert, std::string name, std::string value);
AlertParty& add_party(Alert& alert, const Lineage& lineage, std::string role,
                      const davy_process_id& id);
bool has_party(const Alert& alert, const davy_process_id& id);
// What lineage knows of a process; its id alone where that is nothing.
ProcessInfo known(const Lineage& lineage, const davy_process_id& id);
// Whether a path lies where anybody may write, and the fact that says so.
bool place_fact(Alert& alert, const std::string& path);
// Closes the sentence with what was done.
void finish(Alert& alert);

} // namespace davylamp
