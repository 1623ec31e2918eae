// SPDX-License-Identifier: Apache-2.0
// The kernel's clocks as one number.
#pragma once

#include <time.h>

#include <cstdint>
#include <functional>

namespace davylamp {

// Nanoseconds; CLOCK_BOOTTIME is the time of every record (abi/records.h).
inline std::int64_t clock_ns(clockid_t clock)
{
    timespec time{};
    ::clock_gettime(clock, &time);
    return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

// The same as a parameter, so that a test can say what time it is.
using Clock = std::function<std::int64_t(clockid_t clock)>;

} // namespace davylamp
