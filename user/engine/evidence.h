// SPDX-License-Identifier: Apache-2.0
// What was saved of a process, as its record says.
#pragma once

#include <string_view>

#include "davylamp/abi/records.h"
#include "engine/process_info.h"

namespace davylamp {

// `folder` is the record's, cut to what the record holds.
EvidenceInfo evidence_info(const davy_event_evidence& record, std::string_view folder);

} // namespace davylamp
