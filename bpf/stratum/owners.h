/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who connected a flow. Noted at connect, since egress runs in anybody's context. */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "../compat.h"
#include "../emit.h"
#include "../facts/sock.h"
#include "../facts/task.h"
#include "../settings.h"
#include "maps.h"

/* Notes the process that connects as the owner of the flow. */
static __noinline void connect_owns(struct bpf_sock_addr *ctx, u64 cookie)
{
    u32 index = cookie & (FLOW_OWNERS - 1);
    struct flow_owner_slot *slot;
    struct flow_state *state;

    if (!settings.mode[DAVY_DETECTION_STRATUM] || !ctx->sk)
        return;
    slot = bpf_map_lookup_elem(&flow_owners, &index);
    if (!slot)
        return;
    slot->cookie = 0;
    barrier();
    davy_process_id_of(davy_current(), &slot->owner.id, DAVY_NUMBER);
    bpf_get_current_comm(slot->owner.comm, DAVY_COMM_MAX);
    slot->owner.uid = bpf_get_current_uid_gid();
    barrier();
    slot->cookie = cookie;
    state = bpf_sk_storage_get(&flows, ctx->sk, NULL, 0);
    if (!state)
        return;
    /* The socket has been connected before: this is another flow. */
    state->clear = state->refused = state->begun[0] = state->begun[1] = 0;
    state->scan.unwrap.count = 0; /* a server may speak first, and has no wrapping then */
    davy_hold_begin(&state->hold);
    state->owner = slot->owner;
}

/* Whether we know who connected the socket; if so, the flow's state gets the owner. */
static __always_inline bool is_owned(struct __sk_buff *skb, struct flow_state *state)
{
    u64 cookie = bpf_get_socket_cookie(skb);
    u32 index = cookie & (FLOW_OWNERS - 1);
    struct flow_owner_slot *slot = bpf_map_lookup_elem(&flow_owners, &index);

    if (!slot || slot->cookie != cookie)
        return false;
    state->owner = slot->owner;
    barrier();
    if (*(volatile u64 *)&slot->cookie == cookie)
        return true;
    state->owner.id.tgid = 0; /* overwritten meanwhile */
    return false;
}
