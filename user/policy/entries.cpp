// SPDX-License-Identifier: Apache-2.0
#include "policy/entries.h"

#include "davylamp/rules/text.h"
#include "policy/error_words.h"

namespace davylamp {

namespace {

constexpr std::size_t kNameMax = DAVY_HASHED_NAME_MAX; // the kernel compares no more
constexpr std::size_t kPathMax = 4095;                 // PATH_MAX without its NUL

Result<Port> port_number(const Walk& walk, const JsonPlace& at)
{
    const JsonValue& value = *at.value;
    if (value.kind != JsonValue::Kind::number)
        return walk.wrong(at, describe(value) + " is no TCP port",
                          "give a number, 1..65535, without quotes");
    if (!value.whole || value.number < 1 || value.number > 65535)
        return walk.wrong(at, describe(value) + " is no TCP port", "give 1..65535");
    return Port{static_cast<std::uint16_t>(value.number), {}};
}

} // namespace

Result<std::string> read_path(const Walk& walk, const JsonPlace& at, std::string_view what)
{
    const std::string& text = at.value->text;

    if (at.value->kind != JsonValue::Kind::string)
        return walk.wrong(at, describe(*at.value) + " is no path",
                          "give an absolute path in quotes");
    if (text.empty())
        return walk.wrong(at, "an empty path", "give an absolute path");
    if (text.find('\0') != text.npos)
        return walk.wrong(at, in_quotes(text) + " holds a NUL byte", "no file can have that name");
    if (text.starts_with("/memfd:") || text.starts_with("memfd:"))
        return walk.wrong(at, in_quotes(text) + " is the name of a memfd, which anybody may choose",
                          "give the file that starts it, in fileless_allowed");
    if (text.front() != '/')
        return walk.wrong(at, in_quotes(text) + " is no absolute path", "begin with a slash");
    if (text.size() > kPathMax)
        return walk.wrong(at, in_quotes(text) + " is too long for a path",
                          "give at most " + std::to_string(kPathMax) + " bytes");
    if (text.ends_with(" (deleted)"))
        return walk.wrong(at, in_quotes(text) + " is how /proc shows a file that is gone",
                          "give the path without \" (deleted)\"");
    if (text.find_first_of("*?") != text.npos)
        return walk.wrong(at, in_quotes(text) + " is a pattern",
                          "patterns are not understood; list each path");
    if (text.back() == '/')
        return walk.wrong(at, in_quotes(text) + " is a directory",
                          "list each " + std::string(what) + " in it");
    if ((text + "/").find("/./") != text.npos || (text + "/").find("/../") != text.npos ||
        text.find("//") != text.npos)
        return walk.wrong(at, in_quotes(text) + " goes a roundabout way",
                          "write the path without \".\", \"..\" and \"//\"");
    return text;
}

std::string prefix_identity(const Prefix& prefix)
{
    return std::string(prefix.address.begin(), prefix.address.end()) + std::to_string(prefix.bits);
}

Result<Prefix> read_address(const Walk& walk, const JsonPlace& at)
{
    if (at.value->kind != JsonValue::Kind::string)
        return walk.wrong(at, describe(*at.value) + " is no address", "give an address in quotes");
    Result<Prefix> parsed = parse_prefix(at.value->text);
    if (!parsed)
        return walk.wrong(at, parsed.error());
    return parsed;
}

Result<> read_prefixes(const Walk& walk, const JsonPlace& at, std::size_t most,
                       std::vector<Prefix>& out)
{
    auto address = [&](const JsonPlace& here) { return read_address(walk, here); };
    return walk.list(
        at, most, out,
        [&](const JsonPlace& here) -> Result<Prefix> {
            if (here.value->kind == JsonValue::Kind::object)
                return with_note<Prefix>(walk, here, "to", "an address", address);
            if (here.value->kind != JsonValue::Kind::string)
                return walk.wrong(here, describe(*here.value) + " is no address",
                                  "give an address in quotes, or { \"to\": ..., \"note\": ... }");
            return address(here);
        },
        prefix_identity);
}

Result<> read_whole(const Walk& walk, const JsonPlace& at, std::string_view what,
                    std::uint32_t least, std::uint32_t most, std::uint32_t& out)
{
    const JsonValue& value = *at.value;
    if (value.kind != JsonValue::Kind::number || !value.whole || value.number < least ||
        value.number > most)
        return walk.wrong(at, describe(value) + " is no number of " + std::string(what),
                          "give " + std::to_string(least) + ".." + std::to_string(most) +
                              ", without quotes");
    out = static_cast<std::uint32_t>(value.number);
    return {};
}

Result<> read_seconds(const Walk& walk, const JsonPlace& at, std::uint32_t most, std::uint32_t& out)
{
    return read_whole(walk, at, "seconds", 0, most, out);
}

Result<> read_ports(const Walk& walk, const JsonPlace& at, std::size_t most, std::vector<Port>& out)
{
    auto number = [&](const JsonPlace& here) { return port_number(walk, here); };
    return walk.list(
        at, most, out,
        [&](const JsonPlace& here) -> Result<Port> {
            if (here.value->kind == JsonValue::Kind::object)
                return with_note<Port>(walk, here, "port", "a port", number);
            return number(here);
        },
        [](const Port& one) { return std::to_string(one.port); });
}

Result<> read_paths(const Walk& walk, const JsonPlace& at, std::size_t most,
                    std::vector<std::string>& out)
{
    return walk.list(
        at, most, out, [&](const JsonPlace& here) { return read_path(walk, here); },
        [](const std::string& text) { return text; });
}

Result<> read_starters(const Walk& walk, const JsonPlace& at, std::size_t most,
                       std::vector<std::string>& out)
{
    auto is_name = [](const std::string& text) { return text.starts_with("memfd:"); };
    Result<> done = walk.list(
        at, most, out,
        [&](const JsonPlace& here) -> Result<std::string> {
            if (here.value->kind == JsonValue::Kind::string && is_name(here.value->text))
                return here.value->text;
            return read_path(walk, here);
        },
        [](const std::string& text) { return text; });
    std::erase_if(out, is_name);
    return done;
}

Result<std::string> read_interpreter_name(const Walk& walk, const JsonPlace& at)
{
    const std::string& name = at.value->text;
    if (at.value->kind != JsonValue::Kind::string)
        return walk.wrong(at, describe(*at.value) + " is no name", "give a file name in quotes");
    if (name.empty())
        return walk.wrong(at, "an empty name", "give a file name such as \"bash\"");
    if (name.find('/') != name.npos)
        return walk.wrong(at, in_quotes(name) + " is a path", "give the file name alone");
    if (name.find('\0') != name.npos || name == "." || name == "..")
        return walk.wrong(at, in_quotes(name) + " is no file name", "give one such as \"bash\"");
    if (name.find_first_of("*?") != name.npos)
        return walk.wrong(at, in_quotes(name) + " is a pattern",
                          "patterns are not understood; a version suffix needs none");
    if (name.size() > kNameMax)
        return walk.wrong(at, in_quotes(name) + " is too long for a name",
                          "give its first " + std::to_string(kNameMax) + " bytes");
    return name;
}

} // namespace davylamp
