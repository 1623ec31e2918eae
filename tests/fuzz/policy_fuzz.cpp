// SPDX-License-Identifier: Apache-2.0
// A policy file is text from outside: no bytes may crash the parser, what it refuses has an error
// that is safe to print, and what it takes is shown by policy_json() as the same policy.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "policy/policy.h"
#include "require.h"

using davylamp::test::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace davylamp;
    std::string_view text(reinterpret_cast<const char*>(data), size);

    if (Result<Prefix> prefix = parse_prefix(text)) {
        Result<Prefix> again = parse_prefix(prefix_text(*prefix));
        require(again && *again == *prefix, "a prefix changed", prefix_text(*prefix));
    }

    Result<Policy> policy = parse_policy(text, "fuzz");
    if (!policy) {
        std::string error = policy.error().text();
        require(policy.error().where.starts_with("fuzz:"), "an error without its line", error);
        require(!policy.error().what.empty(), "an error without its reason", error);
        require(error.size() < 4096, "an error too long to read", error);
        for (unsigned char c : error)
            require(c >= 0x20 && c != 0x7f, "an error with a control character", error);
        return 0;
    }
    std::string shown = policy_json(*policy);
    Result<Policy> again = parse_policy(shown, "fuzz");
    require(again.has_value(), again ? "" : again.error().text().c_str(), shown);
    require(*again == *policy, "the policy changed", shown);
    return 0;
}
