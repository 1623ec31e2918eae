// SPDX-License-Identifier: Apache-2.0
// What /proc says of a process, and what tells it from another one with the same pid.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace davylamp {

// What /proc/PID/stat says of it (proc(5)).
struct ProcessStat {
    std::uint32_t flags = 0;       // field 9, PF_* of include/linux/sched.h
    std::uint64_t start_ticks = 0; // field 22
};
// nullopt where the text is not that of such a file.
std::optional<ProcessStat> parse_stat(std::string_view text);

// Whose a process is: "Uid:" of /proc/PID/status (proc(5)), as numbers of the reader's user
// namespace. nullopt where there is no such process.
struct ProcessUsers {
    std::uint32_t real = 0, effective = 0, saved = 0;
};
std::optional<ProcessUsers> process_users(pid_t pid, const std::string& proc = "/proc");

// Field 22 of /proc/PID/stat (proc(5)): start time since boot in clock ticks, CLOCK_BOOTTIME.
// nullopt where there is no such process. `proc` is where procfs is mounted.
std::optional<std::uint64_t> start_ticks(pid_t pid, const std::string& proc = "/proc");

// The same instant in the same unit, from the kernel's nanoseconds (nsec_to_clock_t()).
std::uint64_t ticks_of(std::uint64_t start_ns);
// The first nanosecond of a tick. /proc comes no nearer to a start time, which it seldom is.
std::uint64_t tick_start_ns(std::uint64_t ticks);

} // namespace davylamp
