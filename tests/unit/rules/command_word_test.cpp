// SPDX-License-Identifier: Apache-2.0
// Whether a command that a one-liner hands to a shell stands in the one-liner's own text.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "davylamp/rules/command_word.h"

namespace davylamp {
namespace {

// As the kernel program asks: the first 64 bytes of the command, with a NUL where it is shorter.
bool brought_along(std::string_view command, std::string_view text)
{
    davy_word word;
    davy_word_begin(&word);
    for (char byte : command.substr(0, DAVY_COMMAND_BYTES))
        davy_word_command(&word, static_cast<std::uint8_t>(byte));
    if (command.size() < DAVY_COMMAND_BYTES)
        davy_word_command(&word, 0);
    if (!davy_word_sought(&word))
        return true;
    bool found = false;
    for (char byte : text)
        found = davy_word_step(&word, static_cast<std::uint8_t>(byte)) || found;
    for (int i = 0; i < 8; i++)
        found = davy_word_step(&word, 0) || found;
    return found;
}

TEST(CommandWord, TheFirstWordStandsInTheText)
{
    const std::string_view text =
        "import os; os.system(\"systemctl restart x\"); os.system(\"ls\")";
    EXPECT_TRUE(brought_along("systemctl restart x", text));
    EXPECT_TRUE(brought_along("ls", text));
    EXPECT_TRUE(brought_along("ls; id", text));
    EXPECT_TRUE(brought_along("ls\n", text));
    EXPECT_FALSE(brought_along("wget http://u/x", text));
    EXPECT_FALSE(brought_along("lsof", text));
}

TEST(CommandWord, BlanksBeforeItDoNotHideIt)
{
    EXPECT_TRUE(brought_along(" \n\t ls", "system('ls')"));
    EXPECT_FALSE(brought_along(" \n\t id", "system('ls')"));
    EXPECT_FALSE(brought_along(std::string(63, ' ') + "id", "system('ls')"));
    EXPECT_FALSE(brought_along(std::string(200, ' ') + "id", "system('ls')"));
    EXPECT_TRUE(brought_along("", "system('')")); // it runs nothing
    EXPECT_TRUE(brought_along(" \n", "system(' ')"));
}

// A short word is part of many others.
TEST(CommandWord, StandsAsAWord)
{
    EXPECT_FALSE(brought_along("id", "void hidden(valid);"));
    EXPECT_FALSE(brought_along("id", "id_of(x)"));
    EXPECT_FALSE(brought_along("test x", "latest"));
    EXPECT_TRUE(brought_along("id", "`id`"));
    EXPECT_TRUE(brought_along("id", "id"));
    EXPECT_TRUE(brought_along("id -u", "\"\\nid -u\"")); // an escaped newline
    EXPECT_TRUE(brought_along("./run now", "system('./run now')"));
    EXPECT_TRUE(brought_along("systemctl x", "\"systemctl\"")); // by its first eight bytes
}

// Every program has { and :, so they prove nothing.
TEST(CommandWord, PunctuationTakesTheNextWordAlong)
{
    const std::string_view text = "x = {'a': 1}; f(); if (y) { g( 2 ) } # an end";
    EXPECT_FALSE(brought_along("{ touch x; }", text));
    EXPECT_FALSE(brought_along("( touch x )", text));
    EXPECT_FALSE(brought_along("[ -e x ] && touch x", text));
    EXPECT_FALSE(brought_along(": a script", text));
    EXPECT_FALSE(brought_along("# an other", text));
    EXPECT_FALSE(brought_along("#!/bin/sh\ntouch x", text));
    EXPECT_TRUE(brought_along("{ echo a; echo b; } > x", "system('{ echo a; echo b; } > x')"));
    EXPECT_TRUE(brought_along("[ -e /x ] || echo", "system('[ -e %s ] || echo' % x)"));
    EXPECT_TRUE(brought_along("#!/bin/sh\nls", "run('''#!/bin/sh\nls''')"));
}

// In every language alike: as a command, a document that was fetched is no text of one's own,
// although the program names its fields. As an argument it is.
TEST(CommandWord, JsonIsNoCommand)
{
    for (const char* text : {"d = {}; os.system(t); d[\"version\"]",
                             "{ system($t) } $d->{\"version\"}", "r => { exec(d.version) }",
                             "h = { :version => 1 }", "function() { echo $d[\"version\"]; }"}) {
        EXPECT_FALSE(brought_along("{\"version\": \"1.2.3\"}", text)) << text;
        EXPECT_FALSE(brought_along("{ \"version\": \"1.2.3\" }", text)) << text;
        EXPECT_FALSE(brought_along("{\n  \"version\": \"1.2.3\"\n}", text)) << text;
        EXPECT_FALSE(brought_along("[\"version\", 1]", text)) << text;
    }
    EXPECT_TRUE(brought_along("echo '{\"version\": 1}'", "os.system(\"echo '%s'\" % t)"));
}

TEST(CommandWord, WhatAProgramPutsInAtRunTime)
{
    const std::string_view text = "V=%s ./deploy; VERSION=%s ./deploy; $ENV{HOME}/bin/notify ok";
    EXPECT_TRUE(brought_along("VERSION=1.2 ./deploy", text));
    EXPECT_FALSE(brought_along("V=1.2 ./deploy", text)); // t= is in every program
    EXPECT_FALSE(brought_along("OTHER=1.2 ./deploy", text));
    EXPECT_TRUE(brought_along("/root/bin/notify ok", text));
    EXPECT_TRUE(brought_along("\"/my root/bin\"/notify ok", "\"$root/my root\" \"/my root/bin\""));
    EXPECT_TRUE(brought_along("'/root/bin/notify' ok", text));
    EXPECT_FALSE(brought_along("/root/bin/notifyd ok", text));
    EXPECT_FALSE(brought_along("/usr/bin/touch x", text));
    EXPECT_FALSE(brought_along("/bin/sh -c id", "run([\"sh\", \"-c\", t]) a/sh")); // too short
    EXPECT_FALSE(brought_along("bin/notify", "x/notify")); // no absolute path
}

} // namespace
} // namespace davylamp
