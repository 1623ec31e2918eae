// SPDX-License-Identifier: Apache-2.0
// When an allow rule ends, as a policy file and a recorded event write it.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace davylamp {

// Seconds since 1970 of "2026-12-31" (its last second has passed at the next midnight, UTC) or of
// an RFC 3339 time; error.where is left empty.
Result<std::uint64_t> parse_expiry(std::string_view text);

} // namespace davylamp
