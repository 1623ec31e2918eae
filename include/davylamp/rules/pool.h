/* Pools by address, name and port: what policy lists convicts, a bare port does only where policy
 * says so (ports convict badly: docs/limits.md). */
#pragma once

#include "davylamp/abi/event.h"
#include "davylamp/rules/verdict.h"

static inline __u8 davy_pool_certainty(const struct davy_pool_facts *facts)
{
    switch (facts->match) {
    case DAVY_POOL_NONE: return 0;
    case DAVY_POOL_PORT: return facts->port_refuses ? DAVY_CERTAIN : DAVY_POSSIBLE;
    case DAVY_POOL_QUESTION: return DAVY_POSSIBLE;
    default: return DAVY_CERTAIN;
    }
}

static inline __u16 davy_pool_rule(const struct davy_pool_facts *facts)
{
    switch (facts->match) {
    case DAVY_POOL_ADDRESS:
    case DAVY_POOL_PROXY_ADDRESS: return DAVY_RULE_STRATUM_POOL;
    case DAVY_POOL_PORT: return DAVY_RULE_STRATUM_PORT;
    case DAVY_POOL_QUESTION: return DAVY_RULE_STRATUM_QUESTION;
    case DAVY_POOL_PROVEN: return DAVY_RULE_STRATUM_PAYLOAD;
    default: return DAVY_RULE_STRATUM_NAME;
    }
}

static inline __u32 davy_judge_pool(const struct davy_pool_facts *facts, __u8 mode)
{
    /* Whoever asks for a pool's name may be its miner, or a resolver, or a monitor. */
    if (facts->match == DAVY_POOL_QUESTION)
        return mode == DAVY_MODE_OFF ? DAVY_ALLOW : DAVY_ALERT;
    return davy_verdict(davy_pool_certainty(facts), mode);
}
