// SPDX-License-Identifier: Apache-2.0
#include "engine/lineage.h"

#include <algorithm>
#include <cstring>

#include "wire/container.h"
#include "wire/event.h"

namespace davylamp {

namespace {

// Deep enough for any honest tree; a recording that lies may hold a ring of parents.
constexpr int kDepthMax = 64;

// Init and kthreadd are everybody's ancestors: they join nothing.
bool is_outside(const davy_process_id& id) { return id.tgid <= 2; }

// Another image since: what was saved is none of it. A record of before the capture, which may come
// after it, changes nothing.
void forget_evidence(Lineage::Process& process, std::uint64_t time_ns)
{
    if (process.evidence && process.evidence->time_ns < time_ns)
        process.evidence.reset();
}

std::vector<std::string> split_args(std::string_view raw)
{
    std::vector<std::string> args;
    if (!raw.empty() && raw.back() == '\0')
        raw.remove_suffix(1);
    else if (raw.empty())
        return args;
    for (;;) {
        std::size_t end = raw.find('\0');
        args.emplace_back(raw.substr(0, end));
        if (end == std::string_view::npos)
            return args;
        raw.remove_prefix(end + 1);
    }
}

} // namespace

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
    if (!is_outside(parent))
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

void Lineage::fork(const davy_event_fork& event)
{
    if (event.child.tgid == 0 || same_process(event.child, event.parent))
        return;
    Process* child = find(event.child);
    if (!child) {
        child = &add(event.child, event.header.time_ns);
        if (Process* parent = find(event.parent)) { // after add(), which may forget somebody
            davy_process_id id = child->facts.id;
            child->facts = parent->facts;
            child->facts.id = id;
            child->facts.parent = {};
            child->text = parent->text;
            child->place = parent->place;
            child->ids_known = parent->ids_known;
            child->image_known = parent->image_known;
            touch(*parent);
        }
        std::memcpy(child->facts.comm, event.comm, sizeof event.comm);
    }
    if (!child->parent_from_fork) {
        adopt(*child, event.parent);
        child->parent_from_fork = true;
    }
}

Lineage::Process* Lineage::seen(const davy_process& process, std::uint64_t time_ns)
{
    if (process.id.tgid == 0)
        return nullptr;
    Process* known = find(process.id);
    if (!known)
        known = &add(process.id, time_ns);
    else
        touch(*known);
    davy_process_id parent = known->facts.parent;
    davy_image image = known->facts.image;
    std::uint32_t own = known->facts.id.own_tgid;
    known->facts = process;
    if (process.id.own_tgid == 0)
        known->facts.id.own_tgid = own;
    known->facts.parent = parent;
    known->ids_known = true;
    if (process.image.inode == 0) { // the kernel could not read it
        known->facts.image = image;
    } else {
        // Another file than we know of: its exec was lost, and the old command line with it.
        if (known->image_known &&
            (image.inode != process.image.inode || image.device != process.image.device)) {
            known->text.reset();
            forget_evidence(*known, time_ns);
        }
        known->image_known = true;
    }
    if (parent.tgid == 0)
        adopt(*known, process.parent);
    return known;
}

void Lineage::exec(const davy_event_exec& event, std::string_view args)
{
    Process* process = seen(event.process, event.header.time_ns);
    if (!process)
        return;
    process->text = std::make_shared<const ExecText>(
        ExecText{std::string(field_text(event.filename)), std::string(args), event.args_cut != 0});
    process->started_ns = event.header.time_ns;
    process->place.reset(); // where it is elsewhere than the host, that follows
    forget_evidence(*process, event.header.time_ns);
}

void Lineage::evidence(const davy_process_id& target, EvidenceInfo info)
{
    if (Process* process = named(target, {}, info.time_ns))
        process->evidence = std::make_shared<const EvidenceInfo>(std::move(info));
}

void Lineage::place(const davy_event_place& event)
{
    Process* process = named(event.process, {}, event.header.time_ns);
    if (!process)
        return;
    ProcessPlace place;
    place.flags = event.flags;
    place.cgroup = field_text(event.cgroup);
    place.container = container_of(place.cgroup);
    place.file = event.file;
    place.path = field_text(event.path);
    place.host_path = field_text(event.host);
    process->place = std::make_shared<const ProcessPlace>(std::move(place));
    process->facts.cgroup_id = event.cgroup_id;
}

void Lineage::exit(const davy_event_exit& event)
{
    if (Process* process = find(event.id))
        end(*process);
}

Lineage::Process* Lineage::named(const davy_process_id& id, std::string_view comm,
                                 std::uint64_t time_ns)
{
    if (id.tgid == 0)
        return nullptr;
    Process* process = find(id);
    if (!process)
        process = &add(id, time_ns);
    if (process->facts.id.own_tgid == 0)
        process->facts.id.own_tgid = id.own_tgid;
    if (process->facts.comm[0] == '\0' && !comm.empty()) {
        std::size_t size = std::min(comm.size(), sizeof process->facts.comm - 1);
        std::memcpy(process->facts.comm, comm.data(), size);
    }
    return process;
}

ProcessInfo Lineage::info(const Process& process)
{
    const davy_process& facts = process.facts;
    ProcessInfo out;
    out.id = facts.id;
    out.parent = facts.parent;
    out.comm = field_text(facts.comm);
    out.image_name = field_text(facts.image.name);
    out.image_path = process.text ? process.text->filename : out.image_name;
    if (process.text) {
        out.args = split_args(process.text->args);
        out.args_cut = process.text->args_cut;
    }
    out.uid = facts.uid;
    out.euid = facts.euid;
    out.gid = facts.gid;
    out.auid = facts.auid;
    out.ids_known = process.ids_known;
    out.cgroup_id = facts.cgroup_id;
    out.image_inode = facts.image.inode;
    out.image_device = facts.image.device;
    out.image_nlink = facts.image.nlink;
    out.image_mode = facts.image.mode;
    out.image_owner = facts.image.owner;
    out.image_known = process.image_known;
    out.started_ns = process.started_ns;
    out.ended = process.ended();
    out.evidence = process.evidence;
    out.place = process.place;
    return out;
}

std::vector<ProcessInfo> Lineage::ancestors(const davy_process_id& id) const
{
    std::vector<ProcessInfo> out;
    const Process* process = find(id);
    for (int depth = 0; process && depth < kDepthMax; depth++) {
        davy_process_id parent = process->facts.parent;
        if (parent.tgid == 0)
            break;
        process = find(parent);
        if (process) {
            out.push_back(info(*process));
        } else {
            out.emplace_back();
            out.back().id = parent;
        }
        if (parent.tgid == 1)
            break;
    }
    return out;
}

bool Lineage::is_ancestor(const davy_process_id& elder, const davy_process_id& of) const
{
    const Process* process = find(of);
    for (int depth = 0; process && depth < kDepthMax; depth++) {
        if (process->facts.parent.tgid != 0 && same_process(process->facts.parent, elder))
            return true;
        process = find(process->facts.parent);
    }
    return false;
}

davy_process_id Lineage::root(const davy_process_id& id) const
{
    const Process* process = find(id);
    if (!process)
        return id;
    for (int depth = 0; depth < kDepthMax && !is_outside(process->facts.parent); depth++) {
        const Process* parent = find(process->facts.parent);
        if (!parent)
            break;
        process = parent;
    }
    return process->root;
}

std::vector<davy_process_id> Lineage::running(std::uint64_t inode, std::uint32_t device) const
{
    std::vector<davy_process_id> out;
    for (const Process* process = live_.front; process; process = process->next) {
        if (process->image_known && process->facts.image.inode == inode &&
            process->facts.image.device == device)
            out.push_back(process->facts.id);
    }
    std::sort(out.begin(), out.end(), [](const davy_process_id& a, const davy_process_id& b) {
        return a.start_ns != b.start_ns ? a.start_ns < b.start_ns : a.tgid < b.tgid;
    });
    return out;
}

} // namespace davylamp
