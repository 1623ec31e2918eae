// SPDX-License-Identifier: Apache-2.0
#include "policy/pool_entries.h"

#include "policy/domain.h"
#include "policy/entries.h"
#include "policy/error_words.h"

namespace davylamp {

namespace {

constexpr std::size_t kAlpnMax = 255; // ProtocolName has a length of one byte (RFC 7301 3.1)

Result<PoolName> read_domain(const Walk& walk, const JsonPlace& at)
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

Result<PoolList> read_list_file(const Walk& walk, const JsonPlace& at)
{
    Result<std::string> file = read_path(walk, at, "file");
    if (!file)
        return fail(std::move(file.error()));
    return PoolList{std::move(*file), {}};
}

Result<std::string> read_protocol_name(const Walk& walk, const JsonPlace& at)
{
    std::string name;
    if (Result<> done = walk.text(at, "name of a protocol", kAlpnMax, name); !done)
        return fail(std::move(done.error()));
    if (name.empty())
        return walk.wrong(at, "an empty name", "give a protocol's name such as \"stratum\"");
    return name;
}

} // namespace

namespace kind {

ItemKind<PoolName> domain()
{
    return {"domain",
            "domains",
            read_domain,
            [](const PoolName& one) { return Json(one.name); },
            [](const PoolName& one) { return one.name; },
            {}};
}

ItemKind<std::string> protocol_name()
{
    return {"protocol name",
            "protocol names",
            read_protocol_name,
            [](const std::string& one) { return Json(one); },
            [](const std::string& one) { return one; },
            {}};
}

ItemKind<PoolList> list_file()
{
    return {"path of a list file",
            "list files",
            read_list_file,
            [](const PoolList& one) { return Json(one.file); },
            [](const PoolList& one) { return one.file; },
            {}};
}

} // namespace kind

} // namespace davylamp
