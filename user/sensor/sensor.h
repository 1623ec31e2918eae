// SPDX-License-Identifier: Apache-2.0
// The kernel side, seen from userspace: loads, attaches and pins the programs, fills the policy
// maps, drains the ring buffers. The only room that sees libbpf and the skeleton.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "davylamp/abi/numbers.h"
#include "policy/policy.h"
#include "policy/pool_book.h"
#include "sensor/cgroup.h"
#include "sensor/source.h"

namespace davylamp {

struct SensorOptions {
    std::string scope;        // cgroup; "" is the whole host
    bool telemetry = true;    // fork, exec, exit
    bool connects = false;    // every connect, for recordings
    std::string pin_folder;   // of pins.h; "": nothing is pinned
    bool evidence = false;    // save_until() will be called
    bool best_effort = false; // a program that cannot be attached is a row with a reason, no error
};

class Sensor : public Source {
public:
    // Errors: no privilege, no BTF, no cgroup v2, a program the kernel refuses (with the end of the
    // verifier's log), a scope that is no cgroup. Nothing stays attached after an error. `pools`
    // are the lists of `policy`, list files included.
    static Result<Sensor> start(const Policy& policy, const PoolBook& pools,
                                const SensorOptions& options);
    Sensor(Sensor&&) noexcept;
    Sensor& operator=(Sensor&&) = delete;
    ~Sensor() override; // detaches and unpins

    int poll_fd() const override;
    bool drain(const RecordHandler& on_alert, const RecordHandler& on_telemetry) override;
    int most_drains() const override;
    Result<> sweep(bool gone_only, const RecordHandler& on_process) override;
    std::vector<std::uint64_t> losses() const override;
    void mark_replaced(std::uint64_t inode, std::uint32_t device) override;
    void mark_sealed(std::uint64_t inode, std::uint32_t device, bool is_copy) override;
    void save_until(std::uint64_t time_ns) override;
    bool condemn(const davy_process_id& target) override;
    void acquit(const davy_process_id& target) override;
    Result<> end_expired() override;
    Result<> replace_pools(const PoolBook& pools) override;
    bool came_in(int socket, std::uint64_t message) const override;
    // Whether the process is one that policy never has killed (never_killed.h).
    bool never_kills(pid_t pid) const;
    const std::vector<AttachRow>& rows() const override;
    const std::vector<HookChoice>& hooks() const override;

private:
    struct Impl;
    explicit Sensor(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace davylamp
