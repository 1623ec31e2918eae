// SPDX-License-Identifier: Apache-2.0
// Which filters leave their stdin alone, by their command lines.
#include "davylamp/rules/operands.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace davylamp::test {
namespace {

std::uint64_t hash_of(const std::string& name)
{
    std::uint64_t hash = DAVY_HASH_BEGIN;
    for (char byte : name)
        hash = davy_hash_step(hash, static_cast<std::uint8_t>(byte));
    return hash;
}

bool leaves_stdin(const std::vector<std::string>& words)
{
    struct davy_operands operands;
    if (!davy_operands_begin(&operands, hash_of(words[0])))
        return false;
    for (const std::string& word : words) {
        for (char byte : word)
            davy_operands_step(&operands, static_cast<std::uint8_t>(byte));
        davy_operands_step(&operands, 0);
    }
    return davy_operands_leave_stdin(&operands) != 0;
}

using Words = std::vector<std::string>;

TEST(Operands, NameWhatIsRead)
{
    for (const Words& words : {Words{"cat", "f"},
                               Words{"cat", "-n", "f", "g"},
                               Words{"cat", "--", "-f"},
                               Words{"sed", "s/a/b/", "f"},
                               Words{"sed", "-n", "-e", "1p", "f"},
                               Words{"sed", "-ne1p", "f"},
                               Words{"sed", "-i.bak", "s/=/x/", "f"},
                               Words{"sed", "--expression=p", "x", "f"},
                               Words{"grep", "-c", "x", "f"},
                               Words{"grep", "-A2", "-e", "x", "f"},
                               Words{"grep", "-A", "2", "x", "f"},
                               Words{"mawk", "-F:", "{print}", "f"},
                               Words{"mawk", "{a=1}", "f"},
                               Words{"mawk", "-v", "a=1", "{print}", "f"},
                               Words{"gawk", "-f", "p.awk", "f"},
                               Words{"mawk", "{print}", "a=1", "f"},
                               Words{"head", "-5", "f"},
                               Words{"head", "-n", "5", "f"},
                               Words{"tail", "-n+2", "f"},
                               Words{"cut", "-d", ":", "-f1", "f"},
                               Words{"sort", "-k", "2", "-u", "f"},
                               Words{"date", "+%Y"},
                               Words{"hostname"},
                               Words{"find", ".", "-name", "*.sh"},
                               Words{"gzip", "-dc", "f.gz"},
                               Words{"base64", "-d", "f"}})
        EXPECT_TRUE(leaves_stdin(words)) << testing::PrintToString(words);
}

TEST(Operands, DoNotNameWhatIsRead)
{
    for (const Words& words : {Words{"cat"},
                               Words{"cat", "-"},
                               Words{"cat", "f", "-"},
                               Words{"cat", "-n"},
                               Words{"cat", "/dev/stdin"},
                               Words{"cat", "/proc/self/fd/0"},
                               Words{"cat", "../dev/fd/0"},
                               Words{"sed", "s/a/b/"},
                               Words{"sed", "-e", "p"},
                               Words{"sed", "-n", "p"},
                               Words{"sed", "-ne", "p"},
                               Words{"sed", "r /dev/stdin", "f"},
                               Words{"sed", "r stdin", "f"},
                               Words{"sed", "-f", "-", "f", "-"},
                               Words{"sed", "--expression", "p", "f"},
                               Words{"grep", "x"},
                               Words{"grep", "-A", "2", "x"},
                               Words{"grep", "-f", "p"},
                               Words{"mawk", "{print}"},
                               Words{"mawk", "{print}", "a=1"},
                               Words{"mawk", "-f", "p.awk"},
                               Words{"mawk", "BEGIN{while((getline l<\"-\")>0)print l}", "f"},
                               Words{"head", "-n", "5"},
                               Words{"head", "-n"},
                               Words{"tail", "-f"},
                               Words{"sort", "-o", "f"},
                               Words{"gzip", "-dc"},
                               Words{"base64", "-w", "0"},
                               Words{"date", "-f", "-"},
                               Words{"tee", "f"},
                               Words{"python3", "f"}})
        EXPECT_FALSE(leaves_stdin(words)) << testing::PrintToString(words);
}

} // namespace
} // namespace davylamp::test
