// SPDX-License-Identifier: Apache-2.0
#include "policy/allow_expiry.h"

#include <algorithm>

namespace davylamp {

const davy_allow_rules& AllowExpiry::on_boot_clock(std::uint64_t calendar_now_ns,
                                                   std::uint64_t boot_now_ns)
{
    davy_allow_rules last = boot_;
    boot_ = calendar_;
    for (std::uint32_t i = 0; i < calendar_.count; i++) {
        __u64& until = boot_.rule[i].until_ns;
        if (until == 0)
            continue;
        // 0 is never, so what has passed already ends at 1.
        until = until <= calendar_now_ns ? 1 : until - calendar_now_ns + boot_now_ns;
        if (last.rule[i].until_ns != 0)
            until = std::min(until, last.rule[i].until_ns);
    }
    return boot_;
}

bool AllowExpiry::ends() const
{
    return std::any_of(calendar_.rule, calendar_.rule + calendar_.count,
                       [](const davy_allow_rule& rule) { return rule.until_ns != 0; });
}

} // namespace davylamp
