// SPDX-License-Identifier: Apache-2.0
#include "sensor/fill_allow_maps.h"

#include <bpf/libbpf.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <sstream>

#include "base/clock.h"
#include "base/files.h"
#include "policy/allow_tables.h"
#include "sensor/identify.h"
#include "sensor/map_rows.h"
#include "sensor/skeleton.h"

namespace davylamp {

namespace {

// Zero-padded, as the kernel compares all of a key. Policy refuses what does not fit.
template <std::size_t N> std::array<char, N> padded(const std::string& text)
{
    std::array<char, N> out{};
    std::copy_n(text.begin(), std::min(text.size(), N - 1), out.begin());
    return out;
}

Result<> put_files(const bpf_map* map, const std::map<FileKey, davy_allow_set>& files)
{
    for (const auto& [file, set] : files) {
        davy_inode_key key{file.first, file.second, 0};
        if (auto done = put_row(map, key, set); !done)
            return done;
    }
    return {};
}

// Those of resolv.conf(5), which the C library asks.
Result<std::vector<Prefix>> host_resolvers()
{
    auto text = read_file("/etc/resolv.conf");
    if (!text)
        return fail(text.error().where, text.error().what,
                    "an allow rule asks for a name; name the DNS servers in "
                    "detections.chain.resolvers");
    std::vector<Prefix> out;
    std::istringstream lines(*text);
    for (std::string line, word, address; std::getline(lines, line);) {
        std::istringstream words(line);
        if (!(words >> word >> address) || word != "nameserver")
            continue;
        // A link-local server's zone is no part of the packets.
        if (auto parsed = parse_prefix(address.substr(0, address.find('%'))))
            out.push_back(std::move(*parsed));
    }
    return out;
}

Result<> put_resolvers(const Policy& policy, davy_bpf& skeleton)
{
    auto resolvers = policy.resolvers.empty() ? host_resolvers() : policy.resolvers;
    if (!resolvers)
        return fail(std::move(resolvers.error()));
    std::uint32_t one = 1;
    for (const Prefix& resolver : *resolvers) {
        if (auto done = put_row(skeleton.maps.resolvers, resolver.address, one); !done)
            return done;
    }
    return {};
}

Result<> put_rules(AllowExpiry& expiry, davy_bpf& skeleton)
{
    const davy_allow_rules& rules =
        expiry.on_boot_clock(clock_ns(CLOCK_REALTIME), clock_ns(CLOCK_BOOTTIME));
    return put_row(skeleton.maps.allow_rules, std::uint32_t{0}, rules);
}

Result<> put_tables(const AllowTables& tables, davy_bpf& skeleton)
{
    for (const auto& [prefix, set] : tables.to) {
        davy_prefix_key key{};
        key.bits = prefix.bits;
        std::memcpy(key.address, prefix.address.data(), sizeof key.address);
        if (auto done = put_row(skeleton.maps.allow_to, key, set); !done)
            return done;
    }
    for (const auto& [name, set] : tables.names) {
        if (auto done = put_row(skeleton.maps.allow_names, padded<DAVY_DNS_NAME_MAX>(name), set);
            !done)
            return done;
    }
    for (const auto& [path, set] : tables.cgroups) {
        if (auto done =
                put_row(skeleton.maps.allow_cgroups, padded<DAVY_CGROUP_PATH_MAX>(path), set);
            !done)
            return done;
    }
    for (const auto& [uid, set] : tables.users) {
        if (auto done = put_row(skeleton.maps.allow_users, uid, set); !done)
            return done;
    }
    if (auto done = put_files(skeleton.maps.allow_parents, tables.parents); !done)
        return done;
    return put_files(skeleton.maps.allow_interps, tables.interpreters);
}

} // namespace

Result<AllowExpiry> fill_allow_maps(const Policy& policy, davy_bpf& skeleton)
{
    AllowHost host = this_host();
    host.file = [&](const std::string& path) -> std::optional<FileKey> {
        auto found = identify(path, skeleton);
        if (!found || !*found || !S_ISREG((*found)->type))
            return std::nullopt;
        return FileKey{(*found)->file.inode, (*found)->file.device};
    };
    AllowTables tables = allow_tables(policy, host);
    if (asks_for_names(policy)) {
        if (auto done = put_resolvers(policy, skeleton); !done)
            return fail(std::move(done.error()));
    }
    if (auto done = put_tables(tables, skeleton); !done)
        return fail(std::move(done.error()));
    AllowExpiry expiry(tables.rules);
    if (auto done = put_rules(expiry, skeleton); !done) // last: with the values all there
        return fail(std::move(done.error()));
    return expiry;
}

Result<> tighten(AllowExpiry& expiry, davy_bpf& skeleton)
{
    return expiry.ends() ? put_rules(expiry, skeleton) : Result<>{};
}

} // namespace davylamp
