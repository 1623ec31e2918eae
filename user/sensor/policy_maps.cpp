// SPDX-License-Identifier: Apache-2.0
#include "sensor/policy_maps.h"

#include <bpf/libbpf.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "davylamp/abi/kernel_policy.h"
#include "davylamp/rules/interpreter.h"
#include "policy/allow_tables.h"
#include "sensor/map_rows.h"
#include "sensor/policy_files.h"
#include "sensor/skeleton.h"

namespace davylamp {

namespace {

// Writes what a package holds to a pipe; debootstrap makes a root of that.
constexpr const char* kUnpacker = "/usr/bin/dpkg-deb";
constexpr const char* kAskDns[] = {"/usr/bin/dig",  "/usr/bin/host",  "/usr/bin/nslookup",
                                   "/usr/bin/delv", "/usr/bin/drill", "/usr/bin/kdig",
                                   "/usr/bin/khost"};
constexpr const char* kCopiers[] = {"/usr/bin/cp", "/usr/bin/mv", "/usr/bin/install"};

// How the file begins, as bpf/exec_work.h hashes it. Scripts are none: their first lines are
// alike.
std::optional<std::uint64_t> content_hash(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    char bytes[DAVY_CONTENT_BYTES] = {};
    if (!file.read(bytes, sizeof bytes) || std::memcmp(bytes, "\177ELF", 4) != 0)
        return std::nullopt;
    std::uint64_t hash = DAVY_HASH_BEGIN;
    for (std::size_t at = 0; at < sizeof bytes; at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes + at, sizeof word);
        hash = davy_content_step(hash, word);
    }
    return hash;
}

} // namespace

std::vector<std::string> installed_shells(const Policy& policy)
{
    std::vector<std::string> paths;
    std::set<std::filesystem::path> seen;
    for (const Interpreter& interpreter : policy.interpreters) {
        for (const std::string& folder : interpreter_folders()) {
            std::string path = folder + "/" + interpreter.name;
            std::error_code none;
            auto real = std::filesystem::canonical(path, none);
            if (interpreter.family == DAVY_FAMILY_SHELL && !none &&
                std::filesystem::is_regular_file(real, none) && seen.insert(real).second)
                paths.push_back(std::move(path));
        }
    }
    return paths;
}

namespace {

// Where loaders lie, which no PATH names.
const std::vector<std::string>& folders_of(std::uint16_t family)
{
    static const std::vector<std::string> loaders{"/lib64", "/lib"};
    return family == DAVY_FAMILY_LOADER ? loaders : interpreter_folders();
}

} // namespace

Result<> fill_policy_maps(const Policy& policy, davy_bpf& skeleton)
{
    PolicyFiles files(skeleton);
    std::map<std::uint64_t, davy_image_row> names, contents;
    for (const Interpreter& interpreter : policy.interpreters) {
        names[name_hash(interpreter.name)].family = interpreter.family;
        for (const std::string& folder : folders_of(interpreter.family)) {
            const std::string path = folder + "/" + interpreter.name;
            if (files.add(path, interpreter.family, 0) &&
                !davy_family_is_tool(interpreter.family)) {
                if (auto hash = content_hash(path))
                    contents[*hash].family = interpreter.family;
            }
        }
    }
    auto give = [&](const std::vector<std::string>& paths, std::uint16_t role) {
        for (const std::string& path : paths)
            files.add(path, DAVY_FAMILY_NONE, role);
    };
    give(policy.installers, DAVY_ROLE_INSTALLER);
    give(policy.remote_admin, DAVY_ROLE_REMOTE_ADMIN);
    give(policy.package_managers, DAVY_ROLE_PACKAGE_MANAGER);
    give(policy.never_kill, DAVY_ROLE_NEVER_KILL);
    give(policy.fileless_allowed, DAVY_ROLE_MAY_BE_FILELESS);
    give(policy.image_deny, DAVY_ROLE_DENIED);
    files.add(kUnpacker, DAVY_FAMILY_NONE, DAVY_ROLE_UNPACKER);
    for (const char* path : kAskDns)
        files.add(path, DAVY_FAMILY_NONE, DAVY_ROLE_ASKS_DNS);
    for (const char* path : kCopiers)
        files.add(path, DAVY_FAMILY_NONE, DAVY_ROLE_COPIER);
    for (const std::string& path : policy.installers)
        files.add_local(path, DAVY_ROLE_INSTALLER);
    for (const std::string& path : policy.package_managers)
        files.add_local(path, DAVY_ROLE_PACKAGE_MANAGER);
    if (auto done = files.write(); !done)
        return done;
    for (const auto& [hash, row] : names) {
        if (auto done = put_row(skeleton.maps.name_rows, hash, row); !done)
            return done;
    }
    for (const auto& [hash, row] : contents) {
        if (auto done = put_row(skeleton.maps.content_rows, hash, row); !done)
            return done;
    }
    return {};
}

} // namespace davylamp
