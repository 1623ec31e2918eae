// SPDX-License-Identifier: Apache-2.0
// The kernel side, seen from userspace: loads, attaches and pins the programs, fills the policy
// maps, drains the ring buffers. The only room that sees libbpf and the skeleton.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "davylamp/abi/names.h"
#include "policy/policy.h"
#include "policy/pool_book.h"
#include "sensor/backend.h"
#include "sensor/cgroup.h"
#include "sensor/programs.h"

namespace davylamp {

struct SensorOptions {
    std::string scope;        // cgroup; "" is the whole host
    bool telemetry = true;    // fork, exec, exit
    bool connects = false;    // every connect, for recordings
    std::string pin_folder;   // of pins.h; "": nothing is pinned
    bool evidence = false;    // save_until() will be called
    bool best_effort = false; // a program that cannot be attached is a row with a reason, no error
};

// The bytes of one record, valid during the call.
using RecordHandler = std::function<void(const std::byte* data, std::size_t size)>;

class Sensor {
public:
    // Errors: no privilege, no BTF, no cgroup v2, a program the kernel refuses (with the end of the
    // verifier's log), a scope that is none. Nothing stays attached after an error.
    // `pools` are the lists of `policy`, list files included.
    static Result<Sensor> start(const Policy& policy, const PoolBook& pools,
                                const SensorOptions& options);
    Sensor(Sensor&&) noexcept;
    Sensor& operator=(Sensor&&) = delete;
    ~Sensor(); // detaches and unpins

    int poll_fd() const; // readable when an alert waits or telemetry is a quarter full
    // Drains both rings: alerts first. Returns true when more may wait: a flood is left in slices,
    // so that neither ring waits behind the other, and the caller not behind both.
    bool drain(const RecordHandler& on_alert, const RecordHandler& on_telemetry);
    // After so many drains, everything is read that waited before the first of them, however fast
    // more comes.
    int most_drains() const;
    // One davy_event_process a process of the scope; `gone_only`: those whose image is gone.
    Result<> sweep(bool gone_only, const RecordHandler& on_process);
    // Counts since load, by DAVY_LOSS_*.
    std::vector<std::uint64_t> losses() const;
    // A file that a package manager replaced before we came: its image is no finding.
    void mark_replaced(std::uint64_t inode, std::uint32_t device);
    // A sealed copy that a runtime started before we came, and that it is none after all.
    void mark_sealed(std::uint64_t inode, std::uint32_t device, bool is_copy);
    // Who is to die for a gone image is stopped instead until then (CLOCK_BOOTTIME, ns): somebody
    // here saves the image, and ends it.
    void save_until(std::uint64_t time_ns);
    // Ends allow rules earlier where the calendar was set forward since load; to be called now and
    // then. Without it each ends as long after load as the calendar said then.
    Result<> end_expired();
    // Puts new lists of pool addresses and names in the place of those in force; the programs see
    // one or the other. After an error the old ones are in force. Ports and protocols stay.
    Result<> replace_pools(const PoolBook& pools);
    const std::vector<AttachRow>& rows() const;
    // Which backend serves each hook, and why no better one does; empty where the detection of
    // images is off.
    const std::vector<HookChoice>& hooks() const;

private:
    struct Impl;
    explicit Sensor(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace davylamp
