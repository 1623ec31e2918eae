// SPDX-License-Identifier: Apache-2.0
// Saves the images of those who run without one, before they are ended (--evidence).
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <tuple>

#include "base/result.h"
#include "davylamp/abi/event.h"
#include "enforcer/killer.h"
#include "evidence/store.h"
#include "policy/policy.h"
#include "sensor/sensor.h"

namespace davylamp {

class Saver {
public:
    // Of a policy without a folder: one that saves nothing.
    static Result<Saver> open(const EvidencePolicy& policy);

    bool is_on() const { return store_.has_value(); }
    // The kernel stops whom it would kill as long as this is called, twice a second at least. To be
    // called no more where the store has no room left: then the kernel kills at once.
    void keep_on(Sensor& sensor) const;
    // What is saved of a process that runs `image`, once for each; nothing where that was done, or
    // saving is off. `ends`: it is to be killed next, so it is stopped first.
    std::optional<davy_event_evidence> save(const davy_process_id& target, const davy_image& image,
                                            std::uint16_t rule, bool ends, Killer& killer,
                                            Sensor& sensor);

private:
    std::optional<EvidenceStore> store_;
    std::set<std::tuple<std::uint64_t, std::uint32_t, std::uint64_t>> saved_; // start, pid, inode
};

} // namespace davylamp
