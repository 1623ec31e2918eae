// SPDX-License-Identifier: Apache-2.0
// Whether a shell's own program has the command that it runs.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "davylamp/rules/own_command.h"

namespace davylamp {
namespace {

bool own(std::string_view command, std::string_view text)
{
    davy_own state;
    davy_own_begin(&state);
    for (char byte : command)
        davy_own_command(&state, static_cast<std::uint8_t>(byte));
    davy_own_text(&state);
    for (char byte : text) {
        if (davy_own_step(&state, static_cast<std::uint8_t>(byte)))
            break;
    }
    return davy_own_end(&state);
}

constexpr std::string_view kMkdir{"mkdir\0-p\0/opt/case\0", 20};

const struct {
    const char* name;
    std::string_view command, text;
    bool expected;
} kPrograms[] = {
    {"a line", kMkdir, "#!/bin/sh\nmkdir -p /opt/case\ntrue\n", true},
    {"the last line", kMkdir, "true\nmkdir -p /opt/case", true},
    {"among others", kMkdir, "cd /; mkdir -p /opt/case; ls", true},
    {"in a condition", kMkdir, "if ! mkdir  -p\t/opt/case;then", true},
    {"in brackets", kMkdir, "x=$(mkdir -p /opt/case)", true},
    {"quoted", kMkdir, "mkdir -p \"/opt/case\" && :", true},
    {"over two lines", kMkdir, "mkdir \\\n  -p /opt/case\n", true},
    {"text after -c", std::string_view("sh\0-c\0a b; c", 12), "x && sh -c 'a b; c' || y", true},
    {"its beginning once before", kMkdir, "mkdir -p /opt/x; mkdir -p mkdir -p /opt/case\n", true},
    {"a word that goes on", kMkdir, "mkdir -p /opt/cases\n", false},
    {"a word that begins before", kMkdir, "xmkdir -p /opt/case\n", false},
    {"the first word alone", kMkdir, "mkdir -p $DIR\n", false},
    {"nothing", "", "mkdir -p /opt/case\n", false},
    {"no text", kMkdir, "", false},
};

TEST(OwnCommand, Table)
{
    for (const auto& one : kPrograms)
        EXPECT_EQ(own(one.command, one.text), one.expected) << one.name;
}

// What is not compared to its end may go on differently.
TEST(OwnCommand, ACommandThatIsTooLongIsNotKnown)
{
    const std::string most(DAVY_OWN_BYTES, 'x'), more = most + "x";
    EXPECT_TRUE(own(most, "a " + most + " b"));
    EXPECT_FALSE(own(more, "a " + more + " b"));
}

} // namespace
} // namespace davylamp
