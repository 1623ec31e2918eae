// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "curl_and_bash.h"
#include "engine/engine.h"
#include "support/records.h"

namespace davylamp {
namespace {

using namespace test;
using testing::HasSubstr;

template <class T> std::string complaint(const T& event)
{
    Record record(event);
    auto error = judge_again(record.event());
    return error ? error->text() : "";
}

TEST(JudgeAgain, AgreesWithWhatTheRulesDecided)
{
    for (std::uint8_t mode : {DAVY_MODE_OFF, DAVY_MODE_MONITOR, DAVY_MODE_BLOCK, DAVY_MODE_KILL}) {
        davy_image image = gone(kCurl.image);
        EXPECT_EQ(complaint(chain(5, mode, kCurl, kBash, kRemote)), "");
        EXPECT_EQ(complaint(fileless(5, mode, kCurl, image, "")), "");
        EXPECT_EQ(complaint(removed(5, mode, kBash, kCurl.id, image, "/tmp/x")), "");
        EXPECT_EQ(complaint(talking(5, mode, with_image(kCurl, image), kRemote)), "");
        for (std::uint8_t match = DAVY_POOL_ADDRESS; match <= DAVY_POOL_PROVEN; match++)
            EXPECT_EQ(complaint(pool(5, mode, kCurl, kRemote, match, 0)), "");
    }
}

TEST(JudgeAgain, NothingToJudgeInTelemetry)
{
    EXPECT_EQ(complaint(forks(1, 10, 11, "x")), "");
    EXPECT_EQ(complaint(exits(1, 10, "x")), "");
    EXPECT_EQ(complaint(swept(1, kCurl)), "");
    EXPECT_EQ(complaint(loss(1, 0, 3)), "");
}

TEST(JudgeAgain, NamesAVerdictThatDiffers)
{
    auto event = chain(77, DAVY_MODE_MONITOR, kCurl, kBash, kRemote);
    event.header.verdict = DAVY_DENY;
    EXPECT_THAT(complaint(event),
                HasSubstr("event chain at 77: recorded DENY (CHAIN-001, certain), judged again "
                          "ALERT (CHAIN-001, certain)"));
}

TEST(JudgeAgain, NamesARuleOrACertaintyThatDiffers)
{
    auto rule = chain(77, DAVY_MODE_BLOCK, kCurl, kBash, kRemote);
    rule.decision.rule = DAVY_RULE_CHAIN_SOCKET;
    EXPECT_THAT(complaint(rule), HasSubstr("recorded DENY (CHAIN-002, certain), judged again DENY "
                                           "(CHAIN-001, certain)"));
    auto certainty = chain(77, DAVY_MODE_BLOCK, kCurl, kBash, kRemote);
    certainty.decision.certainty = DAVY_POSSIBLE;
    EXPECT_THAT(complaint(certainty), HasSubstr("(CHAIN-001, possible)"));
}

TEST(JudgeAgain, NamesFactsThatDoNotBearTheVerdict)
{
    auto linked = fileless(5, DAVY_MODE_BLOCK, kCurl, gone(kCurl.image), "");
    linked.image.nlink = 1;
    EXPECT_THAT(complaint(linked), HasSubstr("judged again ALLOW (EXE-001, none)"));

    auto ended = removed(5, DAVY_MODE_BLOCK, kBash, kCurl.id, gone(kCurl.image), "/tmp/x");
    ended.image.flags &= static_cast<std::uint16_t>(~DAVY_IMAGE_RUNNING);
    EXPECT_THAT(complaint(ended), HasSubstr("judged again ALLOW (EXE-002, none)"));

    auto port = pool(5, DAVY_MODE_BLOCK, kCurl, kRemote, DAVY_POOL_PORT, 0);
    port.facts.port_refuses = 0;
    EXPECT_THAT(complaint(port), HasSubstr("judged again ALLOW (MINE-003, possible)"));

    auto question = pool(5, DAVY_MODE_KILL, kCurl, kRemote, DAVY_POOL_QUESTION, 0);
    question.header.verdict = DAVY_KILL;
    EXPECT_THAT(complaint(question), HasSubstr("judged again ALERT (MINE-005, possible)"));

    auto data = chain(5, DAVY_MODE_KILL, kCurl, kBash, kRemote);
    data.facts.reads_code = 0;
    EXPECT_THAT(complaint(data), HasSubstr("judged again ALLOW (CHAIN-001, possible)"));
}

TEST(JudgeAgain, ReadsTheCommandLineAgain)
{
    const davy_process shell = with_family(kBash, DAVY_FAMILY_SHELL);
    struct {
        std::vector<std::string> args;
        std::int32_t code_fd;
    } rows[] = {
        {{"bash"}, 0},
        {{"bash", "-s", "--", "x"}, 0},
        {{"bash", "/dev/fd/63"}, 63},
        {{"bash", "script.sh"}, DAVY_CODE_ELSEWHERE},
        {{"bash", "-c", "true"}, DAVY_CODE_ELSEWHERE},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(complaint(execs(5, shell, "/bin/bash", row.args, row.code_fd)), "");
        EXPECT_THAT(
            complaint(execs(5, shell, "/bin/bash", row.args, 7)),
            HasSubstr("event exec at 5: recorded code from descriptor 7, judged again code"));
    }
    EXPECT_EQ(complaint(execs(5, kCurl, "/usr/bin/curl", {"curl"}, DAVY_CODE_ELSEWHERE)), "");
}

constexpr std::string_view kShortLogin =
    R"({"id":1,"method":"login","params":{"login":"48edf","pass":"x","agent":"XMRig/6.21.0"}})";

TEST(JudgeAgain, MatchesThePayloadAgain)
{
    for (std::uint8_t mode : {DAVY_MODE_MONITOR, DAVY_MODE_BLOCK, DAVY_MODE_KILL}) {
        auto event = stratum(5, mode, kCurl, kRemote, kShortLogin);
        EXPECT_EQ(event.facts.dialect, DAVY_DIALECT_CRYPTONOTE);
        EXPECT_EQ(complaint(event), "");

        auto dialect = event;
        dialect.facts.dialect = DAVY_DIALECT_BITCOIN;
        EXPECT_THAT(complaint(dialect),
                    HasSubstr("event stratum at 5: recorded the dialect bitcoin"));
        auto offset = event;
        offset.facts.offset++;
        EXPECT_THAT(complaint(offset), HasSubstr("matched again cryptonote after"));
        auto payload = event;
        payload.payload[18] = 'x' /* of "login" */;
        EXPECT_THAT(complaint(payload), HasSubstr("matched again"));
    }
}

TEST(JudgeAgain, AHeldLoginThatNeverWentOn)
{
    constexpr std::string_view kHeld = R"({"id":1,"method":"mining.subscribe")";
    auto event = stratum(5, DAVY_MODE_BLOCK, kCurl, kRemote, kHeld);
    event.facts.dialect = DAVY_DIALECT_BITCOIN;
    judge(event);
    EXPECT_EQ(complaint(event), "");
}

TEST(JudgeAgain, CannotMatchWhatTheRecordDoesNotHold)
{
    auto later = stratum(5, DAVY_MODE_BLOCK, kCurl, kRemote, kShortLogin);
    later.payload_offset = 100;
    later.facts.offset += 100;
    EXPECT_EQ(complaint(later), "");

    auto midstream = stratum(5, DAVY_MODE_BLOCK, kCurl, kRemote, kShortLogin);
    midstream.facts.midstream = 1;
    judge(midstream);
    midstream.payload[18] = 'x';
    EXPECT_EQ(complaint(midstream), "");
    midstream.header.verdict = DAVY_DENY;
    EXPECT_THAT(complaint(midstream), HasSubstr("judged again ALERT (MINE-001, certain)"));

    auto padded = stratum(5, DAVY_MODE_BLOCK, kCurl, kRemote,
                          std::string(600, ' ') + std::string(kShortLogin));
    EXPECT_GT(padded.facts.offset, 512u);
    EXPECT_EQ(complaint(padded), "");
}

TEST(JudgeAgain, LeavesACommandLineAloneThatTheKernelDidNotRead)
{
    const davy_process shell = with_family(kBash, DAVY_FAMILY_SHELL);
    EXPECT_EQ(complaint(execs(5, shell, "/bin/bash", {"bash"}, DAVY_CODE_UNREAD)), "");
}

TEST(JudgeAgain, ReadsACutCommandLineAsFarAsTheKernelDid)
{
    const davy_process shell = with_family(kBash, DAVY_FAMILY_SHELL);
    const std::string padding(600, 'x');
    auto settled = execs(5, shell, "/bin/bash", {"bash", "-s", "--", "x", padding}, 0);
    EXPECT_EQ(settled.args_cut, 1u);
    EXPECT_EQ(complaint(settled), "");
    auto open = execs(5, shell, "/bin/bash", {"bash", "-o", padding, "-s"}, DAVY_CODE_ELSEWHERE);
    EXPECT_EQ(complaint(open), "");
    open.code_fd = 0;
    EXPECT_THAT(complaint(open), HasSubstr("judged again code elsewhere"));
}

} // namespace
} // namespace davylamp
