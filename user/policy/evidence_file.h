// SPDX-License-Identifier: Apache-2.0
// The object "evidence" of a policy file.
#pragma once

#include "policy/policy.h"
#include "policy/walk.h"

namespace davylamp {

Result<> read_evidence(const Walk& walk, const JsonPlace& at, EvidencePolicy& out);

} // namespace davylamp
