// SPDX-License-Identifier: Apache-2.0
#include "enforcer/killer.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "base/process.h"
#include "base/unique_fd.h"

namespace davylamp {

namespace {

// glibc 2.36 has wrappers; older build hosts do not, and the numbers are the same everywhere.
int pidfd_open(pid_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

int pidfd_send_signal(int fd, int signal)
{
    return static_cast<int>(::syscall(SYS_pidfd_send_signal, fd, signal, nullptr, 0));
}

} // namespace

PidfdKiller::PidfdKiller(const std::vector<std::string>& never_kill)
{
    struct stat status {};
    for (const std::string& path : never_kill) {
        if (::stat(path.c_str(), &status) == 0)
            never_.insert({status.st_dev, status.st_ino});
    }
}

Outcome PidfdKiller::kill(const davy_process_id& target) { return send(target, SIGKILL); }

Outcome PidfdKiller::stop(const davy_process_id& target) { return send(target, SIGSTOP); }

Outcome PidfdKiller::send(const davy_process_id& target, int signal) const
{
    auto pid = static_cast<pid_t>(target.tgid);
    if (pid <= 1 || pid == ::getpid())
        return {DAVY_OUTCOME_SPARED, 0};
    UniqueFd process(pidfd_open(pid));
    if (!process)
        return errno == ESRCH ? Outcome{DAVY_OUTCOME_GONE, 0} : Outcome{DAVY_OUTCOME_FAILED, errno};
    // The descriptor holds one process for good; only now does comparing its start time prove
    // anything.
    if (start_ticks(pid) != ticks_of(target.start_ns))
        return {DAVY_OUTCOME_GONE, 0};
    struct stat image {};
    std::string exe = "/proc/" + std::to_string(pid) + "/exe";
    if (::stat(exe.c_str(), &image) == 0 && never_.count({image.st_dev, image.st_ino}) != 0)
        return {DAVY_OUTCOME_SPARED, 0};
    if (pidfd_send_signal(process.get(), signal) == 0)
        return {DAVY_OUTCOME_KILLED, 0};
    return errno == ESRCH ? Outcome{DAVY_OUTCOME_GONE, 0} : Outcome{DAVY_OUTCOME_FAILED, errno};
}

} // namespace davylamp
