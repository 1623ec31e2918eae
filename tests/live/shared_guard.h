// SPDX-License-Identifier: Apache-2.0
// One guard for many cases: loading the programs takes longer than most attacks. Within a process,
// the cases of a mode and policy run one after the other under the same guard, each in a cgroup of
// its own.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "guard.h"

namespace davylamp::test {

class SharedGuard {
public:
    // One with this mode, policy and recording. Throws where it does not start.
    explicit SharedGuard(const GuardOptions& options);
    ~SharedGuard();
    SharedGuard(const SharedGuard&) = delete;
    SharedGuard& operator=(const SharedGuard&) = delete;

    // Starts a command, in a cgroup of its own below the guard's. One at a time.
    void start(const std::vector<std::string>& command);
    // What the guard has printed since then: whole lines.
    std::string alerts();
    // Waits for the command and what it left behind. Its status or 86, and its alerts alone.
    GuardResult finish(std::chrono::milliseconds patience);
    // Ends the guard: with all that it printed.
    GuardResult end();

private:
    class Job;
    std::string fifo() const { return folder_ / "jobs"; }
    GuardOptions with_usher(GuardOptions options) const;
    bool take_alerts(int beacon, std::string& alerts);
    std::string alerts_up_to_now();

    TempFolder folder_;
    Guard guard_;
    UniqueFd jobs_;
    std::unique_ptr<Job> job_;
    std::size_t taken_ = 0;
};

// The one for this mode and policy, which is started where it does not run. Of each mode only the
// few that were asked for last are kept.
SharedGuard& shared_guard(Mode mode, const std::string& policy);
// From now on, before the first of them starts: the policy of the cases that name none. It may deny
// or list what those cases never touch, and saves the cases that do touch it a guard of their own.
void share_guards_with(const std::string& policy);

} // namespace davylamp::test
