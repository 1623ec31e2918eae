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
    for (char byte : program) {
        davy_evaluates_words_step(&state, static_cast<std::uint8_t>(byte));
        davy_evaluates_step(&state, static_cast<std::uint8_t>(byte));
    }
    if (davy_evaluates_end(&state))
        return true;
    for (std::uint32_t call = 0; call < DAVY_EVAL_CALLS; call++) {
        if (!davy_evaluates_literal(&state.names, call))
            return true;
    }
    return false;
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

TEST(ShellEvaluates, ACommandThatIsALiteralVariable)
{
    for (const char* program :
         {"C=systemctl\n$C restart x\n", "C='/a/b'\n\"$C\" x", "C=\"a b\"; ${C} x",
          "SUDO=\n[ \"$(id -u)\" = 0 ] || SUDO=sudo\n$SUDO mkdir /a\nx=$(curl u)",
          "export C=a; f() { $C; }", "A=a B=b\n$A; x | \"$B\"", "C=a\ntrap '$C' EXIT",
          "C=a\nexport X=\"$y\"\nread -r l\nprintf '%s' \"$l\"\n$C $l",
          "C=a\nfor i in $x; do $C; done", "C=a\nlocal v=$1\n$C"})
        EXPECT_FALSE(evaluates(program)) << program;
    for (const char* program : {"C=$(curl u)\n$C restart x\n",
                                "C=a\nC=$x\n$C",
                                "C=a\nC=`x`\n$C",
                                "C=a; C=\"b $x\"; $C",
                                "C=a\nread C\n$C",
                                "C=a\nfor C in x; do $C; done",
                                "C=a\nC+=x; $C",
                                "C=a; : ${C:=b}; $C",
                                "C=a\nv=C\nread -r $v\n$C",
                                "C=a\nexport \"$x\"\n$C",
                                "C=a\nexport $(curl u)\n$C",
                                "C=a\nprintf -v \"$v\" x; $C",
                                "C=a\nmapfile C\n$C",
                                "C=a\n$D",
                                "C=a\n$C$x",
                                "C=a\n\"$@\"",
                                "C=a\n$1",
                                "# C=a\n$C",
                                "x 'C=a'\n$C",
                                "C=a\n${C}b",
                                "C=(a $x); $C",
                                "C=a; ${C[1]}",
                                "C=a; $C; $x",
                                "C=a; unset C; $C"})
        EXPECT_TRUE(evaluates(program)) << program;
}

TEST(ShellEvaluates, WhatIsNotUnderstoodMayDoAnything)
{
    EXPECT_TRUE(evaluates("cat <<E\ndon't\nE\n"));
    EXPECT_TRUE(evaluates("echo \"a"));
}

} // namespace
} // namespace davylamp
