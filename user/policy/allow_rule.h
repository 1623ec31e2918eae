// SPDX-License-Identifier: Apache-2.0
// The chain's allow rules as entries of a list: their short form, and what is asked of a whole rule
// and of all together.
#pragma once

#include "policy/value_kinds.h"

namespace davylamp::kind {

// A rule's end: `expires` as written, and expires_s.
ValueKind<AllowRule> expiry();

// A rule of these keys: "to" stands first and may stand alone, "note" is another word for "reason".
ItemKind<AllowRule> allow_rule(std::vector<Key<AllowRule>> rows);

// At most `most` rules, and at most `values_most` values in all of them.
ValueKind<std::vector<AllowRule>> allow_rules(ItemKind<AllowRule> rule, std::size_t most,
                                              std::size_t values_most);

} // namespace davylamp::kind
