// SPDX-License-Identifier: Apache-2.0
// The chain's allow rules in the kernel's maps.
#pragma once

#include "base/result.h"
#include "policy/allow_expiry.h"
#include "policy/policy.h"

struct davy_bpf;

namespace davylamp {

// Fills the maps of the allow rules. What this host lacks is left out: such a condition never
// holds. Errors: a resolver list that cannot be read where a rule asks for a name.
Result<AllowExpiry> fill_allow_maps(const Policy& policy, davy_bpf& skeleton);
// Writes the rules again where an end has come nearer.
Result<> tighten(AllowExpiry& expiry, davy_bpf& skeleton);

} // namespace davylamp
