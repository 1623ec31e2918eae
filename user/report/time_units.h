// SPDX-License-Identifier: Apache-2.0
// Times of records are in nanoseconds.
#pragma once

#include <cstdint>

namespace davylamp {

inline constexpr std::uint64_t kMillisecond = 1'000'000, kSecond = 1'000'000'000; // ns

} // namespace davylamp
