// SPDX-License-Identifier: Apache-2.0
#include "enforcer/socket_holders.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <string>

#include "base/clock.h"
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

std::vector<davy_process_id> socket_holders(std::uint32_t inode)
{
    std::vector<davy_process_id> found;
    const std::string wanted = "socket:[" + std::to_string(inode) + "]";
    const std::int64_t until = clock_ns(CLOCK_MONOTONIC) + kPatienceNs;
    const std::uint64_t tick_ns = 1'000'000'000ull / static_cast<unsigned>(::sysconf(_SC_CLK_TCK));
    std::error_code error;
    for (fs::directory_iterator at("/proc", error), end; at != end && !error; at.increment(error)) {
        const std::string name = at->path().filename();
        pid_t pid = 0;
        if (std::from_chars(name.data(), name.data() + name.size(), pid).ptr !=
            name.data() + name.size())
            continue;
        auto start = start_ticks(pid);
        if (start && holds(at->path() / "fd", wanted) && start_ticks(pid) == start)
            found.push_back({*start * tick_ns, static_cast<std::uint32_t>(pid), 0});
        if (clock_ns(CLOCK_MONOTONIC) > until)
            break;
    }
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
        return a.start_ns != b.start_ns ? a.start_ns < b.start_ns : a.tgid < b.tgid;
    });
    return found;
}

} // namespace davylamp
