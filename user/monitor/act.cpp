// SPDX-License-Identifier: Apache-2.0
#include "monitor/act.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/files.h"
#include "davylamp/rules/reach.h"
#include "engine/engine.h"
#include "engine/lineage.h"
#include "monitor/own_record.h"
#include "monitor/sweeper.h"
#include "wire/names.h"

namespace davylamp {

namespace {

// So many failures are told one by one; the count is told at the end.
constexpr std::uint64_t kFailuresTold = 8;

davy_event_outcome outcome(const davy_process_id& target, std::uint64_t cookie, std::uint16_t rule,
                           const Outcome& done, const Clock& clock)
{
    auto event = own_record<davy_event_outcome>(DAVY_EVENT_OUTCOME, clock);
    event.target = target;
    event.cookie = cookie;
    event.rule = rule;
    event.outcome = done.outcome;
    event.error = static_cast<std::uint32_t>(done.error);
    return event;
}

// There is nobody left to be ended, or nobody may.
bool is_over(const Outcome& done)
{
    return done.outcome == DAVY_OUTCOME_GONE || done.outcome == DAVY_OUTCOME_SPARED;
}

// The connection of a packet that the kernel dropped: it would only hang, and send it again.
const davy_flow* dropped_flow(const Event& event)
{
    const davy_decision* decision = decision_of(event);
    if (!decision || !(decision->did & DAVY_DID_DROP))
        return nullptr;
    switch (event.kind()) {
    case DAVY_EVENT_STRATUM: return &event.as<davy_event_stratum>().flow;
    case DAVY_EVENT_POOL: return &event.as<davy_event_pool>().flow;
    default: return nullptr;
    }
}

// So often a flow's forks are looked for again: each is stopped as it is found, and may have forked
// before.
constexpr int kHeirRounds = 8;

// Who connected the flow of a record; of tgid 0: nobody is known.
davy_process_id owner_of(const Event& event)
{
    if (event.kind() == DAVY_EVENT_STRATUM)
        return event.as<davy_event_stratum>().owner;
    return event.kind() == DAVY_EVENT_POOL ? event.as<davy_event_pool>().process.id
                                           : davy_process_id{};
}

// A process that the record of a flow names, with its uid.
FlowUser flow_user(const Event& event, const davy_process_id& id)
{
    if (event.kind() == DAVY_EVENT_POOL) {
        const davy_event_pool pool = whole_pool(event);
        return {id, pool.writer.tgid != 0 ? pool.writer_uid : pool.process.uid};
    }
    const davy_event_stratum stratum = whole_stratum(event);
    return {id, stratum.writer.tgid != 0 ? stratum.writer_uid : stratum.owner_uid};
}

std::uint64_t connected_ns(const Event& event)
{
    return event.kind() == DAVY_EVENT_POOL ? whole_pool(event).connected_ns
                                           : whole_stratum(event).connected_ns;
}

// The hooks of LSM and fmod_ret know what is removed by its last component; the process that runs
// it has the whole path in /proc, as long as it lives, so this is asked before it is ended. It
// keeps nobody waiting: the link is read and not followed, the kernel writes it from its own memory
// (proc_pid_readlink(), d_path()), and asks no filesystem.
void name_removed(std::span<std::byte> record, const std::string& proc)
{
    davy_event_image event{};
    std::memcpy(&event, record.data(), std::min(record.size(), sizeof event));
    if (event.decision.rule != DAVY_RULE_IMAGE_REMOVED ||
        event.decision.backend == DAVY_BACKEND_PORTABLE || event.victim.tgid == 0)
        return;
    std::string path = image_path(event.victim.tgid, proc);
    if (path.size() < sizeof event.filename &&
        path.substr(path.rfind('/') + 1) == field_text(event.filename))
        path.copy(event.filename, sizeof event.filename - 1);
    std::memcpy(record.data(), &event, std::min(record.size(), sizeof event));
}

} // namespace

Actor::Places Actor::places(Batch& batch)
{
    std::size_t evidence = batch.add(), record = batch.add();
    return {evidence, record, batch.add()};
}

void Actor::act(Batch& batch, const std::byte* data, std::size_t size)
{
    const Places at = places(batch);
    batch.append(at.record, data, size);
    auto event = Event::view(batch.bytes(at.record));
    if (!event) // whoever tells the batch says so
        return;
    const davy_decision* decision = decision_of(*event);
    if (!decision)
        return;
    if (event->kind() == DAVY_EVENT_IMAGE)
        return act_on_image(batch, at, *event);
    if (dropped_flow(*event))
        return act_on_flow(batch, at.record, *event);
    for (const Condemned& target : condemned(*event))
        end(batch, batch.add(), target, decision->rule);
}

// Who is to be saved first is stopped; nobody else waits for that.
void Actor::act_on_image(Batch& batch, const Places& at, const Event& event)
{
    name_removed(batch.bytes(at.record), world_.proc);
    const davy_event_image image = whole_image(event);
    const std::uint16_t rule = image.decision.rule;
    const davy_process_id& saved =
        rule == DAVY_RULE_IMAGE_REMOVED ? image.victim : image.process.id;
    bool saves = image.header.verdict != DAVY_ALLOW && world_.keeper.claim(saved, image.image);
    std::size_t outcome_of_saved = kNowhere;
    std::uint64_t causer = DAVY_OWN_ACT; // of the end of who is saved
    for (const Condemned& target : condemned(event)) {
        std::size_t outcome = batch.add();
        if (saves && same_process(target.id, saved) && stop(target)) {
            outcome_of_saved = outcome;
            causer = target.causer;
        } else {
            end(batch, outcome, target, rule);
        }
    }
    if (saves)
        late_ends_.push_back({{saved, causer}, rule, at.evidence, outcome_of_saved});
    if (rule == DAVY_RULE_IMAGE_REMOVED)
        end_others(batch, image);
}

bool Actor::waits_for_saving(const davy_process_id& target) const
{
    return std::any_of(late_ends_.begin(), late_ends_.end(),
                       [&](const LateEnd& late) { return same_process(late.target.id, target); });
}

void Actor::end(Batch& batch, std::size_t place, const Condemned& target, std::uint16_t rule)
{
    // An earlier record waits to save it: ending it now would take its image away.
    if (waits_for_saving(target.id) && stop(target)) {
        late_ends_.push_back({target, rule, kNowhere, place});
        return;
    }
    const Outcome done = world_.killer.kill(target.id, target.causer);
    if (is_over(done))
        world_.source.acquit(target.id);
    killed_ += done.outcome == DAVY_OUTCOME_KILLED;
    if (done.outcome == DAVY_OUTCOME_OUT_OF_REACH)
        spare(target.id, rule);
    if (done.outcome == DAVY_OUTCOME_FAILED && failed_++ < kFailuresTold)
        world_.note("process " + std::to_string(target.id.tgid) +
                    " goes on: it could not be ended (" + std::string(rule_code(rule)) +
                    "): " + errno_text(done.error));
    batch.append(place, outcome(target.id, 0, rule, done, world_.clock));
}

// Who is left alive because it is another user's is named, once, as long as there are not many.
void Actor::spare(const davy_process_id& target, std::uint16_t rule)
{
    bool told = std::any_of(spared_.begin(), spared_.end(), [&](const davy_process_id& other) {
        return same_process(other, target);
    });
    if (told || spared_.size() == kFailuresTold)
        return;
    spared_.push_back(target);
    world_.note("process " + std::to_string(target.tgid) + " is left alive (" +
                std::string(rule_code(rule)) +
                "): it is another user's, whom the one who caused this may not end");
}

void Actor::save_or_end(Batch& batch, const Places& at, const Condemned& target,
                        const davy_image& image, std::uint16_t rule, bool ends)
{
    if (world_.keeper.claim(target.id, image)) {
        bool waits = ends && stop(target);
        if (ends && !waits)
            end(batch, at.outcome, target, rule);
        late_ends_.push_back({target, rule, at.evidence, waits ? at.outcome : kNowhere});
    } else if (ends) {
        end(batch, at.outcome, target, rule);
    }
}

void Actor::found(Batch& batch, const Places& at, const davy_event_process& event, bool ends)
{
    const davy_image& image = event.process.image;
    const Condemned target{event.process.id, DAVY_OWN_ACT};
    batch.append(at.record, event);
    if (image.inode != 0 && image.nlink == 0 && event.header.verdict > DAVY_ALLOW)
        save_or_end(batch, at, target, image, DAVY_RULE_IMAGE_FOUND, ends);
    else if (ends)
        end(batch, at.outcome, target, DAVY_RULE_IMAGE_FOUND);
}

// The kernel names one process that ran the removed image; the others are found by its inode. Where
// the removal was refused, the image is not gone, and block mode has done all that it does.
void Actor::end_others(Batch& batch, const davy_event_image& removed)
{
    bool refused = (removed.decision.did & DAVY_DID_REFUSE) != 0;
    if (refused && removed.header.verdict < DAVY_KILL)
        return;
    auto swept = world_.source.sweep(!refused, [&](const std::byte* data, std::size_t) {
        davy_event_process event;
        std::memcpy(&event, data, sizeof event);
        // Who waits to be saved still runs, and its end has been asked for.
        if (event.process.image.inode != removed.image.inode ||
            event.process.image.device != removed.image.device ||
            waits_for_saving(event.process.id))
            return;
        const Places at = places(batch);
        batch.append(at.record, event);
        save_or_end(batch, at, {event.process.id, removed.process.uid}, removed.image,
                    DAVY_RULE_IMAGE_REMOVED, removed.header.verdict >= DAVY_DENY);
    });
    if (!swept && failed_sweeps_++ < kFailuresTold)
        world_.note("who else runs a removed image cannot be found: " + swept.error().text());
}

// Condemned first: a stop that somebody takes back is none. Whom the causer may not end is no more
// condemned than stopped.
bool Actor::stop(const Condemned& target)
{
    bool held =
        !world_.killer.may_end(target.id, target.causer) || world_.source.condemn(target.id);
    if (is_over(world_.killer.stop(target.id, target.causer)))
        world_.source.acquit(target.id);
    return held;
}

bool Actor::stop_all(const std::vector<Condemned>& targets)
{
    bool gone = false;
    for (const Condemned& target : targets)
        gone = world_.killer.stop(target.id, target.causer).outcome == DAVY_OUTCOME_GONE || gone;
    return gone;
}

// At once, if nobody has to be looked for: the record says all, and who is to be ended is there.
void Actor::act_on_flow(Batch& batch, std::size_t record, const Event& event)
{
    std::size_t outcomes = batch.add();
    if (is_incomplete(batch.bytes(record))) {
        late_flows_.push_back({record, outcomes, false, UniqueFd()});
        return;
    }
    UniqueFd network = world_.sockets.network_of(owner_of(event));
    std::vector<Condemned> ends = condemned(event);
    if (stop_all(ends))
        late_flows_.push_back({record, outcomes, true, std::move(network)});
    else
        end_flow(batch, record, outcomes, network.get(), ends);
}

// If the connection ends first, its client has time to go on. If the owners end first, some kernels
// cannot end the socket (tcp_abort() before 6.11). So the owners are stopped, then the socket is
// ended, then they are.
void Actor::end_flow(Batch& batch, std::size_t record, std::size_t outcomes, int network,
                     const std::vector<Condemned>& ends)
{
    auto event = Event::view(batch.bytes(record));
    if (!event)
        return;
    const davy_flow flow = *dropped_flow(*event);
    EndedFlow ended{record, outcomes, 0, connected_ns(*event), decision_of(*event)->rule, {}};
    for (const Condemned& target : ends)
        ended.users.push_back(flow_user(*event, target.id));
    // An ended connection is found no more, but its socket keeps the number.
    if (!ends.empty())
        ended.socket = world_.sockets.inode(flow, network).value_or(0);
    const Outcome done = world_.sockets.destroy(flow, network);
    batch.append(outcomes, outcome({}, flow.cookie, ended.rule, done, world_.clock));
    for (const Condemned& target : ends)
        end(batch, outcomes, target, ended.rule);
    if (ended.socket != 0)
        ended_flows_.push_back(std::move(ended));
}

// A flow of which the record does not say all, or whose owner has ended. The packet was dropped by
// the kernel; what is left is to end the connection and who is proven to have used it. Where the
// owner has left the socket to others, those are named: who holds a socket has done nothing yet.
// His own forks among them are ended later (end_heirs()). Who has it is looked for first: a client
// that learns of the end closes the socket, and then nothing leads from it to a process. This look
// delays the end of this flow alone: all others are ended by now.
void Actor::end_late_flow(Batch& batch, LateFlow& late)
{
    auto bytes = batch.bytes(late.record);
    world_.owners.complete(bytes);
    auto event = Event::view(bytes);
    if (!event)
        return;
    std::vector<Condemned> ends = condemned(*event);
    if (!late.owner_ended) {
        late.network = world_.sockets.network_of(owner_of(*event));
        late.owner_ended = stop_all(ends);
    }
    if (late.owner_ended)
        world_.owners.name_holders(bytes, late.network.get());
    end_flow(batch, late.record, late.outcomes, late.network.get(), ends);
}

std::vector<FlowUser> Actor::stop_heirs(const EndedFlow& flow, const Lineage& lineage)
{
    std::vector<FlowUser> users = flow.users;
    for (int round = 0; round < kHeirRounds; round++) {
        std::vector<FlowUser> found =
            heirs_among(world_.owners.holding(flow.socket), users, flow.connected_ns, lineage);
        if (found.empty())
            break;
        for (const FlowUser& heir : found)
            world_.killer.stop(heir.id, heir.uid);
        users.insert(users.end(), found.begin(), found.end());
    }
    users.erase(users.begin(), users.begin() + static_cast<std::ptrdiff_t>(flow.users.size()));
    return users;
}

void Actor::end_heirs(Batch& batch, const Lineage& lineage)
{
    for (const EndedFlow& flow : std::exchange(ended_flows_, {})) {
        if (!have_forked(flow.users, lineage))
            continue;
        std::vector<davy_process_id> heirs;
        for (const FlowUser& heir : stop_heirs(flow, lineage)) {
            heirs.push_back(heir.id);
            end(batch, flow.outcomes, {heir.id, heir.uid}, flow.rule);
        }
        Owners::name_heirs(batch.bytes(flow.record), heirs);
    }
}

void Actor::act_late(Batch& batch)
{
    for (LateFlow& late : std::exchange(late_flows_, {}))
        end_late_flow(batch, late);
    for (const LateEnd& late : std::exchange(late_ends_, {})) {
        bool ends = late.outcome != kNowhere;
        if (late.evidence != kNowhere) {
            if (ends) // again: somebody may have woken it
                world_.killer.stop(late.target.id, late.target.causer);
            batch.append(late.evidence, world_.keeper.save(late.target.id, late.rule));
        }
        if (ends)
            end(batch, late.outcome, late.target, late.rule);
    }
}

} // namespace davylamp
