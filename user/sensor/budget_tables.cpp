// SPDX-License-Identifier: Apache-2.0
#include "sensor/budget_tables.h"

#include <bpf/libbpf.h>

#include <algorithm>

#include "sensor/skeleton.h"

namespace davylamp {

namespace {

// LOCAL_FREE_TARGET (kernel/bpf/bpf_lru_list.c): free entries that wait with one processor while
// another pushes entries out for want of one.
constexpr std::uint32_t kWaiting = 128;
// A kernel may be made for thousands of processors that the host does not have.
constexpr int kMostProcessors = 1024;

} // namespace

std::uint32_t lru_entries(std::uint32_t live, int processors)
{
    return live + kWaiting * static_cast<std::uint32_t>(std::clamp(processors, 1, kMostProcessors));
}

void size_budget_tables(davy_bpf& skeleton)
{
    const int processors = libbpf_num_possible_cpus();
    for (bpf_map* table :
         {skeleton.maps.fed_files, skeleton.maps.fed_texts, skeleton.maps.budget_slots,
          skeleton.maps.budget_shares, skeleton.maps.asked_entries})
        bpf_map__set_max_entries(table, lru_entries(bpf_map__max_entries(table), processors));
}

} // namespace davylamp
