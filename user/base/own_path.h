// SPDX-License-Identifier: Apache-2.0
// Paths that a sensor takes its orders from and writes to. What runs as root must not be led
// elsewhere by another user, so such a path is walked folder by folder, each by its descriptor, and
// nobody but root and our own user may be able to change where it leads.
#pragma once

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace davylamp {

// Whose files are read: a person replays and checks what anybody wrote, a sensor obeys its own.
enum class Trust { anybody, ours };

// Whether symbolic links are followed. They are where nobody else can exchange them: in a folder
// that is ours, or as an entry of ours in a sticky one.
enum class Links { followed, refused };

// A folder is ours if it belongs to root or to our own user, nobody else may write in it, and the
// same holds for every folder above it. A folder above may be open to others if it is sticky
// (/tmp) and its entry on the way is ours. Errors name the path, what is wrong where, and the mend.
Result<UniqueFd> open_own_folder(const std::string& path, Links links = Links::followed);

// Where a file lies, or is to be made.
struct OwnPlace {
    UniqueFd folder; // O_PATH
    std::string name;
};
// The folder may be sticky and open to others: the name is then to be made anew (O_EXCL).
Result<OwnPlace> open_own_place(const std::string& path);

// A file to read, which belongs to us and which nobody else may write. What our starter handed us
// as a descriptor (/dev/fd/N), and is no regular file, is the starter's to answer for. `flags` as
// of open(2), beside O_CLOEXEC.
Result<UniqueFd> open_own_file(const std::string& path, int flags);

// open_own_file(), or open(2) where anybody is trusted.
Result<UniqueFd> open_to_read(const std::string& path, Trust trust, int flags);

} // namespace davylamp
