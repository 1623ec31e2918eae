// SPDX-License-Identifier: Apache-2.0
// detections.chain.allow of a policy file.
#pragma once

#include "policy/policy.h"
#include "policy/walk.h"

namespace davylamp {

Result<> read_allow_rules(const Walk& walk, const JsonPlace& at, std::vector<AllowRule>& out);

Result<> read_resolvers(const Walk& walk, const JsonPlace& at, std::vector<Prefix>& out);

// Seconds since 1970 of "2026-12-31" (its last second has passed at the next midnight, UTC) or of
// an RFC 3339 time; error.where is left empty.
Result<std::uint64_t> parse_expiry(std::string_view text);

} // namespace davylamp
