// SPDX-License-Identifier: Apache-2.0
// The entries that several lists of a policy file have: addresses, ports, paths, names.
#pragma once

#include "policy/policy.h"
#include "policy/policy_key.h"

namespace davylamp {

inline constexpr std::size_t kNoteMax = 256; // a note ends up in every alert

Result<Prefix> read_address(const Walk& walk, const JsonPlace& at);
std::string prefix_identity(const Prefix& prefix); // which prefixes are the same

// An absolute path; `what` it leads to, for errors.
Result<std::string> read_path(const Walk& walk, const JsonPlace& at, std::string_view what);

// An interpreter's file name.
Result<std::string> read_interpreter_name(const Walk& walk, const JsonPlace& at);

namespace kind {

ItemKind<Prefix> address();        // or a network
ItemKind<Prefix> server_address(); // no network
ItemKind<Port> port();
ItemKind<std::string> program(); // an absolute path

// Absolute paths of those that may start sealed copies. "memfd:NAME", which policies had until
// names were found to prove nothing, is read and left out.
ValueKind<std::vector<std::string>> starters(std::size_t most);

} // namespace kind

} // namespace davylamp
