// SPDX-License-Identifier: Apache-2.0
#include "base/kernel_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <sstream>

#include "base/files.h"
#include "base/unique_fd.h"

namespace davylamp {

namespace {

std::uint32_t device_of(std::uint32_t major, std::uint32_t minor) { return major << 20 | minor; }

// "36 35 98:0 /root /mnt …" (proc_pid_mountinfo(5)): of mount 36 it is 98:0.
std::optional<std::uint32_t> device_of_mount(std::uint64_t mount)
{
    auto table = read_file("/proc/self/mountinfo");
    if (!table)
        return std::nullopt;
    std::istringstream lines(*table);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::uint64_t id = 0, parent = 0;
        std::uint32_t major = 0, minor = 0;
        char colon = 0;
        if (words >> id >> parent >> major >> colon >> minor && id == mount)
            return device_of(major, minor);
    }
    return std::nullopt;
}

} // namespace

std::optional<KernelFile> kernel_file(const std::string& path)
{
    UniqueFd file(::open(path.c_str(), O_PATH | O_CLOEXEC));
    struct statx status {};
    if (!file ||
        ::statx(file.get(), "", AT_EMPTY_PATH, STATX_INO | STATX_TYPE | STATX_MNT_ID, &status) !=
            0 ||
        !S_ISREG(status.stx_mode))
        return std::nullopt;
    KernelFile found;
    found.inode = status.stx_ino;
    found.device = device_of(status.stx_dev_major, status.stx_dev_minor);
    if (status.stx_mask & STATX_MNT_ID)
        found.device = device_of_mount(status.stx_mnt_id).value_or(found.device);
    return found;
}

} // namespace davylamp
