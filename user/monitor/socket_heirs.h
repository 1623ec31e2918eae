// SPDX-License-Identifier: Apache-2.0
// Who goes on with a connection for those whom a verdict ends: their forks.
#pragma once

#include <cstdint>
#include <vector>

#include "davylamp/abi/records.h"
#include "engine/lineage.h"

namespace davylamp {

// A process that a verdict on a flow ends, and the real uid on whose account its forks end: who was
// seen to write, else who connected.
struct FlowUser {
    davy_process_id id{};
    std::uint32_t uid = 0;
};

// Those of `holders`, who hold the flow's socket now, that were forked from one of `users`,
// directly or through others, after the flow was connected: they have the socket from him, and run
// on what he was. Each with that uid. Not one who was handed the socket, and has
// nothing to do with what was said on it. `connected_ns`: CLOCK_BOOTTIME; 0: not known, and every
// fork counts.
std::vector<FlowUser> heirs_among(const std::vector<davy_process>& holders,
                                  const std::vector<FlowUser>& users, std::uint64_t connected_ns,
                                  const Lineage& lineage);

// Whether one of them has forked at all.
bool have_forked(const std::vector<FlowUser>& users, const Lineage& lineage);

} // namespace davylamp
