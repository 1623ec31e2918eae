/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who connected a flow. Noted at connect, beside the socket, since egress runs in anybody's context
 * and a table would forget. */
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
#include "came_in.h"
#include "maps.h"

/* Notes the process that connects as the owner of the flow. Returns false where the flow cannot be
 * judged later and the detection enforces: what cannot be known is refused. */
static __noinline bool connect_owns(struct bpf_sock_addr *ctx)
{
    struct flow_state *state;

    if (!settings.mode[DAVY_DETECTION_STRATUM] || !ctx->sk)
        return true;
    state = bpf_sk_storage_get(&flows, ctx->sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
    if (!state) {
        davy_count_loss(DAVY_LOSS_STORAGE);
        return settings.mode[DAVY_DETECTION_STRATUM] < DAVY_MODE_BLOCK;
    }
    if (state->owner.id.tgid || state->owner.accepted || state->clear || state->begun[0] ||
        state->begun[1]) {
        /* The socket has been connected before, or was accepted: this is another flow. */
        state->connected = 1;
        state->owner.accepted = 0;
        state->clear = state->refused = state->unread = state->begun[0] = state->begun[1] = 0;
        state->port_53 = PORT_53_UNKNOWN;
        state->scan.unwrap.count = 0; /* a server may speak first, and has no wrapping then */
        davy_hold_begin(&state->hold);
    }
    davy_process_id_of(davy_current(), &state->owner.id, DAVY_NUMBER);
    bpf_get_current_comm(state->owner.comm, DAVY_COMM_MAX);
    state->owner.uid = bpf_get_current_uid_gid();
    state->owner.connected_ns = bpf_ktime_get_boot_ns();
    state->owner.relays = accepts_for_others((u64)davy_current());
    return true;
}
