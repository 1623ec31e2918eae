// SPDX-License-Identifier: Apache-2.0
#include "policy/policy.h"

#include <algorithm>

#include "policy/error_words.h"
#include "policy/policy_words.h"

namespace davylamp {

std::string_view mode_name(Mode mode) { return kModeNames[static_cast<std::size_t>(mode)]; }

Result<Mode> parse_mode(std::string_view text)
{
    for (std::size_t i = 0; i < kModeNames.size(); i++) {
        if (text == kModeNames[i])
            return static_cast<Mode>(i);
    }
    std::string_view meant = nearest(text, kModeNames);
    std::string mend = "give " + listed(kModeNames);
    if (!meant.empty())
        mend = "did you mean \"" + std::string(meant) + "\"? (" + listed(kModeNames) + ")";
    return fail({}, in_quotes(text) + " is no mode", std::move(mend));
}

Mode Policy::mode_of(std::uint16_t detection) const
{
    switch (detection) {
    case DAVY_DETECTION_CHAIN: return chain;
    case DAVY_DETECTION_IMAGE: return image;
    case DAVY_DETECTION_STRATUM: return stratum;
    default: return Mode::off; // a detection of a newer recording: nothing was asked of it
    }
}

void Policy::override_mode(Mode mode)
{
    for (Mode* detection : {&chain, &image, &stratum}) {
        if (*detection != Mode::off)
            *detection = mode;
    }
}

bool asks_for_names(const Policy& policy)
{
    return std::any_of(policy.allow.begin(), policy.allow.end(),
                       [](const AllowRule& rule) { return !rule.names.empty(); });
}

} // namespace davylamp
