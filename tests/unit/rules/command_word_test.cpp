// SPDX-License-Identifier: Apache-2.0
// Whether a command that a one-liner hands to a shell stands in the one-liner's own text.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "davylamp/rules/command_word.h"

namespace davylamp {
namespace {

// As the kernel program asks: the first bytes of the command, with a NUL where it is shorter.
bool brought_along(std::string_view command, std::string_view text)
{
    davy_command_line line;
    davy_words_begin(&line);
    for (char byte : command.substr(0, DAVY_COMMAND_BYTES))
        davy_word_command(&line, static_cast<std::uint8_t>(byte));
    if (command.size() < DAVY_COMMAND_BYTES)
        davy_word_command(&line, 0);
    if (!davy_words_sought(&line))
        return true;
    bool found = false;
    for (char byte : text)
        found = davy_words_step(&line, static_cast<std::uint8_t>(byte)) || found;
    for (int i = 0; i < 8; i++)
        found = davy_words_step(&line, 0) || found;
    return found;
}

TEST(CommandWord, TheFirstWordStandsInTheText)
{
    const std::string_view text =
        "import os; os.system(\"systemctl restart x\"); os.system(\"ls\")";
    EXPECT_TRUE(brought_along("systemctl restart x", text));
    EXPECT_TRUE(brought_along("ls", text));
    EXPECT_TRUE(brought_along("ls; systemctl start y", text));
    EXPECT_TRUE(brought_along("ls\n", text));
    EXPECT_FALSE(brought_along("wget http://u/x", text));
    EXPECT_FALSE(brought_along("lsof", text));
}

TEST(CommandWord, BlanksBeforeItDoNotHideIt)
{
    EXPECT_TRUE(brought_along(" \n\t ls", "system('ls')"));
    EXPECT_FALSE(brought_along(" \n\t id", "system('ls')"));
    EXPECT_FALSE(brought_along(std::string(63, ' ') + "id", "system('ls')"));
    EXPECT_FALSE(brought_along(std::string(300, ' ') + "ls", "system('ls')"));
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

// What was fetched is put behind a command of the program's own.
TEST(CommandWord, EachCommandOfALineStandsInTheText)
{
    const std::string_view text = "system('cd /tmp; ' + t); run('echo ' + u + ' | tee /x && ls')";
    EXPECT_TRUE(brought_along("echo 1.2 | tee /x && ls", text));
    EXPECT_TRUE(brought_along("cd /tmp && ls;\n\n", text));
    EXPECT_FALSE(brought_along("cd /tmp; touch x", text));
    EXPECT_FALSE(brought_along("cd /tmp && touch x", text));
    EXPECT_FALSE(brought_along("cd /tmp & touch x", text));
    EXPECT_FALSE(brought_along("cd /tmp\ntouch x", text));
    EXPECT_FALSE(brought_along("echo x | sh", text));
    EXPECT_FALSE(brought_along("echo x|sh", text));
    EXPECT_FALSE(brought_along("echo $(touch x)", text));
    EXPECT_FALSE(brought_along("echo \"$(touch x)\"", text));
    EXPECT_FALSE(brought_along("echo `touch x` a", text));
    EXPECT_FALSE(brought_along("echo 'a' ; touch x", text));
    EXPECT_FALSE(brought_along("echo 'a\\' ; touch x", text)); // no escape within ' '
    EXPECT_FALSE(brought_along("echo \\' ; touch x", text));
    EXPECT_FALSE(brought_along("echo a <<< b\ntouch x", text));
    EXPECT_FALSE(brought_along("echo x | sh", "run('echo x | sh')")); // it runs what it is sent
    EXPECT_FALSE(brought_along("echo x |\n /bin/bash -s", "run('echo x |\\n /bin/bash -s')"));
    EXPECT_FALSE(brought_along("echo x |& xargs a", "run('echo x |& xargs a')"));
    EXPECT_TRUE(brought_along("echo x || sh f", "run('echo x || sh f')"));
    EXPECT_TRUE(brought_along("echo x; sh f | tee y", "run('echo x; sh f | tee y')"));
    EXPECT_TRUE(brought_along("echo `ls` a b", text));
    EXPECT_TRUE(brought_along("echo 2>&1 a", text));
}

// Data is no command, whatever is in it.
TEST(CommandWord, WhatIsQuotedIsData)
{
    const std::string_view text = "run(\"echo '%s' && tee f << E\\n%s\\nE\\n\")";
    EXPECT_TRUE(brought_along("echo 'a; b | c & d\n e `f` $(g)'", text));
    EXPECT_TRUE(brought_along("echo \"a; b | c\n d \\\" ; e\"", text));
    EXPECT_TRUE(brought_along("echo a\\;b", text));
    EXPECT_TRUE(brought_along("tee f << E\n{\"a\": 1}\nrm; touch\nE\n", text));
    EXPECT_FALSE(brought_along("tee f << E; touch x\na\nE\n", text));
}

TEST(CommandWord, WordsThatACommandFollows)
{
    const std::string_view text = "if a: do(); then; while b; sudo; exec; env; done = fi = else";
    EXPECT_FALSE(brought_along("if touch x; then touch y; fi", text));
    EXPECT_FALSE(brought_along("while true; do touch x; done", text));
    EXPECT_FALSE(brought_along("sudo touch x", text));
    EXPECT_FALSE(brought_along("exec touch x", text));
    EXPECT_FALSE(brought_along("env touch x", text));
    EXPECT_TRUE(brought_along("if [ -e x ]; then sudo ls; fi", "'if [ -e x ]; then sudo ls; fi'"));
}

TEST(CommandWord, MoreCommandsThanAreCompared)
{
    EXPECT_TRUE(brought_along("a;a;a;a;a;a;a;a;a;a;a;a", "a"));
    EXPECT_FALSE(brought_along("a;a;a;a;a;a;a;b", "a"));
}

TEST(CommandWord, WhatAProgramPutsInAtRunTime)
{
    const std::string_view text = "V=%s ./deploy; VERSION=%s ./deploy; $ENV{HOME}/bin/notify ok";
    EXPECT_TRUE(brought_along("VERSION=1.2 ./deploy", text));
    EXPECT_TRUE(brought_along("V=1.2 ./deploy", text));
    EXPECT_TRUE(brought_along("V='1 2;3' VERSION=2 ./deploy", text));
    EXPECT_FALSE(brought_along("VERSION=1.2 touch x", text));
    EXPECT_FALSE(brought_along("VERSION=$(touch x) ./deploy", text));
    EXPECT_FALSE(brought_along("VERSION=1.2; touch x", text));
    EXPECT_FALSE(brought_along("OTHER=1.2 ./deploy", text));
    EXPECT_TRUE(brought_along("/root/bin/notify ok", text));
    EXPECT_TRUE(brought_along("\"/my root/bin\"/notify ok", "\"$root/my root\" \"/my root/bin\""));
    EXPECT_FALSE(brought_along("\"/my root/bin\"/notify; touch x", "\"/my root/bin\""));
    EXPECT_TRUE(brought_along("'/root/bin/notify' ok", text));
    EXPECT_FALSE(brought_along("/root/bin/notifyd ok", text));
    EXPECT_FALSE(brought_along("/usr/bin/touch x", text));
    EXPECT_FALSE(brought_along("bin/notify", "x/notify")); // no absolute path
}

// An interpreter's name, or env, is in many texts, and says nothing of what it runs.
TEST(CommandWord, AnInterpreterElsewhereIsNoProof)
{
    const std::string_view text = "run([\"/bin/sh\", \"/bin/bash\", \"/bin/env\", \"/bin/curl\"])";
    for (const char* command :
         {"/usr/bin/sh -c id", "/usr/bin/bash x", "/usr/bin/env id", "/usr/bin/curl u"})
        EXPECT_FALSE(brought_along(command, text)) << command;
}

} // namespace
} // namespace davylamp
