// SPDX-License-Identifier: Apache-2.0
// The folder that evidence goes into, kept open: whatever happens to its path later, everything is
// made below the folder that was looked at.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"

namespace davylamp {

class EvidenceFolder {
public:
    // Makes it (0700) where it is missing. Refused: a symbolic link, what is no directory, what
    // belongs to another user or is open to others, what cannot be written, and a path that another
    // user could lead elsewhere (base/own_path.h).
    static Result<EvidenceFolder> open(const std::string& path);

    const std::string& path() const { return path_; }

    struct Contents {
        std::uint64_t bytes = 0;
        std::uint32_t captures = 0;
    };
    // What lies in it now: the sizes of files, two levels deep; each folder is a capture.
    Contents contents() const;

    // A new folder `name`, or `name`-2, -3 … where that is taken, by whatever; `name` is changed to
    // the one that was made. An invalid descriptor with errno set where that fails.
    UniqueFd make(std::string& name) const;
    // Takes that folder away with the files in it.
    void discard(const UniqueFd& capture, const std::string& name) const;

private:
    EvidenceFolder(std::string path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}

    std::string path_;
    UniqueFd fd_;
};

} // namespace davylamp
