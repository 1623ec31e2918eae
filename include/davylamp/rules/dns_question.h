/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which DNS answers count: those to a question that the same socket has asked, of the server that
 * answers, by the same id, name and type, a moment ago (RFC 5452 section 9.1). Anybody can send a
 * datagram from port 53, and must not decide what an address stands for.
 *
 * The questions lie with their socket. So a flood of questions costs its own socket, and nobody
 * else. */
#pragma once

#include "davylamp/abi/record.h"
#include "davylamp/rules/dns.h"

/* How long an answer may take, in ns. Resolver libraries wait five seconds, and ask again then. */
#define DAVY_DNS_WAIT_NS (8 * 1000000000ull)

/* Questions for listed names that are open at a time on one socket; a power of two. musl asks for
 * two record types of three servers at once. */
#define DAVY_DNS_QUESTIONS_MAX 8

struct davy_dns_server {
    __u64 half[2]; /* IPv6 or mapped, in network byte order */
};

/* A question, or what an answer says that it answers. */
struct davy_dns_question {
    __u64 time_ns; /* CLOCK_BOOTTIME; 0: there is none */
    __u64 name;    /* its hash (davy_dns_state) */
    /* Where the datagram goes to or comes from, and the other end that the socket is connected to.
     * They differ where netfilter translates addresses: an answer has the latter then. */
    struct davy_dns_server server, peer;
    __u16 id;
    __u16 type; /* QTYPE */
    __u32 reserved;
};
DAVY_SIZE(davy_dns_question, 56);

struct davy_dns_questions {
    struct davy_dns_question open[DAVY_DNS_QUESTIONS_MAX];
    /* The last one that lost its place to another while it was open, or could not be read. Of these
     * only server and time count. */
    struct davy_dns_question lost;
};

/* Whether an answer is one. */
#define DAVY_DNS_UNASKED 0
#define DAVY_DNS_PERHAPS 1 /* a question to that server was lost */
#define DAVY_DNS_ASKED 2

static inline __u32 davy_dns_is_open(const struct davy_dns_question *question, __u64 now_ns)
{
    return question->time_ns && question->time_ns + DAVY_DNS_WAIT_NS > now_ns;
}

static inline __u32 davy_dns_is_server(const struct davy_dns_server *one,
                                       const struct davy_dns_server *other)
{
    return one->half[0] == other->half[0] && one->half[1] == other->half[1];
}

static inline __u32 davy_dns_is_asked(const struct davy_dns_question *question,
                                      const struct davy_dns_server *from)
{
    return davy_dns_is_server(&question->server, from) || davy_dns_is_server(&question->peer, from);
}

static inline __u32 davy_dns_is_same(const struct davy_dns_question *one,
                                     const struct davy_dns_question *other)
{
    return one->id == other->id && one->name == other->name && one->type == other->type;
}

/* Notes a question that is sent at time_ns: in the place of the same one, which is asked again, or
 * else of the oldest. */
static inline void davy_dns_ask(struct davy_dns_questions *questions,
                                const struct davy_dns_question *question)
{
    struct davy_dns_question *place;
    __u32 oldest = 0;

    for (__u32 i = 0; i < DAVY_DNS_QUESTIONS_MAX; i++) {
        place = &questions->open[i];
        if (davy_dns_is_same(place, question) &&
            davy_dns_is_server(&place->server, &question->server)) {
            place->time_ns = question->time_ns;
            place->peer = question->peer;
            return;
        }
        if (place->time_ns < questions->open[oldest & (DAVY_DNS_QUESTIONS_MAX - 1)].time_ns)
            oldest = i;
    }
    place = &questions->open[oldest & (DAVY_DNS_QUESTIONS_MAX - 1)];
    if (davy_dns_is_open(place, question->time_ns))
        questions->lost = *place;
    *place = *question;
}

/* Whether an answer from `answer->server` at time_ns was asked for: DAVY_DNS_*. A question has one
 * answer. */
static inline __u32 davy_dns_answered(struct davy_dns_questions *questions,
                                      const struct davy_dns_question *answer)
{
    for (__u32 i = 0; i < DAVY_DNS_QUESTIONS_MAX; i++) {
        struct davy_dns_question *place = &questions->open[i];

        if (!davy_dns_is_same(place, answer) || !davy_dns_is_asked(place, &answer->server) ||
            !davy_dns_is_open(place, answer->time_ns))
            continue;
        place->time_ns = 0;
        return DAVY_DNS_ASKED;
    }
    if (davy_dns_is_open(&questions->lost, answer->time_ns) &&
        davy_dns_is_asked(&questions->lost, &answer->server))
        return DAVY_DNS_PERHAPS;
    return DAVY_DNS_UNASKED;
}
