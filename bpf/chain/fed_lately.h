/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Until when what was fed may matter. */
#pragma once

#include "../settings.h"
#include "../vmlinux.h"

#include <bpf/bpf_helpers.h>

/* Until when something that was fed may still matter, CLOCK_BOOTTIME: hooks that look for such
 * things return at once when it has passed. */
extern volatile __u64 fed_until_ns;
extern volatile __u64 texts_until_ns;
/* Until when wake-ups are looked at (wake.bpf.c); 0 where nobody may write such text. */
extern volatile __u64 watch_until_ns;
/* Until when an interpreter that was started is looked at until it opens its script, also where
 * nothing was fed: what it opens later is not its script. */
extern volatile __u64 awaited_until_ns;
#define DAVY_AWAITED_NS 10000000000ull
#define DAVY_WATCH_NS 30000000000ull /* a download that takes longer is sampled at its end */

static __always_inline bool davy_fed_lately(void)
{
    return settings.window_ns && fed_until_ns > bpf_ktime_get_boot_ns();
}

static __always_inline bool davy_awaited_lately(void)
{
    return settings.window_ns && awaited_until_ns > bpf_ktime_get_boot_ns();
}

static __always_inline bool davy_texts_lately(void)
{
    return settings.window_ns && texts_until_ns > bpf_ktime_get_boot_ns();
}
