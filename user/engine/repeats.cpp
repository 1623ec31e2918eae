// SPDX-License-Identifier: Apache-2.0
#include "engine/repeats.h"

namespace davylamp {

std::optional<std::uint64_t> Repeats::report(const FindingKey& key, std::uint64_t time_ns)
{
    auto [entry, fresh] = seen_.try_emplace(key);
    Seen& seen = entry->second;
    if (fresh) {
        seen.reported_ns = time_ns;
        order_.push_back(entry);
        if (order_.size() > kRememberedMax) {
            seen_.erase(order_.front());
            order_.pop_front();
        }
        return 0;
    }
    // An older record after a younger one counts as the same moment.
    if (time_ns < seen.reported_ns || time_ns - seen.reported_ns < kQuietNs) {
        seen.held_back++;
        return std::nullopt;
    }
    std::uint64_t held_back = seen.held_back;
    seen = {time_ns, 0};
    return held_back;
}

} // namespace davylamp
