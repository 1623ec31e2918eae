// SPDX-License-Identifier: Apache-2.0
#include "sensor/policy_files.h"

#include <sys/stat.h>

#include <vector>

#include "davylamp/rules/interpreter.h"
#include "davylamp/rules/path_hash.h"
#include "sensor/identify.h"
#include "sensor/map_rows.h"
#include "sensor/skeleton.h"

namespace davylamp {

namespace {

// A file with two names may be two things: where /bin/awk and /bin/sh are links to busybox, it is
// busybox, which reads its own name.
void join(davy_image_row& row, std::uint16_t family, std::uint16_t roles)
{
    if (family && !(row.family && davy_family_is_tool(family)))
        row.family = family;
    row.roles = static_cast<std::uint16_t>(row.roles | roles);
}

} // namespace

std::uint64_t name_hash(std::string_view name)
{
    davy_name_state state;
    davy_name_begin(&state);
    for (char c : name.substr(0, DAVY_HASHED_NAME_MAX))
        davy_name_step(&state, static_cast<std::uint8_t>(c));
    return davy_name_full(&state);
}

bool PolicyFiles::add(const std::string& path, std::uint16_t family, std::uint16_t roles)
{
    auto found = identify(path, skeleton_);
    if (!found) {
        error_ = found.error();
        return false;
    }
    bool there = *found && S_ISREG((*found)->type);
    if (there) {
        davy_image_row& row = rows_[{(*found)->file.inode, (*found)->file.device}];
        join(row, family, roles);
        row.generation = (*found)->generation;
        row.owner = (*found)->owner;
        std::error_code none;
        auto real = std::filesystem::canonical(path, none);
        if (!none && real != path)
            add_place(real, family, roles);
    }
    // An interpreter that is installed later is known by its name.
    if (there || roles)
        add_place(path, family, roles);
    return there;
}

void PolicyFiles::add_place(const std::filesystem::path& path, std::uint16_t family,
                            std::uint16_t roles)
{
    std::error_code none;
    auto folder = std::filesystem::canonical(path.parent_path(), none);
    if (!none)
        join(places_[path.filename()][folder], family, roles);
}

void PolicyFiles::add_local(const std::string& path, std::uint32_t roles)
{
    std::vector<std::string> paths{path};
    if (path.rfind("/usr/", 0) == 0)
        paths.push_back(path.substr(4));
    else
        paths.push_back("/usr" + path);
    for (const std::filesystem::path one : paths) {
        std::uint64_t hash = DAVY_PATH_HASH_BEGIN;
        for (auto at = one; at.has_relative_path(); at = at.parent_path()) {
            hash = davy_path_step(hash, name_hash(at.filename().string()));
            local_[hash] |= at.parent_path().has_relative_path() ? 0 : roles;
        }
    }
}

Result<> PolicyFiles::write() const
{
    if (error_)
        return fail(*error_);
    for (const auto& [file, row] : rows_) {
        davy_inode_key key{file.first, file.second, 0};
        if (auto done = put_row(skeleton_.maps.image_rows, key, row); !done)
            return done;
    }
    for (const auto& [hash, roles] : local_) {
        if (auto done = put_row(skeleton_.maps.local_roles, hash, roles); !done)
            return done;
    }
    return write_places();
}

Result<> PolicyFiles::write_places() const
{
    for (const auto& [name, folders] : places_) {
        const std::uint64_t first = name_hash(name);
        std::uint64_t key = first;
        for (const auto& [path, row] : folders) {
            auto folder = identify(path, skeleton_);
            if (!folder)
                return fail(folder.error());
            if (!*folder || key == first + DAVY_FOLDERS_MAX)
                continue;
            davy_heir_row heir{(*folder)->file, (*folder)->dentry, row, 0};
            if (auto done = put_row(skeleton_.maps.heir_rows, key++, heir); !done)
                return done;
        }
    }
    return {};
}

} // namespace davylamp
