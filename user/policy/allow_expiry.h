// SPDX-License-Identifier: Apache-2.0
// When the chain's allow rules end, on the kernel's clock.
#pragma once

#include <cstdint>

#include "davylamp/abi/allow_rows.h"

namespace davylamp {

// A rule's end is a time of the calendar, and the kernel compares CLOCK_BOOTTIME, which counts a
// sleep and which nobody sets. The difference of the two clocks is taken at load. If the calendar
// is set back later, rules live no longer for it. If it is set forward, they end earlier, at the
// next tighten().
class AllowExpiry {
public:
    AllowExpiry() = default;
    explicit AllowExpiry(const davy_allow_rules& calendar) : calendar_(calendar) {}

    // The rules on CLOCK_BOOTTIME, by the two clocks' readings. An end that was earlier once stays.
    const davy_allow_rules& on_boot_clock(std::uint64_t calendar_now_ns, std::uint64_t boot_now_ns);
    bool ends() const; // some rule does

private:
    davy_allow_rules calendar_{}, boot_{};
};

} // namespace davylamp
