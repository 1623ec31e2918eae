/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Pools by address and by name: what policy lists convicts, and so does an address and port that
 * spoke Stratum before. A bare port convicts only where policy says so (ports convict badly:
 * docs/limits.md). */
#pragma once

#include "davylamp/abi/stratum_record.h"
#include "davylamp/rules/verdict.h"

static inline __u8 davy_pool_certainty(const struct davy_pool_facts *facts)
{
    switch (facts->match) {
    case DAVY_POOL_ADDRESS:
    case DAVY_POOL_ANSWER:
    case DAVY_POOL_SERVER_NAME:
    case DAVY_POOL_ALPN:
    case DAVY_POOL_PROXY_NAME:
    case DAVY_POOL_PROXY_ADDRESS:
    case DAVY_POOL_PROVEN: return DAVY_CERTAIN;
    case DAVY_POOL_PORT: return facts->port_refuses ? DAVY_CERTAIN : DAVY_POSSIBLE;
    case DAVY_POOL_QUESTION: return DAVY_POSSIBLE;
    default: return 0;
    }
}

static inline __u16 davy_pool_rule(const struct davy_pool_facts *facts)
{
    switch (facts->match) {
    case DAVY_POOL_ADDRESS:
    case DAVY_POOL_PROXY_ADDRESS: return DAVY_RULE_STRATUM_POOL;
    case DAVY_POOL_ANSWER:
    case DAVY_POOL_SERVER_NAME:
    case DAVY_POOL_ALPN:
    case DAVY_POOL_PROXY_NAME: return DAVY_RULE_STRATUM_NAME;
    case DAVY_POOL_QUESTION: return DAVY_RULE_STRATUM_QUESTION;
    case DAVY_POOL_PROVEN: return DAVY_RULE_STRATUM_PAYLOAD;
    default: return DAVY_RULE_STRATUM_PORT;
    }
}

/* A question is only a hint: a resolver or a monitor asks for a pool's name too, and mines nothing.
 * So a question is reported in every mode, and nothing is refused for it. */
static inline __u32 davy_judge_pool(const struct davy_pool_facts *facts, __u8 mode)
{
    if (facts->match == DAVY_POOL_QUESTION)
        return mode == DAVY_MODE_OFF ? DAVY_ALLOW : DAVY_ALERT;
    return davy_verdict(davy_pool_certainty(facts), mode);
}

/* A number for the entry of the pool lists that was met, whichever way; 0: none that a client can
 * ask a relay for. */
static inline __u64 davy_pool_entry(const struct davy_pool_facts *facts)
{
    const __u64 row = (__u64)facts->row + 1;

    switch (facts->match) {
    case DAVY_POOL_ADDRESS:
    case DAVY_POOL_PROXY_ADDRESS: return 1ull << 40 | row;
    case DAVY_POOL_ANSWER:
    case DAVY_POOL_SERVER_NAME:
    case DAVY_POOL_PROXY_NAME: return 2ull << 40 | row;
    case DAVY_POOL_ALPN: return 3ull << 40 | row;
    default: return 0;
    }
}

/* Whether the match was found in a packet, not at a connect. Then block mode drops that packet, and
 * of the process only id, uid and comm are known. */
static inline __u8 davy_pool_in_packet(const struct davy_pool_facts *facts)
{
    switch (facts->match) {
    case DAVY_POOL_SERVER_NAME:
    case DAVY_POOL_ALPN:
    case DAVY_POOL_PROXY_NAME:
    case DAVY_POOL_PROXY_ADDRESS:
    case DAVY_POOL_QUESTION: return 1;
    default: return 0;
    }
}
