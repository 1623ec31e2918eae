// SPDX-License-Identifier: Apache-2.0
#include "monitor/saver.h"

#include "base/clock.h"
#include "wire/names.h"

namespace davylamp {

namespace {

constexpr std::uint64_t kHoldNs = 1'000'000'000;

} // namespace

Result<Saver> Saver::open(const EvidencePolicy& policy)
{
    Saver saver;
    if (policy.folder.empty())
        return saver;
    EvidenceLimits limits;
    limits.image_bytes = std::uint64_t{policy.max_image_mb} << 20;
    limits.total_bytes = std::uint64_t{policy.max_total_mb} << 20;
    limits.timeout_ms = policy.timeout_ms;
    auto store = EvidenceStore::open(policy.folder, limits);
    if (!store)
        return fail(store.error());
    saver.store_.emplace(std::move(*store));
    return saver;
}

void Saver::keep_on(Sensor& sensor) const
{
    if (store_ && !store_->is_full())
        sensor.save_until(static_cast<std::uint64_t>(clock_ns(CLOCK_BOOTTIME)) + kHoldNs);
}

std::optional<davy_event_evidence> Saver::save(const davy_process_id& target,
                                               const davy_image& image, std::uint16_t rule,
                                               bool ends, Killer& killer, Sensor& sensor)
{
    if (!store_ || target.tgid == 0 ||
        !saved_.insert({target.start_ns, target.tgid, image.inode}).second)
        return std::nullopt;
    if (ends)
        killer.stop(target);
    // A large image takes a while, in which the kernel goes on stopping the next.
    Evidence evidence = store_->capture(target, rule_code(rule),
                                        [&](std::string_view, std::uint64_t) { keep_on(sensor); });
    return evidence_record(target, rule, evidence,
                           static_cast<std::uint64_t>(clock_ns(CLOCK_BOOTTIME)));
}

} // namespace davylamp
