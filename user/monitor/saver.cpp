// SPDX-License-Identifier: Apache-2.0
#include "monitor/saver.h"

#include <algorithm>

#include "wire/names.h"

namespace davylamp {

namespace {

constexpr std::uint64_t kHoldNs = 1'000'000'000;
// A process may exec itself for ever; what it ran long ago is no record's image any more.
constexpr std::size_t kImagesMax = 16;

} // namespace

Result<std::optional<EvidenceStore>> open_evidence(const EvidencePolicy& policy)
{
    if (policy.folder.empty())
        return std::optional<EvidenceStore>();
    EvidenceLimits limits;
    limits.image_bytes = std::uint64_t{policy.max_image_mb} << 20;
    limits.total_bytes = std::uint64_t{policy.max_total_mb} << 20;
    limits.timeout_ms = policy.timeout_ms;
    auto store = EvidenceStore::open(policy.folder, limits);
    if (!store)
        return fail(store.error());
    return std::optional(std::move(*store));
}

Saver::Saver(std::optional<EvidenceStore> store, Hold hold, Clock clock)
    : store_(std::move(store)), hold_(std::move(hold)), clock_(std::move(clock))
{
}

void Saver::keep_on() const
{
    if (store_ && !store_->is_full())
        hold_(static_cast<std::uint64_t>(clock_(CLOCK_BOOTTIME)) + kHoldNs);
}

bool Saver::claim(const davy_process_id& target, const davy_image& image)
{
    if (!store_ || target.tgid == 0)
        return false;
    auto& inodes = saved_[target];
    if (std::find(inodes.begin(), inodes.end(), image.inode) != inodes.end())
        return false;
    inodes.push_back(image.inode);
    if (inodes.size() > kImagesMax)
        inodes.pop_front();
    return true;
}

davy_event_evidence Saver::save(const davy_process_id& target, std::uint16_t rule)
{
    // A large image takes a while, in which the kernel goes on stopping the next.
    Evidence evidence = store_->capture(target, rule_code(rule),
                                        [&](std::string_view, std::uint64_t) { keep_on(); });
    return evidence_record(target, rule, evidence,
                           static_cast<std::uint64_t>(clock_(CLOCK_BOOTTIME)));
}

void Saver::forget_ended(const std::function<bool(const davy_process_id&)>& runs)
{
    saved_.forget_ended(runs);
}

} // namespace davylamp
