// SPDX-License-Identifier: Apache-2.0
#include "policy/allow_values.h"

#include <algorithm>

#include "davylamp/abi/allow_rows.h"
#include "policy/domain.h"
#include "policy/entries.h"
#include "policy/error_words.h"

namespace davylamp {

namespace {

constexpr std::size_t kUserNameMax = 255;               // LOGIN_NAME_MAX
constexpr std::size_t kNameMax = DAVY_DNS_NAME_MAX - 2; // and a dot before it
constexpr std::size_t kCgroupLevels = 16;               // as many as the kernel programs walk

Result<std::string> read_dns_name(const Walk& walk, const JsonPlace& at)
{
    if (at.value->kind != JsonValue::Kind::string)
        return walk.wrong(at, describe(*at.value) + " is no name",
                          "give one such as \"get.example.org\", in quotes");
    const std::string name = lower_case(at.value->text);
    const std::string quoted = in_quotes(at.value->text);
    if (name.starts_with("*."))
        return walk.wrong(at, quoted + " is a pattern",
                          "write \"" + name.substr(1) + "\" for all names below it");
    if (parse_prefix(name))
        return walk.wrong(at, quoted + " is an address", "give it under \"to\"");
    if (name.ends_with('.') && name.size() > 1)
        return walk.wrong(at, quoted + " ends in a dot", "leave it out");
    if (name.size() > kNameMax)
        return walk.wrong(at, quoted + " is too long for a name",
                          "give at most " + std::to_string(kNameMax) + " bytes");
    std::string_view labels = name;
    if (labels.starts_with('.'))
        labels.remove_prefix(1);
    if (!is_labels(labels))
        return walk.wrong(at, quoted + " is no DNS name",
                          "give one such as \"get.example.org\", or \".example.org\" for all "
                          "below it; letters beyond ASCII as xn--...");
    return name;
}

Result<AllowUser> read_user(const Walk& walk, const JsonPlace& at)
{
    const JsonValue& value = *at.value;
    if (value.kind == JsonValue::Kind::number) {
        if (!value.whole || value.number > 0xfffffffe)
            return walk.wrong(at, describe(value) + " is no uid", "give 0..4294967294");
        return AllowUser{{}, static_cast<std::uint32_t>(value.number)};
    }
    if (value.kind != JsonValue::Kind::string)
        return walk.wrong(at, describe(value) + " is no user",
                          "give a name in quotes, or a uid without");
    const std::string& name = value.text;
    if (name.empty() || name.size() > kUserNameMax ||
        name.find_first_of(std::string_view(":/ \t\n\0", 6)) != name.npos)
        return walk.wrong(at, in_quotes(name) + " is no user's name",
                          "give a name such as \"deploy\", or a uid without quotes");
    if (std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; }))
        return walk.wrong(at, in_quotes(name) + " is a number in quotes",
                          "a uid stands without quotes");
    return AllowUser{name, std::nullopt};
}

Result<std::string> read_cgroup(const Walk& walk, const JsonPlace& at)
{
    if (at.value->kind != JsonValue::Kind::string)
        return walk.wrong(at, describe(*at.value) + " is no cgroup",
                          "give a path such as \"/system.slice/ci.service\", in quotes");
    const std::string& path = at.value->text;
    const std::string quoted = in_quotes(path);
    if (!path.starts_with('/'))
        return walk.wrong(at, quoted + " is no path of a cgroup",
                          "give the path from the hierarchy's root, as /proc/PID/cgroup has it");
    if (path.starts_with("/sys/fs/cgroup"))
        return walk.wrong(at, quoted + " is a folder",
                          "give the path from the hierarchy's root, as /proc/PID/cgroup has it");
    if (path.find('\0') != path.npos)
        return walk.wrong(at, quoted + " holds a NUL byte", "no cgroup can have that name");
    if (path == "/")
        return walk.wrong(at, "\"/\" is every cgroup", "leave the condition out");
    if (path.find_first_of("*?") != path.npos)
        return walk.wrong(at, quoted + " is a pattern",
                          "patterns are not understood; a cgroup stands for all below it");
    if (path.ends_with('/') || (path + "/").find("/./") != path.npos ||
        (path + "/").find("/../") != path.npos || path.find("//") != path.npos)
        return walk.wrong(at, quoted + " goes a roundabout way",
                          "write the path without \".\", \"..\", \"//\" and a slash at its end");
    if (path.size() >= DAVY_CGROUP_PATH_MAX)
        return walk.wrong(at, quoted + " is too long for a cgroup's path",
                          "give at most " + std::to_string(DAVY_CGROUP_PATH_MAX - 1) +
                              " bytes; a cgroup stands for all below it");
    if (static_cast<std::size_t>(std::count(path.begin(), path.end(), '/')) > kCgroupLevels)
        return walk.wrong(at, quoted + " is too deep",
                          "give at most " + std::to_string(kCgroupLevels) +
                              " levels; a cgroup stands for all below it");
    return path;
}

Result<std::string> read_interpreter(const Walk& walk, const JsonPlace& at)
{
    if (at.value->kind == JsonValue::Kind::string && at.value->text.starts_with('/'))
        return read_path(walk, at, "program");
    return read_interpreter_name(walk, at);
}

ItemKind<std::string> plain(std::string one, std::string many,
                            Result<std::string> (*read)(const Walk&, const JsonPlace&))
{
    return {std::move(one),
            std::move(many),
            read,
            [](const std::string& text) { return Json(text); },
            [](const std::string& text) { return text; },
            {}};
}

} // namespace

std::string user_identity(const AllowUser& one)
{
    return one.uid ? std::to_string(*one.uid) : one.name;
}

namespace kind {

ItemKind<std::string> dns_name() { return plain("DNS name", "DNS names", read_dns_name); }

ItemKind<AllowUser> user()
{
    return {"name or uid",
            "them",
            read_user,
            [](const AllowUser& user) { return user.uid ? Json(*user.uid) : Json(user.name); },
            user_identity,
            {}};
}

ItemKind<std::string> cgroup() { return plain("cgroup's path", "paths", read_cgroup); }

ItemKind<std::string> interpreter_image()
{
    return plain("path or file name", "them", read_interpreter);
}

} // namespace kind

} // namespace davylamp
