// SPDX-License-Identifier: Apache-2.0
// How large the tables are that must hold so and so many entries, though the kernel may push one
// out whenever it has no free one at hand.
#pragma once

#include <cstdint>

struct davy_bpf;

namespace davylamp {

// Entries that an LRU table needs to hold `live` without pushing one out, where the kernel was made
// for `processors`.
std::uint32_t lru_entries(std::uint32_t live, int processors);

// Before a load: the tables of bpf/chain/budget_order.h hold all budgets at a time, and that of
// bpf/stratum/came_in.h what it says.
void size_budget_tables(davy_bpf& skeleton);

} // namespace davylamp
