/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Certainty and mode make a verdict: the one table for every rule. */
#pragma once

#include <linux/types.h>

#include "davylamp/abi/numbers.h"

static inline __u32 davy_verdict(__u8 certainty, __u8 mode)
{
    if (certainty != DAVY_CERTAIN || mode == DAVY_MODE_OFF)
        return DAVY_ALLOW;
    if (mode == DAVY_MODE_MONITOR)
        return DAVY_ALERT;
    return mode == DAVY_MODE_KILL ? DAVY_KILL : DAVY_DENY;
}

/* Whether a verdict refuses or ends something. */
static inline int davy_enforced(__u32 verdict) { return verdict >= DAVY_DENY; }
