// SPDX-License-Identifier: Apache-2.0
// Links pinned in bpffs, which keep the programs attached when their sensor is gone. Each instance
// has a folder, and holds a lock on it for as long as it lives.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "davylamp/abi/records.h"

namespace davylamp {

// /sys/fs/bpf/davylamp/NAME-PID-START-CGROUP; NAME is "run" or "guard". PID and START (clock ticks,
// as /proc/PID/stat has them) are for people: whoever asks whether an instance lives asks for its
// lock, since a pid means another process in another pid namespace. CGROUP is the id of the guard's
// cgroup, or a number that makes the name a new one.
class Instance {
public:
    // Error: bpffs or the folder in it is not there for root alone, which a user may have arranged.
    static Result<Instance> create(const std::string& name, std::uint64_t cgroup = 0);
    Instance(Instance&& other) noexcept;
    Instance& operator=(Instance&&) = delete;
    ~Instance(); // removes the folder and what is left in it

    const std::string& folder() const { return folder_; }

private:
    Instance(std::string name, UniqueFd root, UniqueFd locked);

    std::string folder_; // whole path; empty: moved from
    std::string name_;
    UniqueFd root_, locked_;
};

// In an instance's folder: the map of those whom it has stopped to be ended (bpf/condemned.h).
inline constexpr const char* kCondemnedPin = "condemned";

using CgroupHandler = std::function<void(std::uint64_t id)>;
using ProcessHandler = std::function<void(const davy_process_id& id)>;

// Instances of which nobody holds the lock. A guard's stays as long as its cgroup has processes:
// they are what it still protects. `end` is given whom it left stopped. `before_end` is told each
// guard's cgroup that is about to go: the filters on its sockets go with it. Returns how many were
// removed. Errors as of Instance::create(); then nothing was removed.
Result<int> remove_stale_instances(const CgroupHandler& before_end, const ProcessHandler& end);

} // namespace davylamp
