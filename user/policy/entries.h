// The kinds of entries that several lists of a policy file have: addresses, ports, paths, names.
#pragma once

#include "policy/policy.h"
#include "policy/walk.h"

namespace davylamp {

Result<Prefix> read_address(const Walk& walk, const Place& at);
Result<> read_prefixes(const Walk& walk, const Place& at, std::size_t most,
                       std::vector<Prefix>& out);
Result<> read_ports(const Walk& walk, const Place& at, std::size_t most, std::vector<Port>& out);

// A whole number, least..most; `what` it is a number of: "seconds".
Result<> read_whole(const Walk& walk, const Place& at, std::string_view what, std::uint32_t least,
                    std::uint32_t most, std::uint32_t& out);
// A whole number of seconds, 0..most.
Result<> read_seconds(const Walk& walk, const Place& at, std::uint32_t most, std::uint32_t& out);

// Absolute paths of programs.
Result<std::string> read_path(const Walk& walk, const Place& at);
Result<> read_paths(const Walk& walk, const Place& at, std::size_t most,
                    std::vector<std::string>& out);
// The same of those that may start sealed copies. "memfd:NAME", which policies had until names
// were found to prove nothing, is read and left out.
Result<> read_starters(const Walk& walk, const Place& at, std::size_t most,
                       std::vector<std::string>& out);
// An interpreter's file name.
Result<std::string> read_interpreter_name(const Walk& walk, const Place& at);

// Which prefixes are the same, for Walk::list().
std::string prefix_identity(const Prefix& prefix);

inline constexpr std::size_t kNoteMax = 256; // a note ends up in every alert

} // namespace davylamp
