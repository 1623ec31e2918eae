// SPDX-License-Identifier: Apache-2.0
// A list file is text from outside: no bytes may crash the parser, what it refuses has an error
// with its line that is safe to print, and what it takes is an address or a domain as the policy
// file takes them.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "policy/domain.h"
#include "policy/policy.h"
#include "policy/pool_list.h"
#include "require.h"

using davylamp::test::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace davylamp;
    std::string_view text(reinterpret_cast<const char*>(data), size);
    auto entries = parse_pool_list(text, "fuzz");
    if (!entries) {
        std::string error = entries.error().text();
        require(error.starts_with("fuzz:"), "an error without its line", error);
        require(!entries.error().mend.empty(), "an error without its mend", error);
        require(error.size() < 1024, "an error too long to read", error);
        for (unsigned char c : error)
            require(c >= 0x20 && c != 0x7f, "an error with a control character", error);
        return 0;
    }
    std::string again;
    for (const auto& one : entries->addresses) {
        std::string shown = prefix_text({one.address, one.bits, {}});
        auto prefix = parse_prefix(shown);
        require(prefix && prefix->address == one.address && prefix->bits == one.bits,
                "an address that is none", shown);
        again += shown + "\n";
    }
    for (const auto& one : entries->names) {
        auto domain = parse_domain(one.name);
        require(domain && *domain == one.name, "a domain that is none", one.name);
        require(is_or_below(one.name, one.name), "a domain that is not its own", one.name);
        again += one.name + "\n";
    }
    auto second = parse_pool_list(again, "again");
    require(second && second->addresses.size() == entries->addresses.size() &&
                second->names.size() == entries->names.size(),
            "entries that do not read back", again);
    return 0;
}
