#include "cli/saver.h"

#include <time.h>

#include "wire/names.h"

namespace davylamp {

namespace {

constexpr std::uint64_t kHoldNs = 1'000'000'000;

std::uint64_t now_ns()
{
    timespec time{};
    ::clock_gettime(CLOCK_BOOTTIME, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
           static_cast<std::uint64_t>(time.tv_nsec);
}

} // namespace

Result<Saver> Saver::open(const EvidencePolicy& policy)
{
    Saver saver;
    if (policy.folder.empty())
        return saver;
    saver.limits_.image_bytes = std::uint64_t{policy.max_image_mb} << 20;
    saver.limits_.total_bytes = std::uint64_t{policy.max_total_mb} << 20;
    saver.limits_.timeout_ms = policy.timeout_ms;
    auto store = EvidenceStore::open(policy.folder, saver.limits_);
    if (!store)
        return fail(store.error());
    saver.store_.emplace(std::move(*store));
    return saver;
}

void Saver::keep_on(Sensor& sensor) const
{
    if (store_ && store_->used_bytes() < limits_.total_bytes &&
        store_->captures() < limits_.captures)
        sensor.save_until(now_ns() + kHoldNs);
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
    return evidence_record(target, rule, evidence, now_ns());
}

} // namespace davylamp
