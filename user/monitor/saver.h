// SPDX-License-Identifier: Apache-2.0
// Saves the images of those who run without one, before they are ended (--evidence).
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>

#include "base/clock.h"
#include "base/result.h"
#include "davylamp/abi/records.h"
#include "evidence/store.h"
#include "monitor/by_process.h"
#include "policy/policy.h"

namespace davylamp {

// What acting asks of the saver.
class Keeper {
public:
    virtual ~Keeper() = default;
    // True once for each process and image, where saving is on: then it is to be saved.
    virtual bool claim(const davy_process_id& target, const davy_image& image) = 0;
    // Takes up to the policy's timeout. The target is stopped by then, if it is to be ended.
    virtual davy_event_evidence save(const davy_process_id& target, std::uint16_t rule) = 0;
};

// The policy's store; nullopt where it names no folder.
Result<std::optional<EvidenceStore>> open_evidence(const EvidencePolicy& policy);

class Saver : public Keeper {
public:
    // Source::save_until().
    using Hold = std::function<void(std::uint64_t until_ns)>;

    // Without a store: one that saves nothing.
    Saver(std::optional<EvidenceStore> store, Hold hold, Clock clock);

    // As long as this is called at least twice a second, the kernel stops whom it would kill. When
    // the store has no room left, do not call it any more: then the kernel kills at once.
    void keep_on() const;
    bool claim(const davy_process_id& target, const davy_image& image) override;
    davy_event_evidence save(const davy_process_id& target, std::uint16_t rule) override;
    // As ByProcess has it.
    void forget_ended(const std::function<bool(const davy_process_id&)>& runs);
    std::size_t remembered() const { return saved_.size(); }

private:
    std::optional<EvidenceStore> store_;
    Hold hold_;
    Clock clock_;
    ByProcess<std::deque<std::uint64_t>> saved_; // inodes, the latest last
};

} // namespace davylamp
