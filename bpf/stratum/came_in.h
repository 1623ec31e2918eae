/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a relay's clients said lately, on connections that were accepted here, and what it may pass
 * on: Stratum, and listed hosts that they ask it for. What a relay of the same user was told is
 * known here, where it outlives the connection that it came by: a relay or its client may close
 * that at once. Where another user's process accepted, userspace looks at the sockets that the
 * writer has (Source::came_in()). */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "../facts/task.h"
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

/* Something came in to this user that could not be followed. For a minute it may have been any
 * message and any host, so nothing is proven against his processes by what they pass on. */
static __always_inline void came_in_unread(u32 uid, u32 network)
{
    client_asked(ASKED_ANYTHING, uid, network);
}

static __noinline int is_asked(u64 entry, u32 uid, u32 network)
{
    struct asked_entry key = {.entry = entry, .uid = uid, .network = network};
    u64 *until_ns = bpf_map_lookup_elem(&asked_entries, &key);

    return until_ns && bpf_ktime_get_boot_ns() < *until_ns;
}

/* Whether a client may have asked a process of this user for it lately, also on a listener that is
 * another user's. Clients that ask for so much that the table may have forgotten could have any
 * relay ended, so then the answer is yes. */
static __noinline int client_has_asked(u64 entry, u32 uid, u32 network)
{
    struct user_there user = {.uid = uid, .network = network}, *listener;

    if (!entry || bpf_ktime_get_boot_ns() >= asked_until_ns)
        return 0;
    if (is_asked(entry, uid, network) || is_asked(ASKED_ANYTHING, uid, network))
        return 1;
    listener = bpf_map_lookup_elem(&accepted_for, &user);
    if (listener) {
        user = *listener;
        if (is_asked(entry, user.uid, user.network) ||
            is_asked(ASKED_ANYTHING, user.uid, user.network))
            return 1;
    }
    return asked_count + asked_before > ASKED_KEPT;
}

/* The task's process has accepted a connection, or it is a fork of who has: a client may have asked
 * it for anything, in a way that is not read. */
#define ACCEPTERS_ABOVE 3
static __noinline int accepts_for_others(u64 task_address)
{
    struct task_struct *task = (struct task_struct *)task_address;
    u64 *memory;
    u32 tgid;

    for (u32 i = 0; i < ACCEPTERS_ABOVE; i++) {
        tgid = davy_tgid_of(task);
        memory = bpf_map_lookup_elem(&accepters, &tgid);
        if (memory && *memory == davy_memory_of(task))
            return 1;
        if (!davy_is_fork(task))
            break;
        task = davy_parent_of(task);
    }
    return 0;
}

/* Whether who connected the flow is such a process, by now or when he connected. */
static __always_inline bool flow_relays(const struct davy_flow_owner *owner)
{
    u32 tgid = owner->id.tgid;

    return owner->relays || (tgid && bpf_map_lookup_elem(&accepters, &tgid));
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
