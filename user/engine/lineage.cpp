// SPDX-License-Identifier: Apache-2.0
// What each record says of a process, taken into the lineage.
#include "engine/lineage.h"

#include <algorithm>
#include <cstring>

#include "wire/container.h"
#include "wire/event.h"

namespace davylamp {

namespace {

// It runs another image since, so what was saved is not of this one. A record that is older than
// the capture changes nothing, even if it comes after it.
void forget_evidence(Lineage::Process& process, std::uint64_t time_ns)
{
    if (process.evidence && process.evidence->time_ns < time_ns)
        process.evidence.reset();
}

} // namespace

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

} // namespace davylamp
