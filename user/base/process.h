// What /proc says of a process that must not be mistaken for another.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace davylamp {

// Field 22 of /proc/PID/stat (proc(5)): start time since boot in clock ticks, CLOCK_BOOTTIME.
// nullopt where there is no such process.
std::optional<std::uint64_t> start_ticks(pid_t pid);

// The same instant in the same unit, from the kernel's nanoseconds (nsec_to_clock_t()).
std::uint64_t ticks_of(std::uint64_t start_ns);

} // namespace davylamp
