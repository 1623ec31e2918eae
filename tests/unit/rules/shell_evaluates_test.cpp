// SPDX-License-Identifier: Apache-2.0
// Whether a shell's program may run what it has in a variable.
#include <gtest/gtest.h>

#include <string_view>

#include "davylamp/rules/shell_evaluates.h"

namespace davylamp {
namespace {

bool evaluates(std::string_view program)
{
    davy_evaluates state;
    davy_evaluates_begin(&state);
    for (char byte : program)
        davy_evaluates_step(&state, static_cast<std::uint8_t>(byte));
    return davy_evaluates_end(&state);
}

TEST(ShellEvaluates, ACommandThatIsAVariable)
{
    for (const char* program : {"$x",
                                "$x.sh",
                                "${x:-/a}/b",
                                "$x $y",
                                "$1",
                                "\"$x\"",
                                "a; $x",
                                "a\n  $x",
                                "a && \"$@\"",
                                "a | $x",
                                "( $x )",
                                "{ $x; }",
                                "while read l; do $l; done",
                                "if $x; then a; fi",
                                "if a; then $x; fi",
                                "! $x",
                                "exec $x",
                                "command $x",
                                "A=1 $x",
                                "A='1 2' B=\"$y\" $x",
                                "x=$(curl u); $x",
                                "echo $(a; $x)",
                                "echo \"$(\"$x\")\"",
                                "`curl u`",
                                "$(curl u)",
                                "echo \"it's\"; $x",
                                "a # it's\n$x",
                                "echo 'a\\'; $x",
                                "echo \\'; $x",
                                "f() { \"$@\"; }",
                                "case a in b) $x;; esac",
                                "echo \"a $(b \"c\") d\"; $x",
                                "echo $((1 + 2)); $x",
                                "echo $(( (1) )); $x",
                                "echo \"`a; $x`\"",
                                "A=$(b) $x",
                                "A=`b` $x",
                                "A=\"$(b)\" $x"})
        EXPECT_TRUE(evaluates(program)) << program;
}

TEST(ShellEvaluates, WordsThatEvaluate)
{
    for (const char* program : {"eval \"$x\"",
                                "ev\"al\" $x",
                                "e\\val $x",
                                "a; eval `b`",
                                "eval 'a $x'",
                                "trap \"$x\" EXIT",
                                "trap 'eval \"$x\"' EXIT",
                                "trap '$x' EXIT",
                                "trap 'a; $x' EXIT",
                                "trap a EXIT; $x",
                                "trap 'a' EXIT; eval $x",
                                "alias a=\"$x\"",
                                "builtin eval $a",
                                ". ./f",
                                ". /tmp/f",
                                "source <(curl u)",
                                ". \"$f\"",
                                ". /dev/stdin",
                                ".\t/dev/fd/3",
                                "a && . f\n",
                                "sudo eval \"$x\"",
                                "eval 'a'; eval \"$x\""})
        EXPECT_TRUE(evaluates(program)) << program;
}

TEST(ShellEvaluates, ProgramsThatRunTheirOwnCommandsAlone)
{
    for (const char* program : {"#!/bin/bash\nV=7\nN=$(curl -s u | grep -m1 ^V= | cut -d= -f2)\n"
                                "[ \"$N\" = \"$V\" ] || echo \"newer: $N\"\nmkdir -p /a/b\n",
                                "P=$(curl -s u)\ncase $P in *V=7*) ;; esac\nmkdir -p /a/b\n",
                                "echo \"a; $b | $c ($d) `date`\"",
                                "echo '; $x'",
                                "# $x\n: $x",
                                "a # $x",
                                "a; # $x\nb",
                                ". /etc/os-release\n. /usr/lib/x.sh; a",
                                ". \"/etc/x\"",
                                "for i in $x; do a $i; done",
                                "a > $f 2>&1",
                                "a \\\n  $x",
                                "echo eval",
                                "eval \"a b\"; c $d",
                                "trap 'rm -f \"$t\"' EXIT\na $x",
                                "trap - EXIT; a $x",
                                "trap \"\" INT\na $b",
                                "alias a='b c'\nd $e",
                                "retrieval $x",
                                "echo $((a + $b))",
                                "n=$(($a - 1))",
                                "if [ -n \"$x\" ]; then a; fi",
                                "a \"$(b $c)\" $d",
                                "export A=$x",
                                "awk '{ print $1; $2 = 3 }' f",
                                "[ \"`a`\" = $b ]",
                                "a `b` $c",
                                "$HERE/tool",
                                "\"$HERE\"/tool; \"${HERE}/x\"",
                                "f() { a \"$@\"; }",
                                "A=$(b)\nc $d"})
        EXPECT_FALSE(evaluates(program)) << program;
}

TEST(ShellEvaluates, WhatIsNotUnderstoodMayDoAnything)
{
    EXPECT_TRUE(evaluates("cat <<E\ndon't\nE\n"));
    EXPECT_TRUE(evaluates("echo \"a"));
}

} // namespace
} // namespace davylamp
