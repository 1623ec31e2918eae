// SPDX-License-Identifier: Apache-2.0
// What readdir() reads, closed by whoever owns it.
#pragma once

#include <dirent.h>

#include <memory>

namespace davylamp {

struct CloseFolder {
    void operator()(DIR* folder) const { ::closedir(folder); }
};
using FolderEntries = std::unique_ptr<DIR, CloseFolder>;

} // namespace davylamp
