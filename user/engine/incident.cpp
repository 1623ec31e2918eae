// SPDX-License-Identifier: Apache-2.0
#include "engine/incident.h"

namespace davylamp {

namespace {

// The two rings are drained one after the other: a record may be older than the one before.
bool is_over(std::uint64_t last_ns, std::uint64_t time_ns)
{
    return time_ns > last_ns && time_ns - last_ns > Incidents::kWindowNs;
}

} // namespace

void Incidents::forget_old(std::uint64_t time_ns)
{
    while (!stories_.empty() &&
           (stories_.size() > kRememberedMax || is_over(stories_.front().last_ns, time_ns))) {
        by_root_.erase(stories_.front().root);
        stories_.pop_front();
    }
}

std::uint64_t Incidents::number(const std::vector<davy_process_id>& roots, std::uint64_t time_ns)
{
    std::uint64_t number = 0;
    for (const davy_process_id& id : roots) {
        auto known = by_root_.find(Root{id.start_ns, id.tgid});
        if (known == by_root_.end() || is_over(known->second->last_ns, time_ns))
            continue;
        if (number == 0 || known->second->number < number)
            number = known->second->number;
    }
    if (number == 0)
        number = ++numbers_;

    for (const davy_process_id& id : roots) {
        Root root{id.start_ns, id.tgid};
        auto [known, fresh] = by_root_.try_emplace(root);
        if (!fresh)
            stories_.erase(known->second);
        known->second = stories_.insert(stories_.end(), Story{root, number, time_ns});
    }
    forget_old(time_ns);
    return number;
}

} // namespace davylamp
