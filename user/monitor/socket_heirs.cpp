// SPDX-License-Identifier: Apache-2.0
#include "monitor/socket_heirs.h"

#include <algorithm>

namespace davylamp {

namespace {

bool is_among(const std::vector<FlowUser>& users, const davy_process_id& id)
{
    return std::any_of(users.begin(), users.end(),
                       [&](const FlowUser& user) { return same_process(user.id, id); });
}

} // namespace

// The parent of the moment tells as well: a full ring loses the records of forks.
std::vector<FlowUser> heirs_among(const std::vector<davy_process>& holders,
                                  const std::vector<FlowUser>& users, std::uint64_t connected_ns,
                                  const Lineage& lineage)
{
    std::vector<FlowUser> heirs;
    for (const davy_process& holder : holders) {
        if (holder.id.start_ns < connected_ns || is_among(users, holder.id))
            continue;
        auto from = std::find_if(users.begin(), users.end(), [&](const FlowUser& user) {
            return same_process(holder.parent, user.id) || lineage.is_ancestor(user.id, holder.id);
        });
        if (from != users.end())
            heirs.push_back({holder.id, from->uid});
    }
    return heirs;
}

bool have_forked(const std::vector<FlowUser>& users, const Lineage& lineage)
{
    return std::any_of(users.begin(), users.end(), [&](const FlowUser& user) {
        const Lineage::Process* known = lineage.find(user.id);
        return known && known->children != 0;
    });
}

} // namespace davylamp
