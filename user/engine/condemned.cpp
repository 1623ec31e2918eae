// SPDX-License-Identifier: Apache-2.0
// The processes that userspace has to kill for a record: those that the kernel has not killed
// itself.
#include "engine/engine.h"

#include <algorithm>

#include "davylamp/rules/pool.h"
#include "davylamp/rules/reach.h"
#include "engine/lineage.h"

namespace davylamp {

namespace {

constexpr std::uint16_t kTaken =
    DAVY_DID_REFUSE | DAVY_DID_DROP | DAVY_DID_KILL_CURRENT | DAVY_DID_KILL_PEER;

class List {
public:
    // `causer`: for whose act, where it is not the process's own.
    void add(const davy_process_id& id, bool killed_already, std::uint64_t causer = DAVY_OWN_ACT)
    {
        bool listed = std::any_of(all.begin(), all.end(), [&](const Condemned& other) {
            return same_process(other.id, id);
        });
        if (id.tgid != 0 && !killed_already && !listed)
            all.push_back({id, causer});
    }
    std::vector<Condemned> all;
};

// The interpreter first: it is the one that would run the code, and read it by its own doing.
void chain(const davy_event_chain& event, List& list)
{
    std::uint16_t did = event.decision.did;
    const std::uint64_t sinks = event.file_facts.another ? event.causer_uid : DAVY_OWN_ACT;
    bool at_source = same_process(event.process.id, event.source);
    auto killed = [&](const davy_process_id& id) {
        if (same_process(id, event.process.id))
            return (did & DAVY_DID_KILL_CURRENT) != 0;
        bool peer = same_process(id, at_source ? event.sink : event.source);
        return peer && (did & DAVY_DID_KILL_PEER) != 0;
    };
    if (event.header.verdict == DAVY_KILL) {
        list.add(event.sink, killed(event.sink), sinks);
        list.add(event.source, killed(event.source), event.causer_uid);
        std::uint32_t stages = std::min<std::uint32_t>(event.stages_count, DAVY_STAGES_MAX);
        for (std::uint32_t i = 0; i < stages; i++)
            list.add(event.stages[i], killed(event.stages[i]), event.causer_uid);
    } else if (event.decision.rule == DAVY_RULE_CHAIN_TEXT &&
               !same_process(event.sink, event.process.id)) {
        // A line of the text was caught as a program. The shell that evaluates it would go on.
        list.add(event.sink, (did & DAVY_DID_KILL_PEER) != 0, sinks);
    } else if (did & DAVY_DID_AGAIN) {
        list.add(event.process.id, killed(event.process.id), event.causer_uid);
    } else if (!(did & kTaken)) {
        list.add(event.sink, false, sinks); // block, and the kernel could do nothing
    }
}

void image(const davy_event_image& event, List& list)
{
    std::uint16_t did = event.decision.did;
    bool kill = event.header.verdict == DAVY_KILL;
    bool refused = (did & DAVY_DID_REFUSE) != 0;
    bool current = (did & DAVY_DID_KILL_CURRENT) != 0;
    switch (event.decision.rule) {
    case DAVY_RULE_IMAGE_FILELESS:
    case DAVY_RULE_IMAGE_DENIED:
    case DAVY_RULE_IMAGE_TALKING:
        if (kill || !refused)
            list.add(event.process.id, current);
        break;
    case DAVY_RULE_IMAGE_REMOVED:
        // The portable backend hears of a removal when it is done: in block mode too, only the
        // death of what runs the file takes the gain away. LSM and fmod_ret refuse it.
        if (kill || !refused) {
            bool itself = same_process(event.victim, event.process.id);
            list.add(event.victim, (did & DAVY_DID_KILL_PEER) != 0 || (itself && current),
                     event.process.uid);
        }
        break;
    case DAVY_RULE_IMAGE_STARTING:
        // The victim is its parent, where that runs the same file.
        list.add(event.process.id, current);
        if (kill)
            list.add(event.victim, (did & DAVY_DID_KILL_PEER) != 0, event.process.uid);
        break;
    default: // EXE-004 is a sweep's, whose record is another
        break;
    }
    if (did & DAVY_DID_STOP_CURRENT)
        list.add(event.process.id, false);
}

// Who was seen to write the bytes pays, and who connected: by his own act where he was seen to
// write. Where another was, as far as that one reaches him, who may be another user that he
// connected for; where nobody was, as far as he himself does who he was when he connected: he may
// have become root since. So do their forks that have the connection still. Nobody pays for what
// only passed through, or for holding a socket. A match in mid-stream may be a log that quotes a
// miner: it never kills.
void stratum(const davy_event_stratum& event, List& list)
{
    if (event.facts.midstream || event.relayed || event.facts.direction != DAVY_TO_SERVER)
        return;
    const bool wrote = event.writer.tgid != 0;
    const std::uint32_t causer = wrote ? event.writer_uid : event.owner_uid;
    const bool himself = wrote && same_process(event.writer, event.owner);
    if (!event.holds)
        list.add(event.owner, false, himself ? DAVY_OWN_ACT : causer);
    list.add(event.writer, false);
    const std::uint32_t holders = std::min<std::uint32_t>(event.holders_count, DAVY_HOLDERS_MAX);
    for (std::uint32_t i = 0; i < holders; i++) {
        if (event.heirs & 1u << i)
            list.add(event.holders[i], false, causer);
    }
}

// The same for a host that a packet asks for. A connect, and what block mode could not refuse, is
// its process's own act.
void pool(const davy_event_pool& event, bool kill, List& list)
{
    // Its client asked for it, or perhaps another user who has the socket; or its program spoke
    // Stratum there before, which is no act of his.
    if (event.relayed || event.anothers || event.facts.match == DAVY_POOL_PROVEN)
        return;
    const bool killed = (event.decision.did & DAVY_DID_KILL_CURRENT) != 0;
    if (!davy_pool_in_packet(&event.facts)) {
        if (kill || !(event.decision.did & kTaken))
            list.add(event.process.id, killed);
        return;
    }
    // What a packet shows, block mode answers by dropping that packet, as with Stratum's.
    if (!kill)
        return;
    const bool wrote = event.writer.tgid != 0;
    const bool himself = wrote && same_process(event.writer, event.process.id);
    const std::uint32_t causer = wrote ? event.writer_uid : event.process.uid;
    list.add(event.process.id, killed, himself ? DAVY_OWN_ACT : causer);
    list.add(event.writer, false);
}

} // namespace

std::vector<Condemned> condemned(const Event& event)
{
    List list;
    if (event.header().verdict < DAVY_DENY)
        return list.all;
    bool kill = event.header().verdict == DAVY_KILL;
    switch (event.kind()) {
    case DAVY_EVENT_CHAIN: chain(event.as<davy_event_chain>(), list); break;
    case DAVY_EVENT_IMAGE: image(event.as<davy_event_image>(), list); break;
    case DAVY_EVENT_POOL: pool(whole_pool(event), kill, list); break;
    case DAVY_EVENT_STRATUM:
        if (kill)
            stratum(whole_stratum(event), list);
        break;
    default: break;
    }
    return list.all;
}

} // namespace davylamp
