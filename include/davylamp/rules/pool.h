/* Pools by address: what policy lists convicts, a bare port does only where policy says so
 * (ports convict badly: docs/limits.md). */
#pragma once

#include "davylamp/abi/event.h"
#include "davylamp/rules/verdict.h"

static inline __u8 davy_pool_certainty(const struct davy_pool_facts *facts)
{
    if (facts->match == DAVY_POOL_ADDRESS)
        return DAVY_CERTAIN;
    if (facts->match == DAVY_POOL_PORT)
        return facts->port_refuses ? DAVY_CERTAIN : DAVY_POSSIBLE;
    return 0;
}

static inline __u16 davy_pool_rule(const struct davy_pool_facts *facts)
{
    return facts->match == DAVY_POOL_ADDRESS ? DAVY_RULE_STRATUM_POOL : DAVY_RULE_STRATUM_PORT;
}

static inline __u32 davy_judge_pool(const struct davy_pool_facts *facts, __u8 mode)
{
    return davy_verdict(davy_pool_certainty(facts), mode);
}
