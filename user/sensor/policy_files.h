// SPDX-License-Identifier: Apache-2.0
// The files that policy lists, on their way into the kernel's maps: what each is, and what becomes
// of a file that a package manager puts in its place.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/result.h"
#include "davylamp/abi/kernel_policy.h"

struct davy_bpf;

namespace davylamp {

class PolicyFiles {
public:
    explicit PolicyFiles(davy_bpf& skeleton) : skeleton_(skeleton) {}

    // Adds to what policy says of the file that `path` leads to, and of whoever takes its place: in
    // the folder that it lies in, and in the one where `path` is a link. Whether it is there.
    bool add(const std::string& path, std::uint16_t family, std::uint16_t roles);
    // What whoever runs the file at this place has in a root that is not the host's. Where /bin and
    // its like are links into /usr, either path stands for the other.
    void add_local(const std::string& path, std::uint32_t roles);
    // Into image_rows, heir_rows and local_roles. Of one name, the first DAVY_FOLDERS_MAX folders
    // count. Errors: the kernel told of no file; a map is full.
    Result<> write() const;

private:
    void add_place(const std::filesystem::path& path, std::uint16_t family, std::uint16_t roles);
    Result<> write_places() const;

    davy_bpf& skeleton_;
    std::map<std::pair<std::uint64_t, std::uint32_t>, davy_image_row> rows_; // by inode and device
    // By the last component, and then by the folder.
    std::map<std::string, std::map<std::string, davy_image_row>> places_;
    std::map<std::uint64_t, std::uint32_t> local_; // by the hash of rules/path_hash.h
    std::optional<Error> error_;
};

// As the kernel programs hash the last component of a path.
std::uint64_t name_hash(std::string_view name);

} // namespace davylamp
