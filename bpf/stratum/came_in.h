/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a relay's clients said lately, on connections that were accepted here, and what it may pass
 * on: Stratum, which userspace looks for (Source::came_in()) before it ends who wrote it; and
 * listed hosts that they ask it for. */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "maps.h"

#include "davylamp/rules/pool.h"

extern volatile __u64 came_in_until_ns, asked_until_ns;

#define CAME_IN_NS (60 * 1000000000ull)

static __always_inline void came_in_now(void)
{
    came_in_until_ns = bpf_ktime_get_boot_ns() + CAME_IN_NS;
}

static __always_inline bool came_in_lately(void)
{
    return came_in_until_ns && bpf_ktime_get_boot_ns() < came_in_until_ns;
}

/* A client asks the user of an accepted socket for this entry of the lists. */
static __always_inline void client_asked(u64 entry, u32 uid, u32 network)
{
    struct asked_entry key = {.entry = entry, .uid = uid, .network = network};
    u64 until_ns = bpf_ktime_get_boot_ns() + CAME_IN_NS;

    if (!bpf_map_update_elem(&asked_entries, &key, &until_ns, BPF_ANY))
        asked_until_ns = until_ns;
}

/* Whether a client asked a process of this user for it lately. Decided here and not by who has that
 * connection now: a relay that is refused closes it at once. */
static __always_inline bool was_asked(const struct davy_pool_facts *facts, u32 uid, u32 network)
{
    struct asked_entry key = {.entry = davy_pool_entry(facts), .uid = uid, .network = network};
    u64 now = bpf_ktime_get_boot_ns(), *until_ns;

    if (!key.entry || now >= asked_until_ns)
        return false;
    until_ns = bpf_map_lookup_elem(&asked_entries, &key);
    return until_ns && now < *until_ns;
}
