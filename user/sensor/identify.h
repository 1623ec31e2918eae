// SPDX-License-Identifier: Apache-2.0
// Files as the kernel programs know them. stat(2) does not tell: btrfs and overlayfs show another
// device there than the superblock has, which is what the programs compare.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "davylamp/abi/kernel_policy.h"

struct davy_bpf;

namespace davylamp {

// The file or folder that a path leads to, through symbolic links; nothing where there is none.
// Asks the kernel by a program of the loaded object, run in this process, which so becomes the one
// that is never judged. Error: the kernel does not run the program.
Result<std::optional<davy_identity>> identify(const std::string& path, davy_bpf& skeleton);

} // namespace davylamp
