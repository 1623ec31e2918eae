// SPDX-License-Identifier: Apache-2.0
// The keys of a policy file, one row each.
#pragma once

#include "policy/policy.h"
#include "policy/policy_key.h"

namespace davylamp {

// In the order in which policy_json() shows them; the keys of an object stand together.
std::span<const Key<Policy>> policy_keys();

// Those rows and the keys of the entries of their lists, each behind the list's own row.
const std::vector<KeyRow>& policy_key_rows();

} // namespace davylamp
