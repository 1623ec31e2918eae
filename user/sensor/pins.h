// SPDX-License-Identifier: Apache-2.0
// Links pinned in bpffs, which keep the programs attached when their sensor is gone. Each instance
// has a folder, named for the process that made it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "base/result.h"

namespace davylamp {

// /sys/fs/bpf/davylamp/NAME-PID-START; NAME is "run" or "guard". START is the process's start time
// of /proc/PID/stat (clock ticks), so that a reused pid is another instance.
class Instance {
public:
    static Result<Instance> create(const std::string& name);
    Instance(Instance&& other) noexcept : folder_(std::move(other.folder_))
    {
        other.folder_.clear();
    }
    Instance& operator=(Instance&&) = delete;
    ~Instance(); // removes the folder and what is left in it

    const std::string& folder() const { return folder_; }

private:
    explicit Instance(std::string folder) : folder_(std::move(folder)) {}
    std::string folder_;
};

using CgroupHandler = std::function<void(std::uint64_t id)>;

// Instances whose process is gone. A guard's stays as long as its cgroup has processes: they are
// what it still protects. `before_end` is told each guard's cgroup that is about to go: the filters
// on its sockets go with it. Returns how many were removed.
int remove_stale_instances(const CgroupHandler& before_end);

} // namespace davylamp
