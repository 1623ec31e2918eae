/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A segment of a flow: whether it passes, is dropped, or is held until more is known. */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "../emit.h"
#include "../facts/packet.h"
#include "../facts/sock.h"
#include "flow_begin.h"
#include "flow_read.h"
#include "flow_verdict.h"
#include "owners.h"

/* Makes the state of a flow whose connect was not seen. NULL if the packet is none of a flow. */
static __noinline struct flow_state *flow_known(struct __sk_buff *skb, u32 direction)
{
    struct davy_segment segment = {};
    struct bpf_sock *sk = skb->sk;
    struct flow_state *state;

    if (!sk)
        return NULL;
    sk = bpf_sk_fullsock(sk);
    if (!sk || sk->protocol != IPPROTO_TCP)
        return NULL;
    if (davy_segment_of(skb, direction, &segment) || !segment.size)
        return NULL;
    if (sk->state == BPF_TCP_LISTEN) {
        if (direction == DAVY_TO_CLIENT)
            came_in_early(skb, segment.payload);
        return NULL;
    }
    state = bpf_sk_storage_get(&flows, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
    if (!state) {
        davy_count_loss(DAVY_LOSS_STORAGE);
        return NULL;
    }
    state->owner.accepted = was_accepted(skb, sk, direction, &segment);
    return state;
}

/* Puts the new bytes through the matcher, and reports a listed host on the way. Returns LISTED if
 * that host refuses the flow: nothing of it is told yet. */
static __always_inline int flow_read(struct __sk_buff *skb, struct flow_state *state,
                                     const struct davy_segment *segment, u32 direction, u32 skip,
                                     struct davy_hold_reading *reading)
{
    struct payload_cursor *cursor = &state->cursor[direction];

    cursor->listed = cursor->read = cursor->met = 0;
    cursor->offset = segment->payload + skip;
    cursor->left = segment->size - skip;
    reading->verdict = davy_flow_segment(skb, direction);
    if (cursor->listed) {
        if (refuses_flow(cursor->listed))
            return LISTED;
        payload_listed(skb, segment, state, cursor->listed, 0);
        cursor->listed = 0; /* reported alone: read on */
        reading->verdict = davy_flow_segment(skb, direction);
    }
    reading->read = cursor->read;
    return PASS;
}

/* Judges a segment of a flow that is undecided. Not inlined, so that packets that pass at
 * once do not pay for its stack and spills. CONVICT, LISTED: payload_convict() and
 * payload_refused() do the rest, which need the stack that this has used. */
static __noinline int judge_segment(struct __sk_buff *skb, struct flow_state *state, u32 direction)
{
    struct davy_hold_reading reading = {
        .enforces = settings.mode[DAVY_DETECTION_STRATUM] >= DAVY_MODE_BLOCK,
    };
    struct davy_hold_segment facts = {.direction = direction};
    struct davy_hold_notes notes;
    struct davy_segment *segment;
    struct bpf_sock *sk = skb->sk;
    u32 deed;

    if (!sk)
        return PASS;
    sk = bpf_sk_fullsock(sk);
    if (!sk || sk->protocol != IPPROTO_TCP)
        return PASS;
    segment = &state->segment[davy_index(direction, 2)];
    __builtin_memset(segment, 0, sizeof(*segment));
    if (davy_segment_of(skb, direction, segment))
        return PASS;
    if (!segment->size) {
        if (segment->syn)
            davy_hold_syn(&state->hold, direction, segment->seq);
        if (segment->fin)
            davy_hold_fin(&state->hold, direction);
        return PASS;
    }
    if (state->refused)
        return DROP;
    if (!state->begun[direction]) {
        davy_flow_begin_side(&state->scan, direction);
        state->begun[direction] = 1;
    }
    facts.now_ms = (u32)(bpf_ktime_get_ns() / 1000000);
    facts.seq = segment->seq;
    facts.size = segment->size;
    facts.syn = segment->syn;
    facts.fin = segment->fin;
    if (!state->hold.side[direction].started && !segment->syn)
        facts.first = is_first(sk, direction, segment->seq);
    if (state->hold.holding)
        facts.overdue = davy_stratum_overdue(&state->scan.stratum[direction]);
    deed = davy_hold_arrives(&state->hold, &facts, &notes);
    if (notes.resume)
        davy_flow_resume(&state->scan, direction);
    if (deed == DAVY_HOLD_READ) {
        if (flow_read(skb, state, segment, direction, notes.skip, &reading) == LISTED)
            return LISTED;
        if (reading.enforces) {
            reading.holds = davy_stratum_holds(&state->scan.stratum[direction]);
            reading.overdue = davy_stratum_overdue(&state->scan.stratum[direction]);
        }
        deed = davy_hold_leaves(&state->hold, &facts, &reading, &notes);
        if (notes.lost)
            davy_count_loss(DAVY_LOSS_PAYLOAD);
        if (notes.resume)
            davy_flow_resume(&state->scan, direction);
    }
    if (deed == DAVY_HOLD_LET_GO)
        davy_stratum_let_go(&state->scan.stratum[direction]);
    if (deed == DAVY_HOLD_CONVICT || deed == DAVY_HOLD_REPORT)
        return CONVICT;
    if (deed == DAVY_HOLD_CLEAR)
        state->clear = 1;
    return deed == DAVY_HOLD_DROP ? DROP : PASS;
}
