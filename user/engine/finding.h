// SPDX-License-Identifier: Apache-2.0
// One record of the alert ring, with what the lineage knows of its processes, as an Alert. Number,
// incident and repeats are the engine's to fill in.
#pragma once

#include "engine/alert.h"
#include "engine/lineage.h"
#include "engine/repeats.h"
#include "policy/pool_book.h"
#include "wire/event.h"

namespace davylamp {

// What makes the record's finding the same as another; cheap, asked before anything is built.
FindingKey finding_key(const Event& event);

// Takes the processes of a record (chain, image, pool, stratum) into the lineage.
void learn(Lineage& lineage, const Event& event);

// `event` is of those kinds, with a verdict above ALLOW, and has been learnt. Marks the processes
// whose image it reports as gone.
Alert explain(Lineage& lineage, const PoolBook& pools, const Event& event);

// EXE-004 for a process of a sweep whose image is gone.
Alert explain_found(Lineage& lineage, const davy_event_process& event, std::uint32_t verdict,
                    std::uint8_t mode);

} // namespace davylamp
