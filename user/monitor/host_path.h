// SPDX-License-Identifier: Apache-2.0
// A file's path on the host, from its path within its filesystem, by the mounts of Davylamp's own
// mount namespace.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.h"

namespace davylamp {

struct MountLine {
    std::uint32_t device = 0; // major << 20 | minor, as davy_image has it
    std::string root, point;  // the folder of the filesystem that is seen at `point`
};

// Reads a file like /proc/PID/mountinfo (proc_pid_mountinfo(5)); other lines are left out.
std::vector<MountLine> parse_mountinfo(std::string_view text);

// Every place where a path within the filesystem of `device` is seen, the likeliest (the longest
// root, then the mount that came last) first.
std::vector<std::string> seen_at(const std::vector<MountLine>& mounts, std::uint32_t device,
                                 std::string_view inside);

class HostPaths {
public:
    HostPaths();
    // "" where no mount of the host shows the file. Where several may, the one that has the inode.
    std::string find(std::uint32_t device, std::uint64_t inode, std::string_view inside);

private:
    void refresh();

    UniqueFd mounts_fd_; // poll(2) tells when the table has changed
    std::vector<MountLine> mounts_;
    bool read_ = false;
};

} // namespace davylamp
