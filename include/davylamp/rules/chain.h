/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The chain: code from the network reaches an interpreter. Provenance is judged, not names: who
 * wrote the stream, and whether the reader runs it. */
#pragma once

#include "davylamp/abi/chain_record.h"
#include "davylamp/rules/verdict.h"

/* Certain: a net-fed stream is read as code. Everything else that a shell does with a net-fed pipe
 * (VERSION=$(curl …), curl | while read …) is at most possible, and possible alone is no alert. */
static inline __u8 davy_chain_certainty(const struct davy_chain_facts *facts)
{
    if (facts->source == DAVY_SOURCE_NONE || facts->exempt)
        return 0;
    return facts->reads_code ? DAVY_CERTAIN : DAVY_POSSIBLE;
}

static inline __u16 davy_chain_rule(const struct davy_chain_facts *facts)
{
    switch (facts->source) {
    case DAVY_SOURCE_FILE: return DAVY_RULE_CHAIN_FILE;
    case DAVY_SOURCE_TEXT: return DAVY_RULE_CHAIN_TEXT;
    case DAVY_SOURCE_ONE_LINER: return DAVY_RULE_CHAIN_ONE_LINER;
    case DAVY_SOURCE_SOCKET:
        return facts->hops == 0 ? DAVY_RULE_CHAIN_SOCKET : DAVY_RULE_CHAIN_PIPE;
    default: return DAVY_RULE_CHAIN_PIPE;
    }
}

static inline __u32 davy_judge_chain(const struct davy_chain_facts *facts, __u8 mode)
{
    return davy_verdict(davy_chain_certainty(facts), mode);
}
