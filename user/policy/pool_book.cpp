// SPDX-License-Identifier: Apache-2.0
#include "policy/pool_book.h"

#include <algorithm>
#include <unordered_set>

#include "davylamp/abi/kernel_policy.h"
#include "policy/domain.h"
#include "policy/pool_list.h"

namespace davylamp {

namespace {

std::string address_identity(const std::array<std::uint8_t, 16>& address, std::uint32_t bits)
{
    std::string out(address.begin(), address.end());
    out += static_cast<char>(bits);
    return out;
}

bool holds(const PoolBook::Address& prefix, const std::uint8_t (&address)[16])
{
    for (std::uint32_t i = 0; i < 16; i++) {
        std::uint32_t bits = prefix.bits > 8 * i ? std::min(prefix.bits - 8 * i, 8u) : 0;
        auto mask = static_cast<std::uint8_t>(0xff00u >> bits);
        if ((prefix.address[i] ^ address[i]) & mask)
            return false;
    }
    return true;
}

Error full(const PoolList& list, std::uint32_t line, std::uint32_t most, std::string_view what)
{
    return {list.file + ":" + std::to_string(line),
            "more than " + std::to_string(most) + " " + std::string(what) +
                " in the policy and its list files",
            "shorten the lists"};
}

} // namespace

PoolBook::PoolBook(const Policy& policy)
    : ports_(policy.pool_ports), alpn_(policy.pool_alpn), lists_(policy.pool_lists)
{
    for (const Prefix& one : policy.pool_addresses)
        addresses_.push_back({one.address, one.bits, {0, 0, one.note}});
    for (const PoolName& one : policy.pool_names)
        names_.push_back({one.name, {0, 0, one.note}});
}

struct PoolBook::Seen {
    std::unordered_set<std::string> addresses, names;
};

Result<PoolBook> PoolBook::read(const Policy& policy, Trust trust)
{
    PoolBook book(policy);
    Seen seen;
    for (const Address& one : book.addresses_)
        seen.addresses.insert(address_identity(one.address, one.bits));
    for (const Name& one : book.names_)
        seen.names.insert(one.name);
    for (std::uint32_t i = 0; i < policy.pool_lists.size(); i++) {
        if (auto done = book.add(policy.pool_lists[i], i + 1, trust, seen); !done)
            return fail(done.error());
    }
    return book;
}

Result<> PoolBook::add(const PoolList& list, std::uint32_t file, Trust trust, Seen& seen)
{
    auto entries = read_pool_list(list.file, trust);
    if (!entries)
        return fail(entries.error());
    for (const auto& one : entries->addresses) {
        if (!seen.addresses.insert(address_identity(one.address, one.bits)).second)
            continue;
        if (addresses_.size() == DAVY_POOL_ADDRESSES_MAX)
            return fail(full(list, one.line, DAVY_POOL_ADDRESSES_MAX, "addresses"));
        addresses_.push_back({one.address, one.bits, {file, one.line, {}}});
    }
    for (auto& one : entries->names) {
        if (!seen.names.insert(one.name).second)
            continue;
        if (names_.size() == DAVY_POOL_NAMES_MAX)
            return fail(full(list, one.line, DAVY_POOL_NAMES_MAX, "names"));
        names_.push_back({std::move(one.name), {file, one.line, {}}});
    }
    return {};
}

std::string PoolBook::note(const Origin& origin) const
{
    if (origin.file == 0)
        return origin.note;
    const PoolList& list = lists_[origin.file - 1];
    std::string place = list.file + ":" + std::to_string(origin.line);
    return list.note.empty() ? place : list.note + " (" + place + ")";
}

std::optional<PoolEntry> PoolBook::address(std::uint32_t row,
                                           const std::uint8_t (&address)[16]) const
{
    if (row >= addresses_.size() || !holds(addresses_[row], address))
        return std::nullopt;
    const Address& entry = addresses_[row];
    return PoolEntry{prefix_text({entry.address, entry.bits, {}}), note(entry.origin)};
}

std::optional<PoolEntry> PoolBook::name(std::uint32_t row, std::string_view name) const
{
    if (row >= names_.size() || !is_or_below(name, names_[row].name))
        return std::nullopt;
    return PoolEntry{names_[row].name, note(names_[row].origin)};
}

std::optional<PoolEntry> PoolBook::protocol(std::uint32_t row, std::string_view name) const
{
    if (row >= alpn_.size() || alpn_[row] != name)
        return std::nullopt;
    return PoolEntry{alpn_[row], {}};
}

std::optional<PoolEntry> PoolBook::port(std::uint32_t row, std::uint16_t port) const
{
    if (row >= ports_.size() || ports_[row].port != port)
        return std::nullopt;
    return PoolEntry{std::to_string(port), ports_[row].note};
}

} // namespace davylamp
