// SPDX-License-Identifier: Apache-2.0
// A chain's finding, explained: CHAIN-001 to -005.
#pragma once

#include "engine/alert.h"
#include "engine/lineage.h"
#include "wire/event.h"

namespace davylamp {

// `event`: a record of the kind chain.
Alert explain_chain(Lineage& lineage, const Event& event);

} // namespace davylamp
