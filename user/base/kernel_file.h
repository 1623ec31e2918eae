// SPDX-License-Identifier: Apache-2.0
// A file as the kernel itself knows it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace davylamp {

struct KernelFile {
    std::uint64_t inode = 0;
    std::uint32_t device = 0; // super_block->s_dev: major << 20 | minor
};

// The regular file that a path leads to, nothing where there is none. stat(2)'s device is another
// on btrfs and overlayfs; the table of mounts has the superblock's.
std::optional<KernelFile> kernel_file(const std::string& path);

} // namespace davylamp
