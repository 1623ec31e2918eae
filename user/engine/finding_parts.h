// SPDX-License-Identifier: Apache-2.0
// What every finding is made of; finding.cpp and chain_finding.cpp put them together.
#pragma once

#include <string>

#include "engine/alert.h"
#include "engine/lineage.h"

namespace davylamp {

// An alert with the record's time and decision, and its rule's code and title.
Alert begin(const davy_event_header& header, const davy_decision& decision);
// Appends a fact; an empty value is none.
void fact(Alert& alert, std::string name, std::string value);
AlertParty& add_party(Alert& alert, const Lineage& lineage, std::string role,
                      const davy_process_id& id);
bool has_party(const Alert& alert, const davy_process_id& id);
// What lineage knows of a process; its id alone where that is nothing.
ProcessInfo known(const Lineage& lineage, const davy_process_id& id);
// Whether a path lies where anybody may write, and the fact that says so.
bool place_fact(Alert& alert, const std::string& path);

} // namespace davylamp
