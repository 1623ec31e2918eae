// SPDX-License-Identifier: Apache-2.0
#include "enforcer/killer.h"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/process.h"
#include "base/unique_fd.h"
#include "davylamp/rules/reach.h"

namespace davylamp {

namespace {

// glibc 2.36 has wrappers; older build hosts do not, and the numbers are the same everywhere.
int pidfd_open(pid_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

int pidfd_send_signal(int fd, int signal)
{
    return static_cast<int>(::syscall(SYS_pidfd_send_signal, fd, signal, nullptr, 0));
}

// A process that has ended and that its parent has yet to ask for takes signals, and has nothing of
// what it had. A pidfd is readable when all threads have ended (pidfd_poll(), kernel/fork.c).
bool has_ended(int process)
{
    pollfd entry{process, POLLIN, 0};
    return ::poll(&entry, 1, 0) == 1 && (entry.revents & POLLIN);
}

} // namespace

PidfdKiller::PidfdKiller(std::function<bool(pid_t)> never_kills, std::string proc)
    : never_kills_(std::move(never_kills)), proc_(std::move(proc))
{
}

Outcome PidfdKiller::kill(const davy_process_id& target, std::uint64_t causer)
{
    return send(target, causer, SIGKILL);
}

Outcome PidfdKiller::stop(const davy_process_id& target, std::uint64_t causer)
{
    return send(target, causer, SIGSTOP);
}

bool PidfdKiller::may_end(const davy_process_id& target, std::uint64_t causer)
{
    return send(target, causer, 0).outcome == DAVY_OUTCOME_KILLED;
}

Outcome PidfdKiller::send(const davy_process_id& target, std::uint64_t causer, int signal) const
{
    auto pid = static_cast<pid_t>(target.tgid);
    if (pid <= 1 || pid == ::getpid())
        return {DAVY_OUTCOME_SPARED, 0};
    UniqueFd process(pidfd_open(pid));
    if (!process)
        return errno == ESRCH ? Outcome{DAVY_OUTCOME_GONE, 0} : Outcome{DAVY_OUTCOME_FAILED, errno};
    // The descriptor holds one process for good, so only now a start time proves anything. If the
    // start time cannot be read (no descriptor is left), that does not say that the process is
    // gone.
    auto start = start_ticks(pid, proc_);
    if (!start && pidfd_send_signal(process.get(), 0) == 0)
        return {DAVY_OUTCOME_FAILED, EIO};
    if (start != ticks_of(target.start_ns) || has_ended(process.get()))
        return {DAVY_OUTCOME_GONE, 0};
    auto users = process_users(pid, proc_);
    if (!users)
        return {DAVY_OUTCOME_FAILED, EIO};
    if (!davy_may_hit(causer, users->real, users->saved))
        return {DAVY_OUTCOME_OUT_OF_REACH, 0};
    if (never_kills_ && never_kills_(pid))
        return {DAVY_OUTCOME_SPARED, 0};
    if (pidfd_send_signal(process.get(), signal) == 0)
        return {DAVY_OUTCOME_KILLED, 0};
    return errno == ESRCH ? Outcome{DAVY_OUTCOME_GONE, 0} : Outcome{DAVY_OUTCOME_FAILED, errno};
}

} // namespace davylamp
