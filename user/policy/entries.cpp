// SPDX-License-Identifier: Apache-2.0
#include "policy/entries.h"

#include "davylamp/rules/name_hash.h"
#include "policy/error_words.h"
#include "policy/value_kinds.h"

namespace davylamp {

namespace {

constexpr std::size_t kComparedMax = DAVY_HASHED_NAME_MAX; // the kernel compares no more
constexpr std::size_t kPathMax = 4095;                     // PATH_MAX without its NUL

Result<Port> read_port(const Walk& walk, const JsonPlace& at)
{
    const JsonValue& value = *at.value;
    if (value.kind != JsonValue::Kind::number)
        return walk.wrong(at, describe(value) + " is no TCP port",
                          "give a number, 1..65535, without quotes");
    if (!value.whole || value.number < 1 || value.number > 65535)
        return walk.wrong(at, describe(value) + " is no TCP port", "give 1..65535");
    return Port{static_cast<std::uint16_t>(value.number), {}};
}

Result<Prefix> read_server_address(const Walk& walk, const JsonPlace& at)
{
    Result<Prefix> address = read_address(walk, at);
    if (address && address->bits != 128)
        return walk.wrong(at, in_quotes(at.value->text) + " is a network",
                          "give the address of each server");
    return address;
}

Result<std::string> read_program(const Walk& walk, const JsonPlace& at)
{
    return read_path(walk, at, "program");
}

bool is_memfd_name(const std::string& text) { return text.starts_with("memfd:"); }

Result<std::string> read_starter(const Walk& walk, const JsonPlace& at)
{
    if (at.value->kind == JsonValue::Kind::string && is_memfd_name(at.value->text))
        return at.value->text;
    return read_program(walk, at);
}

std::string same(const std::string& text) { return text; }

Json text_json(const std::string& text) { return Json(text); }

Json address_json(const Prefix& prefix) { return Json(prefix_text(prefix)); }

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
    if (name.size() > kComparedMax)
        return walk.wrong(at, in_quotes(name) + " is too long for a name",
                          "give its first " + std::to_string(kComparedMax) + " bytes");
    return name;
}

namespace kind {

ItemKind<Prefix> address()
{
    return {"address", "addresses", read_address, address_json, prefix_identity, {}};
}

ItemKind<Prefix> server_address()
{
    return {"address", "addresses", read_server_address, address_json, prefix_identity, {}};
}

ItemKind<Port> port()
{
    return {"port",
            "ports",
            read_port,
            [](const Port& one) { return Json(one.port); },
            [](const Port& one) { return std::to_string(one.port); },
            {}};
}

ItemKind<std::string> program() { return {"path", "paths", read_program, text_json, same, {}}; }

ValueKind<std::vector<std::string>> starters(std::size_t most)
{
    auto out = list<std::string>({"path", "paths", read_starter, text_json, same, {}}, most);
    out.read = [read = out.read](const Walk& walk, const JsonPlace& at,
                                 std::vector<std::string>& paths) {
        Result<> done = read(walk, at, paths);
        std::erase_if(paths, is_memfd_name);
        return done;
    };
    return out;
}

} // namespace kind

} // namespace davylamp
