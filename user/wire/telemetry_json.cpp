// SPDX-License-Identifier: Apache-2.0
// Who came from whom, and where a process is.
#include <string_view>

#include "base/text.h"
#include "wire/container.h"
#include "wire/event_json.h"
#include "wire/kind_json.h"

namespace davylamp {

namespace {

// Each NUL ends an argument; what follows the last one was cut off by the kernel's copy.
Json args_json(std::string_view args)
{
    Json out = Json::array();
    while (!args.empty()) {
        std::size_t end = std::min(args.find('\0'), args.size());
        out.push_back(args.substr(0, end));
        args.remove_prefix(std::min(end + 1, args.size()));
    }
    return out;
}

} // namespace

void add_fork(Json& out, const Event& event)
{
    const auto& fork = event.as<davy_event_fork>();
    out["parent"] = id_json(fork.parent);
    out["child"] = id_json(fork.child);
    out["comm"] = field_text(fork.comm);
}

void add_exec(Json& out, const Event& event)
{
    const auto& exec = event.as<davy_event_exec>();
    out["process"] = process_json(exec.process);
    out["stdin_inode"] = exec.stdin_inode;
    out["stdout_inode"] = exec.stdout_inode;
    out["stdin_kind"] = named(names::kDescriptors, exec.stdin_kind);
    out["stdout_kind"] = named(names::kDescriptors, exec.stdout_kind);
    out["args_size"] = exec.args_size;
    out["code_fd"] = exec.code_fd;
    out["args_cut"] = exec.args_cut;
    out["filename"] = field_text(exec.filename);
    out["args"] = args_json(exec_args(event));
}

void add_exit(Json& out, const Event& event)
{
    const auto& exit = event.as<davy_event_exit>();
    out["id"] = id_json(exit.id);
    out["exit_code"] = exit.exit_code;
    out["cpu_ns"] = exit.cpu_ns;
    out["comm"] = field_text(exit.comm);
}

void add_connect(Json& out, const Event& event)
{
    const auto& connect = event.as<davy_event_connect>();
    out["process"] = process_json(connect.process);
    out["flow"] = flow_json(connect.flow);
}

void add_process(Json& out, const Event& event)
{
    const davy_event_process process = whole_process(event);
    out["process"] = process_json(process.process);
    if (process.process.image.nlink == 0)
        out["state"] = state_json(process.state);
    if (process.path[0])
        out["path"] = field_text(process.path);
}

void add_place(Json& out, const Event& event)
{
    const auto& place = event.as<davy_event_place>();
    out["process"] = id_json(place.process);
    out["cgroup_id"] = place.cgroup_id;
    out["file"] = {{"inode", place.file.inode}, {"device", device_text(place.file.device)}};
    out["flags"] = flags(names::kPlaceFlags, place.flags);
    out["pid_namespace"] = place.pid_namespace;
    out["mount_namespace"] = place.mount_namespace;
    out["network"] = place.network;
    out["user_namespace"] = place.user_namespace;
    out["cgroup"] = field_text(place.cgroup);
    if (ContainerName container = container_of(field_text(place.cgroup)); !container.id.empty())
        out["container"] = container.id;
    out["path"] = field_text(place.path);
    out["inside"] = field_text(place.inside);
    out["host"] = field_text(place.host);
}

} // namespace davylamp
