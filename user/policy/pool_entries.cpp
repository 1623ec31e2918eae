// SPDX-License-Identifier: Apache-2.0
#include "policy/pool_entries.h"

#include "davylamp/abi/policy.h"
#include "policy/domain.h"
#include "policy/entries.h"
#include "policy/error_words.h"

namespace davylamp {

namespace {

constexpr std::size_t kAlpnMax = 255; // ProtocolName has a length of one byte (RFC 7301 3.1)
constexpr std::size_t kListsMax = 16;

Result<PoolName> pool_name(const Walk& walk, const JsonPlace& at)
{
    if (at.value->kind != JsonValue::Kind::string)
        return walk.wrong(at, describe(*at.value) + " is no name",
                          "give one such as \"pool.example\", in quotes, or { \"name\": ..., "
                          "\"note\": ... }");
    Result<std::string> name = parse_domain(at.value->text);
    if (!name)
        return walk.wrong(at, name.error());
    return PoolName{std::move(*name), {}};
}

Result<PoolList> pool_list(const Walk& walk, const JsonPlace& at)
{
    Result<std::string> file = read_path(walk, at, "file");
    if (!file)
        return fail(std::move(file.error()));
    return PoolList{std::move(*file), {}};
}

Result<std::string> alpn(const Walk& walk, const JsonPlace& at)
{
    std::string name;
    if (Result<> done = walk.text(at, "name of a protocol", kAlpnMax, name); !done)
        return fail(std::move(done.error()));
    if (name.empty())
        return walk.wrong(at, "an empty name", "give a protocol's name such as \"stratum\"");
    return name;
}

} // namespace

Result<> read_pool_names(const Walk& walk, const JsonPlace& at, std::vector<PoolName>& out)
{
    auto bare = [&](const JsonPlace& here) { return pool_name(walk, here); };
    return walk.list(
        at, DAVY_POOL_NAMES_MAX, out,
        [&](const JsonPlace& here) -> Result<PoolName> {
            if (here.value->kind == JsonValue::Kind::object)
                return with_note<PoolName>(walk, here, "name", "a name", bare);
            return bare(here);
        },
        [](const PoolName& one) { return one.name; });
}

Result<> read_alpn(const Walk& walk, const JsonPlace& at, std::vector<std::string>& out)
{
    return walk.list(
        at, DAVY_POOL_ALPN_MAX, out, [&](const JsonPlace& here) { return alpn(walk, here); },
        [](const std::string& one) { return one; });
}

Result<> read_pool_lists(const Walk& walk, const JsonPlace& at, std::vector<PoolList>& out)
{
    auto bare = [&](const JsonPlace& here) { return pool_list(walk, here); };
    return walk.list(
        at, kListsMax, out,
        [&](const JsonPlace& here) -> Result<PoolList> {
            if (here.value->kind == JsonValue::Kind::object)
                return with_note<PoolList>(walk, here, "file", "a file", bare);
            return bare(here);
        },
        [](const PoolList& one) { return one.file; });
}

} // namespace davylamp
