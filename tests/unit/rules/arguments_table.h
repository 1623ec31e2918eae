// SPDX-License-Identifier: Apache-2.0
// Command lines, and where each interpreter takes its program from. The state machine judges these
// rows (arguments_test.cpp), and the interpreters run them (arguments_real_test.cpp), so that a
// wrong belief about an option cannot last.
#pragma once

#include <compare>
#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "davylamp/abi/numbers.h"

namespace davylamp::test {

enum class Held {
    kReal, // the interpreter is run and must agree
    kBoth, // and it goes on to run its standard input as well
    kTable // not run: the reason stands beside the row
};

struct Version {
    unsigned major = 0;
    unsigned minor = 0;

    friend auto operator<=>(const Version&, const Version&) = default;
};

struct CommandLine {
    std::vector<std::string> args; // argv[0] first
    std::int32_t code_fd;
    Held held = Held::kReal;
    Version since = {}; // the first version of the program that knows the option, by its manual
};

struct Program {
    std::string exe; // looked up in PATH: Debian's base has it, or scripts/bootstrap.sh installs it
    std::uint16_t family;
    std::string code; // prints fromN=42 for the N that stands for %d, and does not hold that text
    std::vector<CommandLine> lines;
    // It looks for the home of its user in the password file and writes there, whatever HOME says:
    // it is run as a user that nobody is.
    bool homeless = false;
};

// For GoogleTest, whose names of cases would hold addresses without it.
inline void PrintTo(const Program& program, std::ostream* out) { *out << program.exe; }

constexpr std::int32_t kElsewhere = DAVY_CODE_ELSEWHERE;

// "script" is an empty file in the folder that the interpreters are run in.
const std::vector<Program>& programs();

} // namespace davylamp::test
