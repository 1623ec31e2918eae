// SPDX-License-Identifier: Apache-2.0
// What a verdict leaves to userspace: ending processes and connections. It is done on what the
// kernel says alone, before anything is completed or told: nothing that a process chose stands
// between a verdict and its effect.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "enforcer/killer.h"
#include "enforcer/sockets.h"
#include "engine/engine.h"
#include "monitor/batch.h"
#include "monitor/saver.h"
#include "monitor/socket_heirs.h"
#include "monitor/socket_owners.h"
#include "sensor/source.h"
#include "wire/event.h"

namespace davylamp {

class Actor {
public:
    // What it acts with; all of it outlives this.
    struct World {
        Killer& killer;
        Sockets& sockets;
        Owners& owners;
        Keeper& keeper;
        Source& source;
        std::string proc; // where procfs is mounted
        Clock clock;
        std::function<void(const std::string&)> note; // what an operator has to know
    };

    explicit Actor(World world) : world_(std::move(world)) {}

    // A record of the alert ring, of which the batch gets a copy, with the outcomes behind it. What
    // can be done at once is done when this returns: a process whose image is to be saved first is
    // stopped, and a connection waits whose owner has to be looked for.
    void act(Batch& batch, const std::byte* data, std::size_t size);

    // The places of the records about a process that a sweep found: evidence, the sweep's own, the
    // outcome.
    struct Places {
        std::size_t evidence, record, outcome;
    };
    static Places places(Batch& batch);
    // A process that a sweep found, as `event` was completed: its image is saved where the verdict
    // says so, and it is ended where `ends`.
    void found(Batch& batch, const Places& at, const davy_event_process& event, bool ends);

    // The rest, once everything in the rings has been acted on: owners are looked for, and then
    // images are saved, each within its time, and their processes ended.
    void act_late(Batch& batch);
    // Once the telemetry of the same reading is known: who was forked from those that were ended
    // for a flow, and has its socket, is ended too (monitor/socket_heirs.h). Only where one of them
    // has forked is /proc walked for it.
    void end_heirs(Batch& batch, const Lineage& lineage);

    std::uint64_t killed() const { return killed_; }
    std::uint64_t failed() const { return failed_; } // of whom the kernel did not let us end

private:
    static constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);
    struct LateFlow {
        std::size_t record, outcomes; // their places
        bool owner_ended;             // else the record names none
        UniqueFd network;             // the owner's, where it was there to be had
    };
    // A flow that was ended, with whom it was.
    struct EndedFlow {
        std::size_t record, outcomes; // their places
        std::uint32_t socket;         // its inode
        std::uint64_t connected_ns;
        std::uint16_t rule;
        std::vector<FlowUser> users;
    };
    struct LateEnd {
        Condemned target;
        std::uint16_t rule;
        std::size_t evidence; // its place, or kNowhere: another saves it
        std::size_t outcome;  // its place, or kNowhere: it is not to be ended
    };

    void end(Batch& batch, std::size_t outcome, const Condemned& target, std::uint16_t rule);
    void save_or_end(Batch& batch, const Places& at, const Condemned& target,
                     const davy_image& image, std::uint16_t rule, bool ends);
    void act_on_image(Batch& batch, const Places& at, const Event& event);
    void act_on_flow(Batch& batch, std::size_t record, const Event& event);
    void end_flow(Batch& batch, std::size_t record, std::size_t outcomes, int network,
                  const std::vector<Condemned>& ends);
    std::vector<FlowUser> stop_heirs(const EndedFlow& flow, const Lineage& lineage);
    void end_late_flow(Batch& batch, LateFlow& late);
    void end_others(Batch& batch, const davy_event_image& removed);
    // Condemns and stops it. Whether it may wait so: else it must be ended now.
    bool stop(const Condemned& target);
    bool stop_all(const std::vector<Condemned>& targets); // whether one had ended
    void spare(const davy_process_id& target, std::uint16_t rule);
    bool waits_for_saving(const davy_process_id& target) const;

    World world_;
    std::vector<LateFlow> late_flows_;
    std::vector<LateEnd> late_ends_;
    std::vector<EndedFlow> ended_flows_;
    std::vector<davy_process_id> spared_; // who was named as out of reach
    std::uint64_t killed_ = 0, failed_ = 0, failed_sweeps_ = 0;
};

} // namespace davylamp
