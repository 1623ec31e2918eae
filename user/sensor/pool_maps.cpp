// SPDX-License-Identifier: Apache-2.0
#include "sensor/pool_maps.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/unique_fd.h"
#include "davylamp/abi/kernel_policy.h"
#include "davylamp/rules/host_name.h"
#include "sensor/map_rows.h"
#include "sensor/skeleton.h"

namespace davylamp {

namespace {

// As bpf/stratum/pools.h looks a domain up: from its last character to its first.
std::uint64_t domain_hash(std::string_view domain)
{
    std::uint64_t hash = DAVY_HASH_BEGIN;
    for (std::size_t i = domain.size(); i-- > 0;)
        hash = davy_suffix_step(hash, static_cast<std::uint8_t>(domain[i]));
    return hash;
}

std::uint64_t protocol_hash(std::string_view name)
{
    std::uint64_t hash = DAVY_HASH_BEGIN;
    for (char c : name)
        hash = davy_hash_step(hash, static_cast<std::uint8_t>(c));
    return hash;
}

// What goes into one map: keys, and a row for each. The last row comes first, so that of two equal
// ones the first stays.
template <class Key> struct Rows {
    std::vector<Key> keys;
    std::vector<std::uint32_t> values;
};

Rows<davy_prefix_key> address_rows(const PoolBook& book)
{
    Rows<davy_prefix_key> out;
    for (auto row = static_cast<std::uint32_t>(book.addresses().size()); row-- > 0;) {
        const PoolBook::Address& one = book.addresses()[row];
        davy_prefix_key key{};
        key.bits = one.bits;
        std::memcpy(key.address, one.address.data(), sizeof key.address);
        out.keys.push_back(key);
        out.values.push_back(row);
    }
    return out;
}

Rows<std::uint64_t> name_rows(const PoolBook& book)
{
    Rows<std::uint64_t> out;
    for (auto row = static_cast<std::uint32_t>(book.names().size()); row-- > 0;) {
        out.keys.push_back(domain_hash(book.names()[row].name));
        out.values.push_back(row);
    }
    return out;
}

// In one call where the kernel can: tries have had it since 5.14. A call that fails has written its
// first `count`, and the others follow one by one.
template <class Key> Result<> fill(int map, const char* name, const Rows<Key>& rows)
{
    auto count = static_cast<std::uint32_t>(rows.keys.size());
    if (count == 0)
        return {};
    LIBBPF_OPTS(bpf_map_batch_opts, options);
    std::uint32_t written = count;
    if (bpf_map_update_batch(map, rows.keys.data(), rows.values.data(), &written, &options) == 0)
        return {};
    for (std::size_t i = 0; i < rows.keys.size(); i++) {
        if (bpf_map_update_elem(map, &rows.keys[i], &rows.values[i], BPF_ANY) != 0)
            return fail(std::string("policy map ") + name,
                        "row " + std::to_string(i + 1) + " of " + std::to_string(count) +
                            " cannot be written: " + errno_text(errno),
                        "shorten the lists of detections.stratum");
    }
    return {};
}

// A map like `pattern`, which was a list's first; the kernel lets no other into the outer map.
UniqueFd another(const bpf_map* pattern)
{
    LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = bpf_map__map_flags(pattern));
    return UniqueFd(bpf_map_create(bpf_map__type(pattern), bpf_map__name(pattern),
                                   bpf_map__key_size(pattern), bpf_map__value_size(pattern),
                                   bpf_map__max_entries(pattern), &options));
}

template <class Key> Result<UniqueFd> new_list(const bpf_map* pattern, const Rows<Key>& rows)
{
    const char* name = bpf_map__name(pattern);
    UniqueFd list = another(pattern);
    if (!list)
        return fail(std::string("policy map ") + name,
                    "a new one cannot be made: " + errno_text(errno));
    if (auto done = fill(list.get(), name, rows); !done)
        return fail(done.error());
    return list;
}

Result<> put_in_place(const bpf_map* outer, const UniqueFd& list)
{
    std::uint32_t slot = 0;
    int fd = list.get();
    if (bpf_map_update_elem(bpf_map__fd(outer), &slot, &fd, BPF_ANY) == 0)
        return {};
    return fail(std::string("policy map ") + bpf_map__name(outer),
                "the new list cannot be put into it: " + errno_text(errno));
}

} // namespace

Result<> fill_pool_maps(const PoolBook& book, davy_bpf& skeleton)
{
    auto& maps = skeleton.maps;
    if (auto done = fill(bpf_map__fd(maps.pool_addresses), bpf_map__name(maps.pool_addresses),
                         address_rows(book));
        !done)
        return done;
    if (auto done =
            fill(bpf_map__fd(maps.pool_names), bpf_map__name(maps.pool_names), name_rows(book));
        !done)
        return done;
    for (std::size_t i = book.alpn().size(); i-- > 0;) {
        if (auto done = put_row(maps.pool_alpn, protocol_hash(book.alpn()[i]),
                                static_cast<std::uint32_t>(i));
            !done)
            return done;
    }
    for (std::size_t i = book.ports().size(); i-- > 0;) {
        if (auto done =
                put_row(maps.pool_ports, book.ports()[i].port, static_cast<std::uint32_t>(i));
            !done)
            return done;
    }
    return {};
}

Result<> replace_pool_maps(const PoolBook& book, davy_bpf& skeleton)
{
    auto addresses = new_list(skeleton.maps.pool_addresses, address_rows(book));
    if (!addresses)
        return fail(addresses.error());
    auto names = new_list(skeleton.maps.pool_names, name_rows(book));
    if (!names)
        return fail(names.error());
    if (auto done = put_in_place(skeleton.maps.pool_address_lists, *addresses); !done)
        return done;
    return put_in_place(skeleton.maps.pool_name_lists, *names);
}

} // namespace davylamp
