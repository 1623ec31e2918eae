// SPDX-License-Identifier: Apache-2.0
// What every finding is made of; the explainers put them together.
#pragma once

#include "engine/alert.h"
#include "engine/explainers.h"
#include "engine/lineage.h"

namespace davylamp {

// An alert with the record's time and decision, and what the rule book says. `at_connect`: the hook
// was the one at connect.
Alert begin(const FindingContext& context, bool at_connect);
AlertParty& add_party(Alert& alert, const Lineage& lineage, Role role, const davy_process_id& id);
bool has_party(const Alert& alert, const davy_process_id& id);

} // namespace davylamp
