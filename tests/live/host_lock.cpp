// SPDX-License-Identifier: Apache-2.0
#include "host_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <system_error>

#include "base/unique_fd.h"

namespace davylamp::test {

namespace {

// One for all builds on this machine: the programs are one as well. Forks that start no program of
// their own keep it, too.
constexpr const char* kLock = "/run/davylamp-tests.lock";

int lock()
{
    static const UniqueFd fd(::open(kLock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    return fd.get();
}

void hold(int how)
{
    while (::flock(lock(), how) != 0) {
        if (errno != EINTR)
            throw std::system_error(errno, std::generic_category(), kLock);
    }
}

} // namespace

void share_host()
{
    static const bool shared = (hold(LOCK_SH), true);
    (void)shared;
}

void have_host_alone()
{
    share_host(); // and what asks for that later does not give it back
    hold(LOCK_EX);
}

} // namespace davylamp::test
