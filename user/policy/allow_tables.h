// SPDX-License-Identifier: Apache-2.0
// The chain's allow rules as look-up tables, a set of rules for each value: what the kernel's maps
// hold, and what `policy explain` looks up. Words become numbers here: a path the file that it
// leads to, a user's name its uid.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "davylamp/abi/records.h"
#include "policy/policy.h"

namespace davylamp {

// Which file, whatever its name: inode and super_block->s_dev.
using FileKey = std::pair<std::uint64_t, std::uint32_t>;

// What the rules ask of a host: files and users. Tests have a host of their own.
struct AllowHost {
    std::function<std::optional<FileKey>(const std::string& path)> file;
    std::function<std::optional<std::uint32_t>(const std::string& name)> user;
};
AllowHost this_host();

struct AllowTables {
    davy_allow_rules rules{}; // until_ns: nanoseconds since 1970
    std::vector<std::pair<Prefix, davy_allow_set>> to;
    std::map<std::string, davy_allow_set> names;   // as DNS has them, lower case
    std::map<std::string, davy_allow_set> cgroups; // "" is the root
    std::map<std::uint32_t, davy_allow_set> users;
    std::map<FileKey, davy_allow_set> parents, interpreters;
    std::vector<std::string> notes; // what this host lacks: such a condition never holds
};

AllowTables allow_tables(const Policy& policy, const AllowHost& host);

// The sets of rules whose conditions hold for the facts of a record, looked up as the kernel does.
davy_allow_sets allow_sets(const AllowTables& tables, const davy_flow& flow,
                           const davy_allow_facts& facts);

// Where a host keeps its interpreters. Those elsewhere (containers, /opt) count by name.
const std::vector<std::string>& interpreter_folders();

// Nanoseconds since 1970 at which a rule ends; 0: never.
std::uint64_t expiry_ns(const AllowRule& rule);

} // namespace davylamp
