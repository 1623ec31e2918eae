// SPDX-License-Identifier: Apache-2.0
#include "enforcer/socket_holders.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <string>

#include "base/process.h"

namespace davylamp {

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kPatienceNs = 2'000'000'000;

bool holds(const fs::path& descriptors, const std::string& wanted)
{
    std::error_code error;
    for (fs::directory_iterator at(descriptors, error), end; at != end && !error;
         at.increment(error)) {
        char target[64];
        ssize_t size = ::readlink(at->path().c_str(), target, sizeof target);
        if (size > 0 && std::string_view(target, static_cast<std::size_t>(size)) == wanted)
            return true;
    }
    return false;
}

} // namespace

std::vector<SocketHolder> socket_holders(std::uint32_t inode, const std::string& proc,
                                         const Clock& clock)
{
    std::vector<SocketHolder> found;
    const std::string wanted = "socket:[" + std::to_string(inode) + "]";
    const std::int64_t until = clock(CLOCK_MONOTONIC) + kPatienceNs;
    std::error_code error;
    for (fs::directory_iterator at(proc, error), end; at != end && !error; at.increment(error)) {
        const std::string name = at->path().filename();
        pid_t pid = 0;
        if (std::from_chars(name.data(), name.data() + name.size(), pid).ptr !=
            name.data() + name.size())
            continue;
        auto start = start_ticks(pid, proc);
        if (start && holds(at->path() / "fd", wanted) && start_ticks(pid, proc) == start)
            found.push_back({*start, static_cast<std::uint32_t>(pid)});
        if (clock(CLOCK_MONOTONIC) > until)
            break;
    }
    std::sort(found.begin(), found.end());
    return found;
}

} // namespace davylamp
