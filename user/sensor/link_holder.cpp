// SPDX-License-Identifier: Apache-2.0
#include "sensor/link_holder.h"

#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>

#include "base/files.h"
#include "base/unique_fd.h"

namespace davylamp {

namespace {

// `kept` is sorted.
void close_all_but(const std::vector<int>& kept)
{
    unsigned next = 0;
    for (int descriptor : kept) {
        auto at = static_cast<unsigned>(descriptor);
        if (next < at)
            ::close_range(next, at - 1, 0);
        next = at + 1;
    }
    ::close_range(next, UINT_MAX, 0);
}

[[noreturn]] void sleep_until_told(int watch)
{
    alignas(inotify_event) char events[sizeof(inotify_event) + NAME_MAX + 1];
    ssize_t size;
    do
        size = ::read(watch, events, sizeof events);
    while (size < 0 && errno == EINTR);
    ::_exit(0);
}

} // namespace

Result<> hold_until_removed(std::vector<int> descriptors, const std::string& folder)
{
    UniqueFd watch(::inotify_init1(IN_CLOEXEC));
    // With the folder's file system goes the watch, which is told as well.
    if (!watch || ::inotify_add_watch(watch.get(), folder.c_str(), IN_DELETE_SELF) < 0)
        return fail(folder, "cannot be watched: " + errno_text(errno));
    descriptors.push_back(watch.get());
    std::sort(descriptors.begin(), descriptors.end());

    pid_t between = ::fork();
    if (between < 0)
        return fail("fork", errno_text(errno));
    if (between == 0) {
        // The holder is nobody's child, so that nobody waits for it.
        pid_t holder = ::fork();
        if (holder != 0)
            ::_exit(holder < 0);
        ::setsid();
        ::prctl(PR_SET_NAME, "davylamp-hold");
        for (int signal : {SIGINT, SIGTERM, SIGHUP})
            ::signal(signal, SIG_IGN);
        if (::chdir("/") != 0)
            ::_exit(1);
        close_all_but(descriptors);
        sleep_until_told(watch.get());
    }
    int status = 0;
    while (::waitpid(between, &status, 0) < 0 && errno == EINTR) {
    }
    if (status != 0)
        return fail("fork", "the holder of unpinned links did not start");
    return {};
}

} // namespace davylamp
