// SPDX-License-Identifier: Apache-2.0
// The engine: records in, alerts out. Live and replay run through it alike, so it knows no clock,
// no /proc and no kernel: only what the records say.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.h"
#include "engine/alert.h"
#include "policy/policy.h"
#include "policy/pool_book.h"
#include "wire/event.h"

namespace davylamp {

class Lineage;

struct EngineCounts {
    std::uint64_t events = 0, execs = 0, forks = 0, exits = 0, connects = 0, alerts = 0;
    std::uint64_t certain = 0;                  // of the alerts
    std::uint64_t disagreements = 0;            // verdicts that the shared rules judge otherwise
    std::uint64_t losses[DAVY_LOSS_COUNT] = {}; // from the loss records
    std::uint64_t processes = 0;                // known now
};

class Engine {
public:
    using AlertSink = std::function<void(const Alert&)>;
    // With the policy's own pool lists; its list files are use_pools()'s.
    explicit Engine(const Policy& policy);
    ~Engine();

    // The lists that rows are looked up in from now on, for the notes of alerts.
    void use_pools(std::shared_ptr<const PoolBook> pools);
    // One record. Alerts go to `sink`, in order, before feed() returns.
    void feed(const Event& event, const AlertSink& sink);
    const EngineCounts& counts() const;
    // Who started whom, as far as the records were fed.
    const Lineage& lineage() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// Judges a record of the alert ring again by the shared rules, from the facts that it carries, in
// the mode that it names. An error says what differs; nullopt: the same, or nothing to judge.
std::optional<Error> judge_again(const Event& event);

// Whom a verdict ends, and for whose act: a real uid of the initial user namespace, or
// DAVY_OWN_ACT (rules/reach.h).
struct Condemned {
    davy_process_id id{};
    std::uint64_t causer = 0;
};

// The processes that a record in kill mode condemns and that the kernel has not killed; in block
// mode those that no hook could refuse. The order is the order to act in. Empty for monitor.
std::vector<Condemned> condemned(const Event& event);

} // namespace davylamp
