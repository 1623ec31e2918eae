// SPDX-License-Identifier: Apache-2.0
// Processes in OCSF: the objects process, process_entity and file.
#include <string_view>

#include "report/ocsf_parts.h"

namespace davylamp {

namespace {

using Json = OcsfJson;

constexpr int kRegularFile = 1, kSha256 = 3;

std::string joined_arguments(const ProcessInfo& process)
{
    std::string out;
    for (const std::string& arg : process.args)
        out += (out.empty() ? "" : " ") + arg;
    return out;
}

std::string_view process_name(const ProcessInfo& process)
{
    return process.comm.empty() ? process.image_name : process.comm;
}

// process_entity: what a parent and the ancestry say.
Json entity(const ProcessInfo& process, const RecordingInfo& host)
{
    Json out;
    out["pid"] = process.id.tgid;
    if (process.id.start_ns != 0)
        out["uid"] = ocsf_process_uid(process.id, host);
    if (!process_name(process).empty())
        out["name"] = process_name(process);
    if (!process.args.empty())
        out["cmd_line"] = joined_arguments(process);
    if (process.image_path.starts_with('/'))
        out["path"] = process.image_path;
    return out;
}

Json file(const ProcessInfo& process)
{
    Json out;
    out["name"] = process.image_name;
    out["type_id"] = kRegularFile;
    if (process.image_path.starts_with('/'))
        out["path"] = process.image_path;
    out["uid"] = std::to_string(process.image_device) + ":" + std::to_string(process.image_inode);
    if (process.image_nlink == 0)
        out["is_deleted"] = true;
    // The hash of a part is not the file's hash; the facts have it.
    if (process.evidence && process.evidence->whole && !process.evidence->sha256.empty()) {
        out["size"] = process.evidence->size;
        out["hashes"] = Json::array({{{"algorithm_id", kSha256},
                                      {"algorithm", "SHA-256"},
                                      {"value", process.evidence->sha256}}});
    }
    return out;
}

// What OCSF has no key for stands among the process's extended attributes.
void add_place(Json& out, const ProcessInfo& info)
{
    if (info.id.own_tgid != 0)
        out["namespace_pid"] = info.id.own_tgid;
    if (!info.place)
        return;
    const ProcessPlace& place = *info.place;
    if (!place.container.id.empty()) {
        out["container"]["uid"] = place.container.id;
        if (!place.container.runtime.empty())
            out["container"]["runtime"] = place.container.runtime;
    }
    Json more = Json::object();
    if (!place.cgroup.empty())
        more["cgroup"] = place.cgroup;
    if (!place.path.empty())
        more["container_path"] = place.path;
    if (!place.host_path.empty())
        more["host_path"] = place.host_path;
    if (!more.empty())
        out["xattributes"] = std::move(more);
}

} // namespace

std::int64_t ocsf_milliseconds(std::uint64_t time_ns, const RecordingInfo& host)
{
    // Unsigned, so that a hostile recording overflows into nonsense and not into undefined.
    return static_cast<std::int64_t>(time_ns +
                                     static_cast<std::uint64_t>(host.realtime_offset_ns)) /
           1'000'000;
}

std::string ocsf_process_uid(const davy_process_id& id, const RecordingInfo& host)
{
    return host.boot_id + ":" + std::to_string(id.tgid) + ":" + std::to_string(id.start_ns);
}

OcsfJson ocsf_process(const AlertParty& party, const RecordingInfo& host)
{
    const ProcessInfo& info = party.process;
    Json out = entity(info, host);
    if (info.started_ns != 0)
        out["created_time"] = ocsf_milliseconds(info.id.start_ns, host);
    if (info.image_known && !info.image_name.empty())
        out["file"] = file(info);
    if (info.ids_known) {
        out["user"]["uid"] = std::to_string(info.uid);
        out["auid"] = info.auid;
        out["euid"] = info.euid;
    }
    if (info.contained())
        add_place(out, info);
    if (!party.ancestors.empty()) {
        out["parent_process"] = entity(party.ancestors.front(), host);
        Json ancestry = Json::array();
        for (const ProcessInfo& ancestor : party.ancestors)
            ancestry.push_back(entity(ancestor, host));
        out["ancestry"] = std::move(ancestry);
    }
    return out;
}

} // namespace davylamp
