// SPDX-License-Identifier: Apache-2.0
// How large the tables of processes are.
#pragma once

#include <cstdint>
#include <string>

struct davy_bpf;

namespace davylamp {

// How many processes the host whose /proc is `proc` can have at a time, within what a table may
// take: its pids, or its threads, whichever is less.
std::uint32_t most_processes(const std::string& proc = "/proc");

// Before a load: each table of processes (bpf/chain/maps.h) has room for that many.
void size_process_tables(davy_bpf& skeleton, std::uint32_t processes);

} // namespace davylamp
