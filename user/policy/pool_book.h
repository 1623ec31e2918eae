// SPDX-License-Identifier: Apache-2.0
// The pool lists in force: the policy's own entries, then those of its list files. The kernel
// programs know an entry by its row's number alone; the book has the entry.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "policy/policy.h"

namespace davylamp {

// What a row says: the entry as listed, and why it is there.
struct PoolEntry {
    std::string text, note;

    bool operator==(const PoolEntry&) const = default;
};

class PoolBook {
public:
    // The policy's own entries, in its order; list files are left out.
    explicit PoolBook(const Policy& policy);
    // The same, and the list files' entries behind them, in the files' order. An entry that is
    // there already is left out: the first one counts. The error is the first fault of a file, or
    // its line that is one too many (abi/kernel_policy.h).
    static Result<PoolBook> read(const Policy& policy, Trust trust = Trust::anybody);

    struct Origin {
        std::uint32_t file = 0; // 0: the policy; else 1 + the index of pool_lists
        std::uint32_t line = 0;
        std::string note; // of the policy's own entries

        bool operator==(const Origin&) const = default;
    };
    struct Address {
        std::array<std::uint8_t, 16> address{};
        std::uint32_t bits = 128;
        Origin origin;

        bool operator==(const Address&) const = default;
    };
    struct Name {
        std::string name;
        Origin origin;

        bool operator==(const Name&) const = default;
    };
    // By row.
    const std::vector<Address>& addresses() const { return addresses_; }
    const std::vector<Name>& names() const { return names_; }
    const std::vector<Port>& ports() const { return ports_; }
    const std::vector<std::string>& alpn() const { return alpn_; }

    // The entry of a row, where it is one for that address, host, protocol or port. A recording's
    // row may be of another policy, or of a list that was replaced since: then nothing.
    std::optional<PoolEntry> address(std::uint32_t row, const std::uint8_t (&address)[16]) const;
    std::optional<PoolEntry> name(std::uint32_t row, std::string_view name) const;
    std::optional<PoolEntry> protocol(std::uint32_t row, std::string_view name) const;
    std::optional<PoolEntry> port(std::uint32_t row, std::uint16_t port) const;

    bool operator==(const PoolBook&) const = default;

private:
    struct Seen; // what is listed so far

    Result<> add(const PoolList& list, std::uint32_t file, Trust trust, Seen& seen);
    std::string note(const Origin& origin) const;

    std::vector<Address> addresses_;
    std::vector<Name> names_;
    std::vector<Port> ports_;
    std::vector<std::string> alpn_;
    std::vector<PoolList> lists_;
};

} // namespace davylamp
