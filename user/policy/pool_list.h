// SPDX-License-Identifier: Apache-2.0
// A list file of pools: addresses and domains, one a line, as the published lists have them.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/own_path.h"
#include "base/result.h"

namespace davylamp {

// One file's entries in its order, with their lines; what is in it twice is twice here.
struct PoolListEntries {
    struct Address {
        std::array<std::uint8_t, 16> address{}; // as in struct Prefix
        std::uint32_t bits = 128;
        std::uint32_t line = 0;
    };
    struct Name {
        std::string name; // lower case
        std::uint32_t line = 0;
    };
    std::vector<Address> addresses;
    std::vector<Name> names;
};

// `name` stands for the file in errors, "NAME:LINE". The whole text or nothing: the first fault in
// it is the error. docs/policy.md has the format.
Result<PoolListEntries> parse_pool_list(std::string_view text, const std::string& name);

// Reads the file, which must be a regular one: it is read again whenever it changes.
Result<PoolListEntries> read_pool_list(const std::string& path, Trust trust = Trust::anybody);

} // namespace davylamp
