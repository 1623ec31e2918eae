// SPDX-License-Identifier: Apache-2.0
#include "monitor/stop_signals.h"

#include <sys/signalfd.h>

#include <cerrno>

#include "base/files.h"

namespace davylamp {

Result<StopSignals> StopSignals::open()
{
    StopSignals out;
    sigset_t signals;
    ::sigemptyset(&signals);
    ::sigaddset(&signals, SIGINT);
    ::sigaddset(&signals, SIGTERM);
    // Who ignores it (nohup) is to go on when the terminal goes; what is blocked is not ignored.
    struct sigaction hangup {};
    if (::sigaction(SIGHUP, nullptr, &hangup) == 0 && hangup.sa_handler != SIG_IGN)
        ::sigaddset(&signals, SIGHUP);
    out.fd_ = UniqueFd(::signalfd(-1, &signals, SFD_CLOEXEC));
    if (!out.fd_)
        return fail("signalfd", errno_text(errno));
    if (::sigprocmask(SIG_BLOCK, &signals, &out.before_) != 0)
        return fail("sigprocmask", errno_text(errno));
    return out;
}

} // namespace davylamp
