// SPDX-License-Identifier: Apache-2.0
// detections.chain.interpreters: an object with a list of file names for each family.
#pragma once

#include "policy/policy.h"
#include "policy/policy_key.h"

namespace davylamp::kind {

// A family given replaces that family's names and no other's; a name is in one family only. At most
// `most` names a family.
ValueKind<std::vector<Interpreter>> interpreter_families(std::size_t most);

} // namespace davylamp::kind
