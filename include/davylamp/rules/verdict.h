/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From certainty and mode to a verdict: the one table that every rule ends in. */
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

/* Whether a verdict takes something from somebody. */
static inline int davy_enforced(__u32 verdict) { return verdict >= DAVY_DENY; }
