// SPDX-License-Identifier: Apache-2.0
// Counts a struct's members, so that a test can ask whether a table has all of them.
#pragma once

#include <cstddef>
#include <utility>

namespace davylamp::test {

// Converts to whatever type a member has.
struct AnyValue {
    template <class T> operator T() const;
};

// Of an aggregate whose members are no C arrays.
template <class T, class... Values> constexpr std::size_t member_count()
{
    if constexpr (requires { T{std::declval<Values>()..., std::declval<AnyValue>()}; })
        return member_count<T, Values..., AnyValue>();
    else
        return sizeof...(Values);
}

} // namespace davylamp::test
