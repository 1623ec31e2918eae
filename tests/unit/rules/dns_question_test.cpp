// SPDX-License-Identifier: Apache-2.0
// rules/dns_question.h: which answers are to a question of the socket's own.
#include <gtest/gtest.h>

#include <string>

#include "davylamp/rules/dns_question.h"

namespace {

constexpr __u64 kSecond = 1000000000ull, kNow = 100 * kSecond;

davy_dns_question message(__u16 id, __u64 name = 1, __u64 server = 53, __u64 time_ns = kNow)
{
    davy_dns_question out{};
    out.time_ns = time_ns;
    out.name = name;
    out.server.half[1] = server;
    out.id = id;
    out.type = DAVY_DNS_TYPE_A;
    return out;
}

class DnsQuestion : public testing::Test {
protected:
    void ask(const davy_dns_question& question) { davy_dns_ask(&questions_, &question); }
    __u32 hear(const davy_dns_question& answer) { return davy_dns_answered(&questions_, &answer); }

    davy_dns_questions questions_{};
};

TEST_F(DnsQuestion, HasOneAnswer)
{
    EXPECT_EQ(hear(message(7)), DAVY_DNS_UNASKED);
    ask(message(7));
    EXPECT_EQ(hear(message(7)), DAVY_DNS_ASKED);
    EXPECT_EQ(hear(message(7)), DAVY_DNS_UNASKED);
}

// Ids and types may be zero, and so may each byte of an address.
TEST_F(DnsQuestion, IsNoneWhereNothingWasAsked)
{
    davy_dns_question zero{};
    zero.time_ns = kNow;
    EXPECT_EQ(hear(zero), DAVY_DNS_UNASKED);
    zero.time_ns = 1; // just after boot
    EXPECT_EQ(hear(zero), DAVY_DNS_UNASKED);
}

TEST_F(DnsQuestion, IsAnsweredInEachOfItsParts)
{
    ask(message(7));
    davy_dns_question type = message(7), half = message(7);
    type.type = DAVY_DNS_TYPE_AAAA;
    half.server.half[0] = 1;
    for (const davy_dns_question& other : {message(8), message(7, 2), message(7, 1, 54), type, half,
                                           message(7, 1, 53, kNow + DAVY_DNS_WAIT_NS)})
        EXPECT_EQ(hear(other), DAVY_DNS_UNASKED);
    EXPECT_EQ(hear(message(7, 1, 53, kNow + DAVY_DNS_WAIT_NS - 1)), DAVY_DNS_ASKED);
}

// By another CPU's clock.
TEST_F(DnsQuestion, MayBeYoungerThanItsAnswer)
{
    ask(message(7));
    EXPECT_EQ(hear(message(7, 1, 53, kNow - 1)), DAVY_DNS_ASKED);
}

// An answer comes from where the socket is connected to, wherever netfilter sent the question.
TEST_F(DnsQuestion, MayHaveBeenTranslated)
{
    davy_dns_question question = message(7, 1, 10);
    question.peer.half[1] = 53;
    ask(question);
    ask(message(8, 1, 10));
    EXPECT_EQ(hear(message(8)), DAVY_DNS_UNASKED);
    EXPECT_EQ(hear(message(7)), DAVY_DNS_ASKED);
}

TEST_F(DnsQuestion, IsAskedAgainInItsOwnPlace)
{
    for (int i = 0; i < 100; i++)
        ask(message(7, 1, 53, kNow + static_cast<__u64>(i) * kSecond));
    EXPECT_EQ(questions_.lost.time_ns, 0u);
    EXPECT_EQ(hear(message(7, 1, 53, kNow + 100 * kSecond)), DAVY_DNS_ASKED);
}

TEST_F(DnsQuestion, GoesToSeveralServersAtOnce)
{
    for (__u64 server : {1, 2, 3}) {
        ask(message(7, 1, server));
        ask(message(8, 1, server));
    }
    for (__u64 server : {3, 1, 2}) {
        EXPECT_EQ(hear(message(8, 1, server)), DAVY_DNS_ASKED);
        EXPECT_EQ(hear(message(7, 1, server)), DAVY_DNS_ASKED);
    }
}

// What a socket asks too much at once may be answered by that server, whatever it was.
TEST_F(DnsQuestion, GivesWayToANewerOne)
{
    for (__u16 id = 0; id <= DAVY_DNS_QUESTIONS_MAX; id++)
        ask(message(id, 1, id == 0 ? 9 : 53));
    EXPECT_EQ(hear(message(0, 1, 9)), DAVY_DNS_PERHAPS);
    EXPECT_EQ(hear(message(0, 1, 9, kNow + DAVY_DNS_WAIT_NS)), DAVY_DNS_UNASKED);
    EXPECT_EQ(hear(message(0)), DAVY_DNS_UNASKED);
    for (__u16 id = 1; id <= DAVY_DNS_QUESTIONS_MAX; id++)
        EXPECT_EQ(hear(message(id)), DAVY_DNS_ASKED) << id;
}

TEST_F(DnsQuestion, TakesThePlaceOfTheOldestAndOfNoneThatIsOpen)
{
    for (__u16 id = 0; id < DAVY_DNS_QUESTIONS_MAX; id++)
        ask(message(id, 1, 53, kNow + id));
    EXPECT_EQ(hear(message(5)), DAVY_DNS_ASKED);
    ask(message(100)); // where 5 was
    EXPECT_EQ(hear(message(0)), DAVY_DNS_ASKED);
    ask(message(101, 1, 53, kNow + DAVY_DNS_WAIT_NS + 20));
    ask(message(102, 1, 53, kNow + DAVY_DNS_WAIT_NS + 20)); // the others have ended
    EXPECT_EQ(questions_.lost.time_ns, 0u);
}

} // namespace
