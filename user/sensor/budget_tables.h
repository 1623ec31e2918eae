// SPDX-License-Identifier: Apache-2.0
// How large the tables are in which each user has a budget.
#pragma once

#include <cstdint>

struct davy_bpf;

namespace davylamp {

// Entries that an LRU table needs to hold `live` without pushing one out, where the kernel was made
// for `processors`.
std::uint32_t lru_entries(std::uint32_t live, int processors);

// Before a load: the tables of bpf/chain/budget_order.h hold all budgets at a time.
void size_budget_tables(davy_bpf& skeleton);

} // namespace davylamp
