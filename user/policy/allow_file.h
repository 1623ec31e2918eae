// SPDX-License-Identifier: Apache-2.0
// detections.chain.allow of a policy file.
#pragma once

#include "policy/policy.h"
#include "policy/walk.h"

namespace davylamp {

Result<> read_allow_rules(const Walk& walk, const JsonPlace& at, std::vector<AllowRule>& out);

Result<> read_resolvers(const Walk& walk, const JsonPlace& at, std::vector<Prefix>& out);

} // namespace davylamp
