// SPDX-License-Identifier: Apache-2.0
// The header of a record that Davylamp makes itself.
#pragma once

#include <unistd.h>

#include "base/clock.h"
#include "davylamp/abi/records.h"

namespace davylamp {

template <class T> T own_record(std::uint16_t kind, const Clock& clock)
{
    T record{};
    record.header.version = DAVY_ABI_VERSION;
    record.header.kind = kind;
    record.header.size = sizeof record;
    record.header.time_ns = static_cast<std::uint64_t>(clock(CLOCK_BOOTTIME));
    record.header.tgid = static_cast<std::uint32_t>(::getpid());
    return record;
}

} // namespace davylamp
