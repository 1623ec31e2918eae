// SPDX-License-Identifier: Apache-2.0
// Stories of TCP segments: what comes again, what is missing, what is held until the matcher has
// decided. Each runs at several initial sequence numbers, so that they wrap in the middle.
#include <gtest/gtest.h>

#include <array>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "hold_flow.h"

namespace davylamp::test {

void PrintTo(Deed deed, std::ostream* out)
{
    constexpr std::array<const char*, 6> kNames = {"passes",  "held",   "convicts",
                                                   "reports", "clears", "refused"};
    *out << kNames.at(static_cast<std::size_t>(deed));
}

namespace {

constexpr std::uint8_t kClient = DAVY_TO_SERVER, kServer = DAVY_TO_CLIENT;

// {"method":"login","params":{"login":"x","pass":"y"}}: the rule is met by the quote behind "pass",
// byte 46.
constexpr std::string_view kLogin =
    "{\"method\":\"login\",\"params\":{\"login\":\"x\",\"pass\":\"y\"}}\n";
// The method alone is held; the rest tells that it is none of ours.
constexpr std::string_view kLookAlike = "{\"method\":\"login\",\"params\":[1,2]}\n";

const std::string kLong = "{\"id\":1}\n" + std::string(71, ' ');

struct Step {
    std::uint8_t direction;
    int at; // of the direction's first payload byte
    std::string_view bytes;
    Deed deed;
    bool syn = false, first = true, fin = false;
    std::uint32_t pause_ms = 200; // since the step before
};

struct Story {
    const char* name;
    std::vector<Step> steps;
    bool enforces = true;
    bool midstream[2] = {false, false}; // at the end, by direction
    std::size_t limit = SIZE_MAX;
    int losses = 0;
};

std::vector<Step> joined(std::vector<Step> first, const std::vector<Step>& more)
{
    first.insert(first.end(), more.begin(), more.end());
    return first;
}

// One byte a segment, each as it is expected to end. A held segment comes again with the next byte,
// which is how TCP sends what was written meanwhile.
std::vector<Step> byte_by_byte(std::string_view text, std::size_t held_from, std::size_t held_to,
                               Deed last)
{
    std::vector<Step> steps;
    for (std::size_t i = 0; i < text.size(); i++) {
        const std::size_t from = i > held_from ? held_from : i;
        Deed deed = i >= held_from && i < held_to ? Deed::held : Deed::passes;
        if (i + 1 == text.size())
            deed = last;
        steps.push_back({kClient, static_cast<int>(from), text.substr(from, i + 1 - from), deed});
    }
    return steps;
}

// The same segment `times` times, each with this end.
std::vector<Step> again(int times, int at, std::string_view bytes, Deed deed,
                        std::uint32_t pause_ms = 200)
{
    return {static_cast<std::size_t>(times),
            Step{kClient, at, bytes, deed, false, true, false, pause_ms}};
}

const std::string kTwoMessages = std::string(kLookAlike) + std::string(kLogin.substr(0, 40));
const std::string_view kHeldPart = kLogin.substr(0, 40); // up to the value of params.login
constexpr std::string_view kSaid =
    "{\"method\":\"mining.hello\","; // a pool's method, and no params
constexpr std::string_view kHalfSaid = "{\"method\":\"mining.hello"; // may become another word
constexpr std::string_view kGreeting = "{\"method\":\"mining.notify\",\"params\":[]}\n";
const std::string_view kMethod = kLookAlike.substr(0, 17); // {"method":"login"

std::vector<Story> stories()
{
    return {
        {"AWholeLoginConvicts",
         {{kClient, 0, kLogin, Deed::convicts},
          {kClient, 0, kLogin, Deed::refused},
          {kServer, 0, "{}\n", Deed::refused}}},
        {"ALoginIsReportedInMonitorMode",
         {{kClient, 0, kLogin, Deed::reports}, {kClient, 53, "{}\n", Deed::passes}},
         false},
        {"NothingIsHeldInMonitorMode",
         {{kClient, 0, kHeldPart, Deed::passes}, {kClient, 40, kLogin.substr(40), Deed::reports}},
         false},
        {"ARetransmitPassesUnread",
         {{kClient, 0, "{\"id\":1}\n", Deed::passes},
          {kClient, 0, "{\"id\":1}\n", Deed::passes},
          {kClient, 3, "d\":1}", Deed::passes},
          {kClient, 9, kLogin, Deed::convicts}}},
        {"AnOverlapIsReadFromItsNewBytesOn",
         {{kClient, 0, "{\"id\":1}\n", Deed::passes},
          {kClient, 6, "1}\n{\"id\":2}\n", Deed::passes},
          {kClient, 15, "2}\n{\"method\":\"mining.submit\",\"params\":[]}", Deed::convicts}}},
        {"AGapIsMidstreamAndReportedAtMost",
         {{kClient, 0, "{\"id\":1}\n", Deed::passes}, {kClient, 20, kLogin, Deed::reports}},
         true,
         {true, false}},
        {"WhatFillsAGapLaterIsNotRead",
         {{kClient, 0, "{\"id\":1}\n", Deed::passes},
          {kClient, 20, "{\"id\":3}\n", Deed::passes},
          {kClient, 9, "{\"id\":2}\n..", Deed::passes},
          {kClient, 29, kLogin, Deed::reports}},
         true,
         {true, false}},
        {"AGapOfTheServerLeavesTheClientAlone",
         {{kServer, 0, "{\"id\":1}\n", Deed::passes},
          {kServer, 20, "{\"id\":1}\n", Deed::passes},
          {kClient, 0, kLogin, Deed::convicts}},
         true,
         {false, true}},
        {"AFlowUnderWayIsReportedAtMost",
         {{kClient, 700, kLogin, Deed::reports, false, false}},
         true,
         {true, false}},
        {"ASynBeginsADirection",
         {{kClient, 0, "", Deed::passes, true},
          {kClient, 0, kLogin, Deed::convicts, false, false}}},
        {"ASynWithDataBeginsADirection", {{kClient, 0, kLogin, Deed::convicts, true, false}}},
        {"DataThatASynCarriedComesAgain",
         {{kClient, 0, "{\"id\":1}\n", Deed::passes, true, false},
          {kClient, 0, "{\"id\":1}\n", Deed::passes, false, false},
          {kClient, 9, kLogin, Deed::convicts, false, false}}},
        // A SYN with data was held or lost, and TCP's next try has none (RFC 7413 4.2.1).
        {"ASynWithoutItsDataReadsNothingTwice",
         {{kClient, 0, kHeldPart, Deed::held, true, false},
          {kClient, 0, "", Deed::passes, true},
          {kClient, 0, kHeldPart, Deed::held, false, false},
          {kClient, 0, kLogin, Deed::convicts, false, false}}},
        {"BytesBeforeASynAreMissed",
         {{kClient, 0, "", Deed::passes, true}, {kClient, 4, kLogin, Deed::reports}},
         true,
         {true, false}},
        // Held from the quote before the login's first character on, refused at its telling key.
        {"ALoginByteByByteIsHeldUntilItsKeyTells",
         joined(byte_by_byte(kLogin.substr(0, 46), 15, 46, Deed::convicts),
                again(2, 15, kLogin.substr(15, 31), Deed::refused))},
        {"ALookAlikeByteByByteGoesOutWhole",
         joined(byte_by_byte(kLookAlike, 15, 27, Deed::passes),
                again(1, 15, kLookAlike.substr(15), Deed::passes))},
        {"AHeldSegmentLeavesOnceMoreIsKnown",
         {{kClient, 0, kMethod, Deed::held},
          {kClient, 0, kMethod, Deed::held},
          {kClient, 0, kLookAlike, Deed::passes},
          {kClient, 0, kMethod, Deed::passes}}},
        {"AHeldSegmentComesAgainInPieces",
         {{kClient, 0, "{\"id\":1}\n", Deed::passes},
          {kClient, 9, kMethod, Deed::held},
          {kClient, 0, "{\"id\":1}\n", Deed::passes}, // before what is held
          {kClient, 9, kMethod.substr(0, 5), Deed::held},
          {kClient, 14, kMethod.substr(5), Deed::held},
          {kClient, 26, kLookAlike.substr(17), Deed::passes},
          {kClient, 9, kMethod, Deed::passes}}},
        {"ANewByteBeginsTheCountAfresh", joined(joined(joined({{kClient, 0, kMethod, Deed::held}},
                                                              again(5, 0, kMethod, Deed::held)),
                                                       {{kClient, 17, ",", Deed::held}}),
                                                again(5, 0, kLookAlike.substr(0, 18), Deed::held))},
        // Acknowledgements of earlier bytes make TCP try at once, as often as the server likes.
        {"WhatComesAgainTooSoonIsNoTry",
         joined(joined(joined({{kClient, 0, kMethod, Deed::held}},
                              again(100, 0, kMethod, Deed::held, DAVY_HOLD_PAUSE_MS / 50)),
                       again(DAVY_HOLD_PRESENTED_MAX - 4, 0, kMethod, Deed::held)),
                {{kClient, 17, kLogin.substr(17), Deed::convicts}})},
        {"WhatSaysTooLittleIsLetGo",
         joined(joined(joined({{kClient, 0, kMethod, Deed::held}},
                              again(DAVY_HOLD_PRESENTED_MAX - 1, 0, kMethod, Deed::held)),
                       again(2, 0, kMethod, Deed::passes)),
                // The rest of the same message is not held again.
                {{kClient, 17, ",\"params\":", Deed::passes},
                 {kClient, 27, "{\"user\":1}}\n", Deed::passes},
                 {kClient, 39, kMethod, Deed::held}})},
        // Nor does a look-alike that was let go open the way for a login behind it.
        {"TheNextMessageIsHeldThoughOneWasLetGo",
         joined(joined({{kClient, 0, kMethod, Deed::held}},
                       again(DAVY_HOLD_PRESENTED_MAX - 1, 0, kMethod, Deed::held)),
                {{kClient, 0, kMethod, Deed::passes},
                 {kClient, 17, std::string_view(kTwoMessages).substr(17), Deed::held},
                 {kClient, 17, std::string_view(kTwoMessages).substr(17), Deed::held}})},
        {"NothingIsHeldInMidstream",
         {{kClient, 0, kMethod, Deed::held},
          {kClient, 19, "{\"id\":1}\n", Deed::passes},
          {kClient, 0, kMethod, Deed::passes}},
         true,
         {true, false}},
        {"WhatWasLetGoIsStillRead",
         joined(joined({{kClient, 0, kMethod, Deed::held}},
                       again(DAVY_HOLD_PRESENTED_MAX - 1, 0, kMethod, Deed::held)),
                {{kClient, 0, kMethod, Deed::passes},
                 {kClient, 17, kLogin.substr(17), Deed::convicts}})},
        {"WhatSaysEnoughIsConvicted",
         joined(joined({{kClient, 0, kSaid, Deed::held}},
                       again(DAVY_HOLD_PRESENTED_MAX - 1, 0, kSaid, Deed::held)),
                {{kClient, 0, kSaid, Deed::convicts}, {kClient, 0, kSaid, Deed::refused}})},
        {"ALoginThatGoesNoFurtherIsLetGo",
         joined(joined({{kClient, 0, kHeldPart, Deed::held}},
                       again(DAVY_HOLD_PRESENTED_MAX - 1, 0, kHeldPart, Deed::held)),
                {{kClient, 0, kHeldPart, Deed::passes},
                 {kClient, 40, kLogin.substr(40), Deed::convicts}})},
        // The client ends the connection: no byte can follow that would decide.
        {"AnEndWithinAWordDeliversIt",
         {{kClient, 0, kHalfSaid, Deed::held},
          {kClient, 24, "", Deed::passes, false, false, true},
          {kClient, 0, kHalfSaid, Deed::passes},
          {kClient, 0, kHalfSaid, Deed::passes}}},
        {"AnEndInTheSameSegmentDeliversIt",
         {{kClient, 0, kHalfSaid, Deed::passes, false, true, true}}},
        {"AnEndThatComesAgainWithWhatIsHeldDeliversIt",
         {{kClient, 0, kMethod, Deed::held},
          {kClient, 0, kLogin.substr(0, 30), Deed::passes, false, true, true}}},
        {"AnEndAfterAPoolsMethodConvicts",
         {{kClient, 0, kSaid, Deed::held},
          {kClient, 26, "", Deed::passes, false, false, true},
          {kClient, 0, kSaid, Deed::convicts}}},
        {"AnEndAfterALoginConvictsAsEver",
         {{kClient, 0, kLogin, Deed::convicts, false, true, true}}},
        {"TheServersEndIsNotTheClients",
         {{kServer, 0, "", Deed::passes, false, false, true},
          {kClient, 0, kHalfSaid, Deed::held},
          {kClient, 0, kHalfSaid, Deed::held}}},
        // What comes in alone convicts nobody, and what the client says is read on.
        {"AGreetingIsReportedOnce",
         {{kServer, 0, kGreeting, Deed::reports},
          {kServer, 40, kGreeting, Deed::passes},
          {kClient, 0, "{\"id\":1}\n", Deed::passes},
          {kServer, 80, kGreeting, Deed::passes},
          {kClient, 9, kLogin, Deed::convicts}}},
        {"AGreetingInAnotherLanguageClearsNobody",
         {{kServer, 0, "220 welcome\r\n", Deed::passes},
          {kServer, 13, kGreeting, Deed::passes},
          {kClient, 0, kLogin, Deed::convicts}}},
        {"AGreetingBehindAGapClearsNobody",
         {{kServer, 0, "{}\n", Deed::passes},
          {kServer, 20, kGreeting, Deed::reports},
          {kClient, 0, kLogin, Deed::convicts}},
         true,
         {false, true}},
        {"TheServerIsNeverHeld",
         {{kServer, 0, "{\"method\":\"mining.notify\"", Deed::passes},
          {kServer, 0, "{\"method\":\"mining.notify\"", Deed::passes}}},
        {"WhatTheServerSendsAgainDoesNotCountForTheClient",
         joined(joined({{kServer, 0, "{}\n", Deed::passes}, {kClient, 0, kMethod, Deed::held}},
                       std::vector<Step>(2 * DAVY_HOLD_PRESENTED_MAX,
                                         {kServer, 0, "{}\n", Deed::passes})),
                {{kClient, 0, kMethod, Deed::held}})},
        {"EachSideHasItsOwnNumbers",
         {{kServer, 90000, "", Deed::passes, true},
          {kClient, 0, "{\"id\":1}\n", Deed::passes},
          {kServer, 90000, "{\"id\":1}\n", Deed::passes, false, false},
          {kClient, 9, kLogin, Deed::convicts}}},
        {"AnotherLanguageClearsTheFlow",
         {{kClient, 0, "hello", Deed::clears}, {kClient, 5, kLogin, Deed::passes}}},
        {"ALongSegmentsTailIsLost",
         {{kClient, 0, kLong, Deed::passes}, {kClient, 80, kLogin, Deed::reports}},
         true,
         {true, false},
         60,
         1},
    };
}

class Hold : public testing::TestWithParam<std::uint32_t> {};

TEST_P(Hold, TellsEachStory)
{
    for (const Story& story : stories()) {
        HeldFlow flow(story.enforces, story.limit);
        int number = 0;
        for (const Step& step : story.steps) {
            // The two directions begin at different numbers.
            const std::uint32_t isn = step.direction == kClient ? GetParam() : GetParam() * 3;
            EXPECT_EQ(flow.segment({step.direction, isn + static_cast<std::uint32_t>(step.at),
                                    step.bytes, step.syn, step.first, step.fin, step.pause_ms}),
                      step.deed)
                << story.name << ", step " << number << ": " << step.bytes;
            number++;
        }
        for (std::uint8_t side : {kClient, kServer})
            EXPECT_EQ(flow.midstream(side), story.midstream[side]) << story.name << int{side};
        EXPECT_EQ(flow.losses(), story.losses) << story.name;
    }
}

// 2^32 lies at, before and behind the segments' ends.
INSTANTIATE_TEST_SUITE_P(Sequences, Hold,
                         testing::Values(0u, 1u, 0x7fffffffu, 0x80000000u, 0xffffffffu, 0xfffffff7u,
                                         0xffffffefu, 0xffffffd8u, 0xffffffd2u));

} // namespace
} // namespace davylamp::test
