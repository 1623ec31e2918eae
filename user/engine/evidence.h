// SPDX-License-Identifier: Apache-2.0
// What was saved of a process, as its record says and as alerts show it.
#pragma once

#include <string_view>

#include "davylamp/abi/event.h"
#include "engine/alert.h"

namespace davylamp {

// `folder` is the record's, cut to what the record holds.
EvidenceInfo evidence_info(const davy_event_evidence& record, std::string_view folder);

// The facts of the first process or victim of the alert of which something was saved, or should
// have been.
void evidence_facts(Alert& alert);

} // namespace davylamp
