// SPDX-License-Identifier: Apache-2.0
// The cgroup v2 hierarchy: where it is mounted, which cgroup a path is to the kernel programs, and
// guard's own cgroup.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace davylamp {

// The first cgroup2 mount of /proc/self/mounts: /sys/fs/cgroup on most hosts, another on some.
Result<std::string> cgroup2_mount();

// A cgroup as the kernel programs know it.
struct Scope {
    std::string path;        // of its folder
    std::uint64_t id = 0;    // the folder's inode; 0 with level 0: the whole hierarchy
    std::uint32_t level = 0; // depth below the mount
    UniqueFd folder;
};

// PATH may be a folder below the mount, or a name relative to it; "" or "/" is the whole host.
Result<Scope> open_scope(const std::string& path);

// A cgroup by its id, which no other cgroup gets until the next boot.
enum class CgroupState { gone, empty, populated, unknown };
CgroupState state_of_cgroup(std::uint64_t id);
void remove_cgroup(std::uint64_t id); // where it is empty

// A cgroup made for one command and removed with it.
class GuardCgroup {
public:
    // Made below the caller's own cgroup, so that the limits which hold for the caller hold here.
    // Who may write the cgroup.procs of an ancestor may move himself out (cgroup_procs_write(),
    // kernel/cgroup/cgroup.c), and systemd gives whole subtrees to users. So it is made above such
    // a subtree, and there only the limits above hold. Error: every ancestor is somebody's.
    static Result<GuardCgroup> create();
    GuardCgroup(GuardCgroup&& other) noexcept;
    GuardCgroup& operator=(GuardCgroup&&) = delete;
    ~GuardCgroup(); // moves out what still runs, then removes the folder

    const std::string& path() const { return path_; }
    std::uint64_t id() const { return id_; }
    Result<> add(pid_t pid) const;
    bool empty() const; // no live process in it or below
    std::vector<pid_t> processes() const;

private:
    GuardCgroup(std::string path, std::string caller, std::uint64_t id)
        : path_(std::move(path)), caller_(std::move(caller)), id_(id)
    {
    }
    std::string path_, caller_; // the caller's own takes what still runs
    std::uint64_t id_;
};

} // namespace davylamp
