// SPDX-License-Identifier: Apache-2.0
// Ends a process that a record condemned, and no other: by pidfd, after checking that the pid is
// still the process of the record, and that the verdict may hit it (rules/reach.h).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>

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

// The real one. `never_kills` says whom to spare; empty: nobody but pid 1 and this process.
class PidfdKiller : public Killer {
public:
    explicit PidfdKiller(std::function<bool(pid_t)> never_kills = {}, std::string proc = "/proc");
    Outcome kill(const davy_process_id& target, std::uint64_t causer) override;
    Outcome stop(const davy_process_id& target, std::uint64_t causer) override;
    bool may_end(const davy_process_id& target, std::uint64_t causer) override;

private:
    Outcome send(const davy_process_id& target, std::uint64_t causer, int signal) const;

    std::function<bool(pid_t)> never_kills_;
    std::string proc_;
};

} // namespace davylamp
