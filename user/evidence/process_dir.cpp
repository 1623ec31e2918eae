// SPDX-License-Identifier: Apache-2.0
#include "evidence/process_dir.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <climits>
#include <optional>
#include <string_view>

#include "base/process.h"
#include "evidence/folder_entries.h"

namespace davylamp {

namespace {

constexpr int kProcFolder = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
constexpr std::uint32_t kExiting = 0x4; // PF_EXITING, include/linux/sched.h

// The names in a folder that are numbers: descriptors, threads. Rising.
std::vector<int> numbers(int folder, const char* name)
{
    std::vector<int> out;
    UniqueFd fd(::openat(folder, name, kProcFolder));
    FolderEntries entries(fd ? ::fdopendir(fd.get()) : nullptr);
    if (!entries)
        return out;
    (void)fd.release();
    while (dirent* entry = ::readdir(entries.get())) {
        std::string_view text(entry->d_name);
        int number = 0;
        if (std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc{})
            out.push_back(number);
    }
    std::sort(out.begin(), out.end());
    return out;
}

std::optional<ProcessStat> stat_in(int folder)
{
    UniqueFd file(::openat(folder, "stat", O_RDONLY | O_CLOEXEC));
    char text[4096]; // the kernel's own is below 1 KiB
    ssize_t size = file ? ::read(file.get(), text, sizeof text) : -1;
    if (size <= 0)
        return std::nullopt;
    return parse_stat({text, static_cast<std::size_t>(size)});
}

} // namespace

int ProcessDir::open(const davy_process_id& target, ProcessDir& out)
{
    auto pid = static_cast<pid_t>(target.tgid);
    if (pid <= 0)
        return ESRCH;
    ProcessDir opened;
    opened.target_ = target;
    opened.pidfd_ = UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!opened.pidfd_)
        return errno;
    std::string path = "/proc/" + std::to_string(pid);
    opened.process_ = UniqueFd(::open(path.c_str(), kProcFolder));
    if (!opened.process_)
        return errno == ENOENT ? ESRCH : errno;
    // Both descriptors hold one process for good; only now does a start time prove anything.
    auto stat = stat_in(opened.process_.get());
    if (!stat || stat->start_ticks != ticks_of(target.start_ns))
        return ESRCH;
    if ((stat->flags & kExiting) != 0 && !opened.find_thread())
        return ESRCH;
    out = std::move(opened);
    return 0;
}

bool ProcessDir::find_thread()
{
    for (int thread : numbers(process_.get(), "task")) {
        std::string name = "task/" + std::to_string(thread);
        UniqueFd folder(::openat(process_.get(), name.c_str(), kProcFolder));
        auto stat = folder ? stat_in(folder.get()) : std::nullopt;
        if (stat && (stat->flags & kExiting) == 0) {
            files_ = std::move(folder);
            return true;
        }
    }
    return false;
}

bool ProcessDir::runs() const
{
    // The flag is set before the memory goes, the descriptor is readable after.
    pollfd ended{pidfd_.get(), POLLIN, 0};
    if (::poll(&ended, 1, 0) > 0)
        return false;
    auto stat = stat_in(files());
    return stat && (stat->flags & kExiting) == 0;
}

bool ProcessDir::same() const
{
    auto stat = stat_in(process_.get());
    return !stat || stat->start_ticks == ticks_of(target_.start_ns);
}

UniqueFd ProcessDir::file(const char* name) const
{
    return UniqueFd(::openat(files(), name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
}

std::string ProcessDir::link(const char* name) const
{
    std::string target(PATH_MAX, '\0');
    ssize_t size = ::readlinkat(files(), name, target.data(), target.size());
    target.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return target;
}

std::vector<int> ProcessDir::descriptors() const { return numbers(files(), "fd"); }

std::string ProcessDir::text(const char* name) const
{
    constexpr std::size_t kMost = 4 << 20;
    std::string out;
    char buffer[16384];
    UniqueFd from = file(name);
    for (ssize_t size;
         from && out.size() < kMost && (size = ::read(from.get(), buffer, sizeof buffer)) > 0;)
        out.append(buffer, static_cast<std::size_t>(size));
    return out;
}

// A line of mountinfo (proc(5)): "36 35 98:0 /root /mnt rw shared:1 - ext3 /dev/root rw".
bool lies_on_fuse(std::string_view mountinfo, std::string_view device)
{
    const std::string wanted = " " + std::string(device) + " ";
    while (!mountinfo.empty()) {
        std::string_view line = mountinfo.substr(0, mountinfo.find('\n'));
        mountinfo.remove_prefix(std::min(line.size() + 1, mountinfo.size()));
        std::size_t dash = line.find(" - ");
        if (dash == line.npos || line.find(wanted) > dash)
            continue;
        std::string_view type = line.substr(dash + 3);
        type = type.substr(0, type.find(' '));
        if (type == "fuse" || type == "fuseblk" || type.starts_with("fuse."))
            return true;
    }
    return false;
}

} // namespace davylamp
