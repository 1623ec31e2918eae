// SPDX-License-Identifier: Apache-2.0
// How a download differs from a service's own script.
#include <gtest/gtest.h>

#include "davylamp/rules/chain.h"
#include "davylamp/rules/provenance.h"

namespace davylamp {
namespace {

bool is_download(std::uint8_t writer, bool own, bool image)
{
    davy_file_facts facts{};
    facts.writer = writer;
    facts.own = own;
    facts.image = image;
    return davy_is_download(&facts);
}

TEST(Provenance, WhoWroteAndWhoRuns)
{
    // curl -o f; bash f, and ./f
    EXPECT_TRUE(is_download(DAVY_WRITER_PROGRAM, false, false));
    EXPECT_TRUE(is_download(DAVY_WRITER_PROGRAM, false, true));
    // NodeManager and its launch_container.sh; a dropper and its miner.
    EXPECT_FALSE(is_download(DAVY_WRITER_PROGRAM, true, false));
    EXPECT_TRUE(is_download(DAVY_WRITER_PROGRAM, true, true));
    // A shell by /dev/tcp and a one-liner serve nobody.
    for (bool own : {false, true}) {
        EXPECT_TRUE(is_download(DAVY_WRITER_SHELL, own, false));
        EXPECT_TRUE(is_download(DAVY_WRITER_ONE_LINER, own, false));
    }
    // pip, npm
    for (bool own : {false, true}) {
        for (bool image : {false, true}) {
            EXPECT_FALSE(is_download(DAVY_WRITER_SCRIPT, own, image));
            EXPECT_FALSE(is_download(DAVY_WRITER_NONE, own, image));
        }
    }
}

TEST(Provenance, RuleOfASource)
{
    davy_chain_facts facts{};
    facts.reads_code = 1;
    const std::pair<std::uint8_t, std::uint16_t> rules[] = {
        {DAVY_SOURCE_CONNECT, DAVY_RULE_CHAIN_PIPE},
        {DAVY_SOURCE_ACCEPTED, DAVY_RULE_CHAIN_PIPE},
        {DAVY_SOURCE_SOCKET, DAVY_RULE_CHAIN_SOCKET},
        {DAVY_SOURCE_FILE, DAVY_RULE_CHAIN_FILE},
        {DAVY_SOURCE_TEXT, DAVY_RULE_CHAIN_TEXT},
        {DAVY_SOURCE_ONE_LINER, DAVY_RULE_CHAIN_ONE_LINER},
    };
    for (auto [source, rule] : rules) {
        facts.source = source;
        EXPECT_EQ(davy_chain_rule(&facts), rule) << int(source);
        EXPECT_EQ(davy_chain_certainty(&facts), DAVY_CERTAIN);
    }
}

} // namespace
} // namespace davylamp
