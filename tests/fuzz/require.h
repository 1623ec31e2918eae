// SPDX-License-Identifier: Apache-2.0
// A fuzzer's assertion: says what did not hold, and ends the run, which keeps the input.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace davylamp::test {

// `text` is shown beside it: the error or the output that is wrong.
inline void require(bool held, const char* what, std::string_view text = {})
{
    if (held)
        return;
    std::fprintf(stderr, "%s\n", what);
    if (!text.empty())
        std::fprintf(stderr, "%.*s\n", static_cast<int>(text.size()), text.data());
    std::abort();
}

} // namespace davylamp::test
