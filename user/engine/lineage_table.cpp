// SPDX-License-Identifier: Apache-2.0
// The lineage's table: who is remembered, in which list, and who is forgotten for whom.
#include "engine/lineage.h"

namespace davylamp {

Lineage::Chain& Lineage::chain(List list)
{
    return list == List::live ? live_ : list == List::ended ? ended_ : pinned_;
}

void Lineage::push(Process& process, List list)
{
    Chain& to = chain(list);
    process.list = list;
    process.previous = to.back;
    process.next = nullptr;
    (to.back ? to.back->next : to.front) = &process;
    to.back = &process;
    to.size++;
}

void Lineage::unlink(Process& process)
{
    Chain& from = chain(process.list);
    (process.previous ? process.previous->next : from.front) = process.next;
    (process.next ? process.next->previous : from.back) = process.previous;
    from.size--;
}

void Lineage::touch(Process& process)
{
    if (process.ended())
        return;
    unlink(process);
    push(process, List::live);
}

Lineage::Process* Lineage::find(const davy_process_id& id)
{
    auto found = processes_.find(Key{id.start_ns, id.tgid});
    return found == processes_.end() ? nullptr : &found->second;
}

const Lineage::Process* Lineage::find(const davy_process_id& id) const
{
    return const_cast<Lineage*>(this)->find(id);
}

// The caller has looked: `id` is not in the table.
Lineage::Process& Lineage::add(const davy_process_id& id, std::uint64_t time_ns)
{
    while (live_.size >= limits_.live)
        shrink_live();
    Process& process = processes_[Key{id.start_ns, id.tgid}];
    process.facts.id = id;
    process.root = process.facts.id;
    process.facts.auid = 0xffffffff;
    process.facts.image.nlink = 1;
    process.started_ns = time_ns;
    push(process, List::live);

    // The same pid under another start time: the exit of the elder one was lost.
    auto [holder, fresh] = live_by_tgid_.try_emplace(id.tgid, &process);
    if (!fresh) {
        Process* other = holder->second;
        bool younger = other->facts.id.start_ns < id.start_ns;
        if (younger)
            holder->second = &process;
        end(younger ? *other : process);
    }
    return process;
}

void Lineage::adopt(Process& process, const davy_process_id& parent)
{
    if (parent.tgid == 0 || same_process(parent, process.facts.id))
        return;
    if (process.counted) {
        if (Process* old = find(process.facts.parent); old && old->children > 0)
            old->children--;
        process.counted = false;
    }
    process.facts.parent = parent;
    Process* known = find(parent);
    if (!known)
        return;
    known->children++;
    process.counted = true;
    if (!is_everybodys_ancestor(parent))
        process.root = known->root;
}

void Lineage::end(Process& process)
{
    if (process.ended())
        return;
    unlink(process);
    auto holder = live_by_tgid_.find(process.facts.id.tgid);
    if (holder != live_by_tgid_.end() && holder->second == &process)
        live_by_tgid_.erase(holder);
    push(process, List::ended);
    if (ended_.size > limits_.ended) {
        Process* oldest = ended_.front;
        if (oldest->children == 0) {
            erase(oldest);
        } else {
            unlink(*oldest);
            push(*oldest, List::pinned);
            if (pinned_.size > limits_.pinned)
                erase(pinned_.front);
        }
    }
}

// Also forgets the pinned ancestors that were kept for its sake alone.
void Lineage::erase(Process* process)
{
    while (process) {
        Process* parent = process->counted ? find(process->facts.parent) : nullptr;
        unlink(*process);
        if (!process->ended()) {
            auto holder = live_by_tgid_.find(process->facts.id.tgid);
            if (holder != live_by_tgid_.end() && holder->second == process)
                live_by_tgid_.erase(holder);
        }
        processes_.erase(Key{process->facts.id.start_ns, process->facts.id.tgid});
        process = nullptr;
        if (parent && parent->children > 0 && --parent->children == 0 &&
            parent->list == List::pinned)
            process = parent;
    }
}

// One live process goes: the longest unheard of among those without children, as far as a bounded
// search finds one. A flood of forks so pushes out its own leaves before a quiet daemon's tree.
void Lineage::shrink_live()
{
    Process* candidate = live_.front;
    for (int tries = 0; tries < 32 && candidate->children > 0; tries++) {
        touch(*candidate);
        candidate = live_.front;
    }
    erase(candidate);
}

} // namespace davylamp
