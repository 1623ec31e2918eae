// SPDX-License-Identifier: Apache-2.0
// What the records of findings say of their processes.
#pragma once

#include "engine/lineage.h"
#include "wire/event.h"

namespace davylamp {

// Takes the processes of a record (chain, image, pool, stratum) into the lineage.
void learn(Lineage& lineage, const Event& event);

} // namespace davylamp
