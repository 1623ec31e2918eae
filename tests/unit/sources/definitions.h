// SPDX-License-Identifier: Apache-2.0
// Which types a C++ source defines for the whole program: those outside unnamed namespaces and
// functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace davylamp::test {

struct Definition {
    std::string name; // qualified: "davylamp::test::Definition"
    int line = 0;
};

// Structs, classes, unions and enums with their bodies, in namespaces that have a name and in the
// global one. Declarations without a body, specialisations, members and what macros make are left
// out: it reads tokens, and knows no more of C++ than that.
std::vector<Definition> definitions(std::string_view source);

} // namespace davylamp::test
