// SPDX-License-Identifier: Apache-2.0
// A value, or an error that says where, what and how to mend it. tl::expected has the shape of
// C++23's std::expected, so that the switch is this one header.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <variant>

namespace davylamp {

struct Error {
    std::string where; // file, line, place: "policy.json:14: pools.ports[2]"
    std::string what;  // "70000 is no TCP port"
    std::string mend;  // "give 1..65535"; may be empty

    // "where: what; mend"
    std::string text() const
    {
        std::string out = where.empty() ? what : where + ": " + what;
        return mend.empty() ? out : out + "; " + mend;
    }
};

template <class T = std::monostate> class [[nodiscard]] Result : public tl::expected<T, Error> {
    using tl::expected<T, Error>::expected;
};

inline tl::unexpected<Error> fail(std::string where, std::string what, std::string mend = {})
{
    return tl::unexpected<Error>(Error{std::move(where), std::move(what), std::move(mend)});
}

inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

} // namespace davylamp
