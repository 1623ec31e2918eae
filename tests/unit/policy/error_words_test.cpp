// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "policy/error_words.h"

namespace davylamp {
namespace {

constexpr std::string_view kKnown[] = {"mode", "addresses", "ports", "ports_refuse"};

TEST(Words, NearestFindsWhatWasMeant)
{
    struct Case {
        std::string_view word, meant;
    };
    const Case cases[] = {
        {"port", "ports"},
        {"prots", "ports"},
        {"Ports", "ports"},
        {"ports-refuse", "ports_refuse"},
        {"ports refuse", "ports_refuse"},
        {"port_refuses", "ports_refuse"},
        {"adresses", "addresses"},
        {"adreses", "addresses"},
        {"mod", "mode"},
        {"modes", "mode"},
    };
    for (const Case& c : cases)
        EXPECT_EQ(nearest(c.word, kKnown), c.meant) << c.word;
}

TEST(Words, NearestStaysSilentWhereNothingIsNear)
{
    for (std::string_view word : {"", "x", "md", "pools", "enabled", "ports_refuse_them_all",
                                  "a word much longer than any key of the policy file"})
        EXPECT_EQ(nearest(word, kKnown), "") << word;
}

TEST(Words, QuotedIsSafeAndShort)
{
    EXPECT_EQ(in_quotes("sh"), "\"sh\"");
    EXPECT_EQ(in_quotes("a\x1b[31m\n"), "\"a\\x1b[31m\\x0a\"");
    EXPECT_EQ(in_quotes(std::string(64, 'a')), "\"" + std::string(64, 'a') + "\"");
    EXPECT_EQ(in_quotes(std::string(65, 'a')), "\"" + std::string(64, 'a') + "...\"");
    // A character is never cut in two: 63 bytes and then two more.
    EXPECT_EQ(in_quotes(std::string(63, 'a') + "\xc3\xa9z"),
              "\"" + std::string(63, 'a') + "\xc3\xa9...\"");
    EXPECT_EQ(in_quotes("\xff"), "\"\\xff\"");
}

TEST(Words, Listed)
{
    constexpr std::string_view one[] = {"a"};
    EXPECT_EQ(listed({}), "");
    EXPECT_EQ(listed(one), "\"a\"");
    EXPECT_EQ(listed(kKnown), "\"mode\", \"addresses\", \"ports\" or \"ports_refuse\"");
}

} // namespace
} // namespace davylamp
