// SPDX-License-Identifier: Apache-2.0
// Ends a process that a record condemned, and no other: by pidfd, after checking that the pid is
// still the process of the record, and that the verdict may hit it (rules/reach.h).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "davylamp/abi/records.h"

namespace davylamp {

struct Outcome {
    std::uint16_t outcome = 0; // DAVY_OUTCOME_*
    int error = 0;             // errno where it failed
};

class Killer {
public:
    virtual ~Killer() = default;
    // `causer`: the real uid of who caused the act, or DAVY_OWN_ACT.
    virtual Outcome kill(const davy_process_id& target, std::uint64_t causer) = 0;
    // SIGSTOP, for somebody who wants to look before kill(). The outcome "killed" then means
    // stopped.
    virtual Outcome stop(const davy_process_id& target, std::uint64_t causer) = 0;
    // Whether kill() would, as far as can be told before.
    virtual bool may_end(const davy_process_id&, std::uint64_t) { return true; }
};

// The real one. `never_kill`: paths of images; their files are known by device and inode, so that
// neither a copy of sshd under another name nor one in a container is spared.
class PidfdKiller : public Killer {
public:
    explicit PidfdKiller(const std::vector<std::string>& never_kill, std::string proc = "/proc");
    Outcome kill(const davy_process_id& target, std::uint64_t causer) override;
    Outcome stop(const davy_process_id& target, std::uint64_t causer) override;
    bool may_end(const davy_process_id& target, std::uint64_t causer) override;

private:
    Outcome send(const davy_process_id& target, std::uint64_t causer, int signal) const;
    bool is_never_killed(pid_t pid) const;

    std::string proc_;
    std::set<std::pair<std::uint64_t, std::uint64_t>> never_;
};

} // namespace davylamp
