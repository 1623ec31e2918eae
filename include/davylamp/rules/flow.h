/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A TCP flow in both directions: takes its wrapping away, and looks for Stratum inside. The kernel,
 * the tests and the replay run the same step function. */
#pragma once

#include "davylamp/rules/stratum.h"
#include "davylamp/rules/unwrap.h"

/* Bytes of a direction that are read at most, wrapping included: frames without content must not
 * keep a flow open for ever. */
#define DAVY_FLOW_BUDGET (2 * DAVY_STRATUM_BUDGET)

struct davy_flow_scan {
    struct davy_unwrap unwrap;
    struct davy_stratum_state stratum[2]; /* by DAVY_TO_* */
    __u32 read[2];                        /* bytes so far */
};
DAVY_SIZE(davy_flow_scan, 248);

/* One direction begins. The other may be under way (rules/unwrap.h). */
static inline void davy_flow_begin_side(struct davy_flow_scan *flow, __u8 direction)
{
    davy_unwrap_begin(&flow->unwrap, direction);
    davy_stratum_begin(&flow->stratum[direction & 1], direction & 1);
    flow->read[direction & 1] = 0;
}

static inline void davy_flow_begin(struct davy_flow_scan *flow)
{
    __builtin_memset(flow, 0, sizeof(*flow));
    davy_flow_begin_side(flow, DAVY_TO_SERVER);
    davy_flow_begin_side(flow, DAVY_TO_CLIENT);
}

/* One direction goes on after a gap, or had begun before we came. */
static inline void davy_flow_resume(struct davy_flow_scan *flow, __u8 direction)
{
    davy_unwrap_inner(&flow->unwrap, direction);
    davy_stratum_begin(&flow->stratum[direction & 1], direction & 1);
}

/* One byte more. Returns DAVY_BYTE_*; the verdict on the direction is in its stratum state, and
 * after a verdict nothing is read. The caller looks up the names that a client asks for. */
static inline __attribute__((always_inline)) __u8
davy_flow_step(struct davy_flow_scan *flow, struct davy_host_name *name, __u8 direction, __u8 byte)
{
    struct davy_stratum_state *stratum = &flow->stratum[direction & 1];
    __u8 what;

    if (stratum->verdict != DAVY_STRATUM_OPEN)
        return DAVY_BYTE_WRAPPING;
    if (++flow->read[direction & 1] > DAVY_FLOW_BUDGET) {
        stratum->verdict = DAVY_STRATUM_CLEAR;
        return DAVY_BYTE_OTHER;
    }
    what = davy_unwrap_step(&flow->unwrap, name, direction, byte);
    if (what == DAVY_BYTE_INNER) {
        stratum->framed = davy_unwrap_is_framed(&flow->unwrap, direction);
        davy_stratum_step(stratum, flow->unwrap.side[direction & 1].byte);
    } else if (what == DAVY_BYTE_OTHER) {
        stratum->verdict = DAVY_STRATUM_CLEAR;
    }
    return what;
}

/* DAVY_STRATUM_* of a direction. */
static inline __u8 davy_flow_verdict(const struct davy_flow_scan *flow, __u8 direction)
{
    return flow->stratum[direction & 1].verdict;
}
