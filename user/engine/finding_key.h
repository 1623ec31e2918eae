// SPDX-License-Identifier: Apache-2.0
// What makes two records tell of the same finding.
#pragma once

#include "engine/repeats.h"
#include "wire/event.h"

namespace davylamp {

// Cheap: it is asked before anything is built.
FindingKey finding_key(const Event& event);

} // namespace davylamp
