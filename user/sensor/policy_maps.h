// SPDX-License-Identifier: Apache-2.0
// The policy file's lists as the kernel programs look them up: names and paths become inodes and
// hashes. The pool lists are pool_maps.h's.
#pragma once

#include "base/result.h"
#include "policy/policy.h"

struct davy_bpf;

namespace davylamp {

// Fills the loaded skeleton's policy maps. A path that does not exist is skipped: a policy may name
// programs that this host lacks. Errors: a list longer than its map, named with both numbers.
Result<> fill_policy_maps(const Policy& policy, davy_bpf& skeleton);

// The files of this host that are shells by policy, each once.
std::vector<std::string> installed_shells(const Policy& policy);

} // namespace davylamp
