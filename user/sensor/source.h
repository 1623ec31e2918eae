// SPDX-License-Identifier: Apache-2.0
// The kernel side as user/monitor uses it: records come out, marks go in. The sensor is one; tests
// have others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "base/result.h"
#include "davylamp/abi/records.h"
#include "policy/pool_book.h"
#include "sensor/backend.h"
#include "sensor/programs.h"

namespace davylamp {

// The bytes of one record, valid during the call.
using RecordHandler = std::function<void(const std::byte* data, std::size_t size)>;

class Source {
public:
    virtual ~Source() = default;

    virtual int poll_fd() const = 0; // readable when an alert waits or telemetry is a quarter full
    // Drains both rings: alerts first. Returns true when more may wait: a flood is left in slices,
    // so that neither ring waits behind the other, and the caller not behind both.
    virtual bool drain(const RecordHandler& on_alert, const RecordHandler& on_telemetry) = 0;
    // After this many drains, everything has been read that waited before the first of them,
    // however fast more comes.
    virtual int most_drains() const = 0;
    // One davy_event_process a process of the scope; `gone_only`: those whose image is gone.
    virtual Result<> sweep(bool gone_only, const RecordHandler& on_process) = 0;
    // Counts since load, by DAVY_LOSS_*.
    virtual std::vector<std::uint64_t> losses() const = 0;
    // A file that a package manager replaced before we came: its image is no finding.
    virtual void mark_replaced(std::uint64_t inode, std::uint32_t device) = 0;
    // A sealed copy that a runtime started before we came, and that it is none after all.
    virtual void mark_sealed(std::uint64_t inode, std::uint32_t device, bool is_copy) = 0;
    // Until then (CLOCK_BOOTTIME, ns), the kernel stops a process that it would kill for its gone
    // image: userspace saves the image, and ends it.
    virtual void save_until(std::uint64_t time_ns) = 0;
    // Before a process is stopped, to be ended later: from now on the kernel ends it when it runs
    // again, whoever continues it and whether we are there or not. False: this kernel cannot
    // (before 6.18 without trampolines), or has no room; then nothing may be waited for. acquit():
    // it is not to be ended after all, or has ended already.
    virtual bool condemn(const davy_process_id& target) = 0;
    virtual void acquit(const davy_process_id& target) = 0;
    // Ends allow rules earlier where the calendar was set forward since load; to be called now and
    // then. Without it each ends as long after load as the calendar said then.
    virtual Result<> end_expired() = 0;
    // Puts new lists of pool addresses and names in the place of those in force; the programs see
    // one or the other. After an error the old ones are in force. Ports and protocols stay.
    virtual Result<> replace_pools(const PoolBook& pools) = 0;
    // Whether this Stratum message (davy_event_stratum.message) came in on that socket, given as a
    // descriptor of it, after it was accepted; or may have, as not all that did was read.
    virtual bool came_in(int socket, std::uint64_t message) const = 0;
    virtual const std::vector<AttachRow>& rows() const = 0;
    // Which backend serves each hook, and why no better one does; empty where the detection of
    // images is off.
    virtual const std::vector<HookChoice>& hooks() const = 0;
};

} // namespace davylamp
