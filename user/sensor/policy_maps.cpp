#include "sensor/policy_maps.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/files.h"
#include "davylamp/abi/policy.h"
#include "davylamp/rules/interpreter.h"
#include "sensor/sensor.h"
#include "sensor/skeleton.h"

namespace davylamp {

namespace {

// Where a host keeps its interpreters. Those elsewhere (containers, /opt) count by name.
const char* const kFolders[] = {"/bin",      "/sbin",          "/usr/bin",
                                "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"};

using ImageRows = std::map<std::pair<std::uint64_t, std::uint32_t>, davy_image_row>;

davy_image_row* row_of(ImageRows& rows, const std::string& path)
{
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode))
        return nullptr;
    return &rows[{status.st_ino, kernel_device(status.st_dev)}];
}

// How the file begins, as bpf/hooks/exec.bpf.c hashes it. Scripts are none: their first lines are
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

std::uint64_t name_hash(std::string_view name)
{
    davy_name_state state;
    davy_name_begin(&state);
    for (char c : name.substr(0, DAVY_HASHED_NAME_MAX))
        davy_name_step(&state, static_cast<std::uint8_t>(c));
    return davy_name_full(&state);
}

Result<> put(const bpf_map* map, const void* key, std::size_t key_size, const void* value,
             std::size_t value_size)
{
    if (bpf_map__update_elem(map, key, key_size, value, value_size, BPF_ANY) == 0)
        return {};
    return fail(std::string("policy map ") + bpf_map__name(map),
                "a row cannot be written: " + errno_text(errno),
                "the map holds " + std::to_string(bpf_map__max_entries(map)) +
                    " rows; shorten the list");
}

Result<> put_prefixes(const bpf_map* map, const std::vector<Prefix>& prefixes)
{
    for (std::size_t i = prefixes.size(); i-- > 0;) { // the first of two equal ones wins
        davy_prefix_key key{};
        key.bits = prefixes[i].bits;
        std::memcpy(key.address, prefixes[i].address.data(), 16);
        auto row = static_cast<std::uint32_t>(i);
        if (auto done = put(map, &key, sizeof key, &row, sizeof row); !done)
            return done;
    }
    return {};
}

} // namespace

std::vector<std::string> installed_shells(const Policy& policy)
{
    std::vector<std::string> paths;
    ImageRows seen;
    for (const Interpreter& interpreter : policy.interpreters) {
        for (const char* folder : kFolders) {
            std::string path = std::string(folder) + "/" + interpreter.name;
            std::size_t before = seen.size();
            if (interpreter.family == DAVY_FAMILY_SHELL && row_of(seen, path) &&
                seen.size() > before)
                paths.push_back(std::move(path));
        }
    }
    return paths;
}

Result<> fill_policy_maps(const Policy& policy, davy_bpf& skeleton)
{
    ImageRows images;
    std::map<std::uint64_t, davy_image_row> names, contents;
    for (const Interpreter& interpreter : policy.interpreters) {
        names[name_hash(interpreter.name)].family = interpreter.family;
        for (const char* folder : kFolders) {
            const std::string path = std::string(folder) + "/" + interpreter.name;
            if (auto* row = row_of(images, path)) {
                row->family = interpreter.family;
                if (auto hash = content_hash(path))
                    contents[*hash].family = interpreter.family;
            }
        }
    }
    auto give = [&](const std::vector<std::string>& paths, std::uint16_t role) {
        for (const std::string& path : paths) {
            if (auto* row = row_of(images, path))
                row->roles |= role;
        }
    };
    give(policy.installers, DAVY_ROLE_INSTALLER);
    give(policy.remote_admin, DAVY_ROLE_REMOTE_ADMIN);
    give(policy.package_managers, DAVY_ROLE_PACKAGE_MANAGER);
    give(policy.never_kill, DAVY_ROLE_NEVER_KILL);
    for (const std::string& allowed : policy.fileless_allowed) {
        if (allowed.rfind("memfd:", 0) == 0)
            names[name_hash(allowed)].roles |= DAVY_ROLE_MAY_BE_FILELESS;
        else if (auto* row = row_of(images, allowed))
            row->roles |= DAVY_ROLE_MAY_BE_FILELESS;
    }
    for (const auto& [file, row] : images) {
        davy_inode_key key{file.first, file.second, 0};
        if (auto done = put(skeleton.maps.image_rows, &key, sizeof key, &row, sizeof row); !done)
            return done;
    }
    for (const auto& [hash, row] : names) {
        if (auto done = put(skeleton.maps.name_rows, &hash, sizeof hash, &row, sizeof row); !done)
            return done;
    }
    for (const auto& [hash, row] : contents) {
        if (auto done = put(skeleton.maps.content_rows, &hash, sizeof hash, &row, sizeof row);
            !done)
            return done;
    }
    if (auto done = put_prefixes(skeleton.maps.pool_addresses, policy.pool_addresses); !done)
        return done;
    if (auto done = put_prefixes(skeleton.maps.chain_allowed, policy.chain_allowed); !done)
        return done;
    for (std::size_t i = policy.pool_ports.size(); i-- > 0;) {
        auto row = static_cast<std::uint32_t>(i);
        const std::uint16_t& port = policy.pool_ports[i].port;
        if (auto done = put(skeleton.maps.pool_ports, &port, sizeof port, &row, sizeof row); !done)
            return done;
    }
    return {};
}

} // namespace davylamp
