/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a relay's clients said lately, on connections that were accepted here, and what it may pass
 * on: Stratum, and listed hosts that they ask it for. What a relay of the same user was told is
 * known here, where it outlives the connection that it came by: a relay or its client may close
 * that at once. Where another user's process accepted, userspace looks at the sockets that the
 * writer has (Source::came_in()). */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "maps.h"

#include "davylamp/rules/pool.h"

extern volatile __u64 came_in_until_ns, asked_until_ns;
/* The minute in which entries are counted, how many it has, and how many the one before it had. */
extern volatile __u64 asked_since_ns;
extern volatile __u32 asked_count, asked_before;

#define CAME_IN_NS (60 * 1000000000ull)

static __always_inline void came_in_now(void)
{
    came_in_until_ns = bpf_ktime_get_boot_ns() + CAME_IN_NS;
}

static __always_inline bool came_in_lately(void)
{
    return came_in_until_ns && bpf_ktime_get_boot_ns() < came_in_until_ns;
}

/* A client asks the user of an accepted socket for this entry. */
static __noinline int client_asked(u64 entry, u32 uid, u32 network)
{
    struct asked_entry key = {.entry = entry, .uid = uid, .network = network};
    u64 now = bpf_ktime_get_boot_ns(), until_ns = now + CAME_IN_NS;

    if (now - asked_since_ns > CAME_IN_NS) {
        asked_since_ns = now;
        asked_before = asked_count;
        asked_count = 0;
    }
    if (!bpf_map_lookup_elem(&asked_entries, &key))
        __sync_fetch_and_add(&asked_count, 1);
    asked_until_ns = until_ns;
    bpf_map_update_elem(&asked_entries, &key, &until_ns, BPF_ANY);
    return 0;
}

/* Whether a client asked a process of this user for it lately. Clients that ask for so much that
 * the table may have forgotten could have any relay ended, so then the answer is yes. */
static __noinline int client_has_asked(u64 entry, u32 uid, u32 network)
{
    struct asked_entry key = {.entry = entry, .uid = uid, .network = network};
    u64 now = bpf_ktime_get_boot_ns(), *until_ns;

    if (!entry || now >= asked_until_ns)
        return 0;
    until_ns = bpf_map_lookup_elem(&asked_entries, &key);
    if (until_ns)
        return now < *until_ns;
    return asked_count + asked_before > ASKED_KEPT;
}

/* For a listed host. */
static __always_inline bool was_asked(const struct davy_pool_facts *facts, u32 uid, u32 network)
{
    return client_has_asked(davy_pool_entry(facts), uid, network);
}

/* By a Stratum message of this hash. */
static __always_inline bool was_said(u64 message, u32 uid, u32 network)
{
    return client_has_asked(message | ASKED_BY_MESSAGE, uid, network);
}
