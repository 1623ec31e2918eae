// SPDX-License-Identifier: Apache-2.0
#include "enforcer/process_sockets.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <string_view>

#include "base/process.h"
#include "base/unique_fd.h"

namespace davylamp {

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kWriterPatienceNs = 2'000'000'000;

bool leads_to_socket(const fs::path& descriptor)
{
    char target[64];
    ssize_t size = ::readlink(descriptor.c_str(), target, sizeof target);
    return size > 0 &&
           std::string_view(target, static_cast<std::size_t>(size)).starts_with("socket:[");
}

} // namespace

bool any_socket_of(const davy_process_id& process, const std::function<bool(int)>& wanted,
                   const std::string& proc, const Clock& clock)
{
    const auto pid = static_cast<pid_t>(process.tgid);
    UniqueFd handle(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!handle || start_ticks(pid, proc) != ticks_of(process.start_ns))
        return false;
    const std::int64_t until = clock(CLOCK_MONOTONIC) + kWriterPatienceNs;
    std::error_code error;
    for (fs::directory_iterator at(proc + "/" + std::to_string(pid) + "/fd", error), end;
         at != end && !error && clock(CLOCK_MONOTONIC) < until; at.increment(error)) {
        const std::string name = at->path().filename();
        int number = 0;
        if (std::from_chars(name.data(), name.data() + name.size(), number).ec != std::errc() ||
            !leads_to_socket(at->path()))
            continue;
        UniqueFd socket(static_cast<int>(::syscall(SYS_pidfd_getfd, handle.get(), number, 0)));
        if (socket && wanted(socket.get()))
            return true;
    }
    return false;
}

} // namespace davylamp
