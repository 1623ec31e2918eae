// SPDX-License-Identifier: Apache-2.0
#include "monitor/losses.h"

#include <limits>
#include <string_view>

#include "davylamp/abi/numbers.h"
#include "wire/names.h"

namespace davylamp {

namespace {

constexpr std::int64_t kBetweenMs = 60 * 1000;

std::string_view meaning(std::size_t reason)
{
    switch (reason) {
    case DAVY_LOSS_ALERT_RING:
        return "alerts came faster than they were read; what they decided stands";
    case DAVY_LOSS_TELEMETRY_RING:
        return "starts and ends of processes came faster than they were read; alerts may lack "
               "names and parents";
    case DAVY_LOSS_PIPE_MAP: return "no room for a pipe; what runs out of it may go unseen";
    case DAVY_LOSS_IMAGE_MAP:
        return "too many running images of one name; the next sweep looks for them";
    case DAVY_LOSS_PENDING_MAP:
        return "no room for a removal under way; a later connect, exec or sweep may see it";
    case DAVY_LOSS_STORAGE: return "no room beside a socket; what it says may go unread";
    case DAVY_LOSS_PAYLOAD: return "a packet was too long to be read to its end";
    case DAVY_LOSS_SIGNAL: return "the kernel could not kill from a program";
    case DAVY_LOSS_WALK: return "a pipeline was longer than is followed";
    case DAVY_LOSS_FED_MAP:
        return "no room for what came from the network; if it runs, that may go unseen";
    case DAVY_LOSS_ROLE_MAP:
        return "no room for an upgraded file of the policy; until the next start it counts as one "
               "that the policy does not list";
    case DAVY_LOSS_FED_FILE:
        return "a user downloaded more files than are remembered for him; if one of his oldest "
               "runs, that may go unseen";
    case DAVY_LOSS_FED_TEXT:
        return "a user's programs read more text from the network than is remembered for him; if "
               "one runs the oldest, that may go unseen";
    default: return "something was not seen";
    }
}

} // namespace

Losses::Losses(std::vector<std::uint64_t> counts) : counts_(std::move(counts))
{
    for (std::uint64_t count : counts_)
        told_.push_back({count, std::numeric_limits<std::int64_t>::min()});
}

std::string Losses::line(std::size_t reason)
{
    const std::uint64_t lost = counts_[reason] - told_[reason].count;
    const std::string_view name = loss_name(static_cast<std::uint32_t>(reason));

    told_[reason].count = counts_[reason];
    return "lost: " + std::to_string(lost) + " (" +
           (name == kUnknownName ? std::to_string(reason) : std::string(name)) +
           "): " + std::string(meaning(reason));
}

bool Losses::note(const std::vector<std::uint64_t>& counts, std::int64_t now_ms,
                  std::vector<std::string>& lines)
{
    const bool differ = counts != counts_;

    counts_ = counts;
    told_.resize(counts.size(), {0, std::numeric_limits<std::int64_t>::min()});
    for (std::size_t i = 0; i < counts.size(); i++) {
        if (counts[i] == told_[i].count || now_ms < told_[i].until_ms)
            continue;
        lines.push_back(line(i));
        told_[i].until_ms = now_ms + kBetweenMs;
    }
    return differ;
}

std::vector<std::string> Losses::rest()
{
    std::vector<std::string> lines;

    for (std::size_t i = 0; i < counts_.size(); i++) {
        if (counts_[i] != told_[i].count)
            lines.push_back(line(i));
    }
    return lines;
}

} // namespace davylamp
