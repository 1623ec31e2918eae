// SPDX-License-Identifier: Apache-2.0
// The kinds of entries that several lists of a policy file have: addresses, ports, paths, names.
#pragma once

#include <optional>

#include "policy/policy.h"
#include "policy/walk.h"

namespace davylamp {

Result<Prefix> read_address(const Walk& walk, const JsonPlace& at);
Result<> read_prefixes(const Walk& walk, const JsonPlace& at, std::size_t most,
                       std::vector<Prefix>& out);
Result<> read_ports(const Walk& walk, const JsonPlace& at, std::size_t most,
                    std::vector<Port>& out);

// A whole number, least..most; `what` it is a number of: "seconds".
Result<> read_whole(const Walk& walk, const JsonPlace& at, std::string_view what,
                    std::uint32_t least, std::uint32_t most, std::uint32_t& out);
// A whole number of seconds, 0..most.
Result<> read_seconds(const Walk& walk, const JsonPlace& at, std::uint32_t most,
                      std::uint32_t& out);

// An absolute path; `what` it leads to, for errors.
Result<std::string> read_path(const Walk& walk, const JsonPlace& at,
                              std::string_view what = "program");
// Absolute paths of programs.
Result<> read_paths(const Walk& walk, const JsonPlace& at, std::size_t most,
                    std::vector<std::string>& out);
// The same of those that may start sealed copies. "memfd:NAME", which policies had until names
// were found to prove nothing, is read and left out.
Result<> read_starters(const Walk& walk, const JsonPlace& at, std::size_t most,
                       std::vector<std::string>& out);
// An interpreter's file name.
Result<std::string> read_interpreter_name(const Walk& walk, const JsonPlace& at);

// Which prefixes are the same, for Walk::list().
std::string prefix_identity(const Prefix& prefix);

inline constexpr std::size_t kNoteMax = 256; // a note ends up in every alert

// What stands alone, or under `key` in an object with a note: an address, a port. `read` reads it.
template <class T, class Read>
Result<T> with_note(const Walk& walk, const JsonPlace& at, std::string_view key,
                    std::string_view what, Read read)
{
    std::optional<T> out;
    std::string why;
    auto take = [&](const JsonPlace& here) -> Result<> {
        Result<T> parsed = read(here);
        if (!parsed)
            return fail(std::move(parsed.error()));
        out = std::move(*parsed);
        return {};
    };
    Result<> done =
        walk.object(at, {{key, take}, {"note", [&](const JsonPlace& here) {
                                           return walk.text(here, "note", kNoteMax, why);
                                       }}});
    if (!done)
        return fail(std::move(done.error()));
    if (!out)
        return walk.wrong(at, "an entry without " + std::string(what),
                          "add \"" + std::string(key) + "\"");
    out->note = std::move(why);
    return std::move(*out);
}

} // namespace davylamp
