// SPDX-License-Identifier: Apache-2.0
// What the lineage answers: a process as alerts show it, its ancestors, its root, who runs a file.
#include "engine/lineage.h"

#include <algorithm>

#include "wire/event.h"

namespace davylamp {

namespace {

// Deep enough for any honest tree; a recording that lies may hold a ring of parents.
constexpr int kDepthMax = 64;

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
    for (int depth = 0; depth < kDepthMax && !is_everybodys_ancestor(process->facts.parent);
         depth++) {
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
