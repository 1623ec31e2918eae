/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A segment of a flow: whether it goes on, is dropped, or is held until more is known. */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "../emit.h"
#include "../facts/packet.h"
#include "../facts/sock.h"
#include "flow_read.h"
#include "flow_verdict.h"
#include "owners.h"

/* How often a held segment may come again without a new byte: TCP's tries after 0.2, 0.4, 0.8 s …
 */
#define PRESENTED_MAX 6

/* Whether the socket was accepted rather than connected: then a listener owns its local port. Asked
 * once, and only of flows whose connect we did not see. */
static __always_inline bool was_accepted(struct __sk_buff *skb, const struct davy_segment *segment)
{
    struct bpf_sock_tuple tuple = {};
    struct bpf_sock *listener;
    bool accepted;
    u32 size;

    if (segment->flow.family == 4) {
        __builtin_memcpy(&tuple.ipv4.daddr, segment->flow.local + 12, 4);
        tuple.ipv4.dport = bpf_htons(segment->flow.local_port);
        tuple.ipv4.saddr = tuple.ipv4.daddr;
        size = sizeof(tuple.ipv4);
    } else {
        __builtin_memcpy(tuple.ipv6.daddr, segment->flow.local, 16);
        __builtin_memcpy(tuple.ipv6.saddr, segment->flow.local, 16);
        tuple.ipv6.dport = bpf_htons(segment->flow.local_port);
        size = sizeof(tuple.ipv6);
    }
    listener = bpf_sk_lookup_tcp(skb, &tuple, size, BPF_F_CURRENT_NETNS, 0);
    if (!listener)
        return false;
    accepted = listener->state == BPF_TCP_LISTEN;
    bpf_sk_release(listener);
    return accepted;
}

/* The flow's beginning, whoever saw its handshake: the other end has acknowledged no byte of it, or
 * we have received none before it (RFC 4898's counters in struct tcp_sock; a SYN may count as one).
 */
static __always_inline bool is_first(struct bpf_sock *sk, u32 direction, u32 seq)
{
    struct bpf_tcp_sock *tcp = bpf_tcp_sock(sk);
    u32 sent, received;

    if (!tcp)
        return false;
    /* Read in place: clang would join the two ends by arithmetic on the pointer, which the verifier
     * refuses. */
    sent = tcp->bytes_acked <= 1 && tcp->snd_una == seq;
    barrier_var(sent);
    received = tcp->bytes_received == 0 && tcp->rcv_nxt == seq;
    barrier_var(received);
    return direction == DAVY_TO_SERVER ? sent : received;
}

/* A segment of a flow that is not yet done with, or not yet known. Not inlined: its stack and its
 * spills are no business of the packets that pass at once. */
static __noinline int judge_segment(struct __sk_buff *skb, struct flow_state *state, u32 direction)
{
    bool enforces = settings.mode[DAVY_DETECTION_STRATUM] >= DAVY_MODE_BLOCK;
    struct davy_segment segment = {};
    struct payload_cursor *cursor;
    struct bpf_sock *sk = skb->sk;
    u32 skip;
    int verdict;

    if (!sk)
        return PASS;
    sk = bpf_sk_fullsock(sk);
    if (!sk || sk->protocol != IPPROTO_TCP)
        return PASS;
    if (davy_segment_of(skb, direction, &segment))
        return PASS;
    if (!segment.size) {
        if (state && segment.syn) {
            state->next_seq[direction] = segment.seq;
            state->started[direction] = 1;
        }
        return PASS;
    }
    if (!state) {
        state = bpf_sk_storage_get(&flows, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
        if (!state) {
            davy_count_loss(DAVY_LOSS_STORAGE);
            return PASS;
        }
        if (!is_owned(skb, state) && was_accepted(skb, &segment)) {
            state->done = DAVY_FLOW_CLEAR;
            return PASS;
        }
    }
    if (state->done == DAVY_FLOW_REFUSED)
        return DROP;

    if (!state->begun) {
        state->begun = 1;
        davy_flow_begin(&state->scan);
    }
    if (!state->started[direction]) {
        state->started[direction] = 1;
        state->next_seq[direction] = segment.seq;
        if (!segment.syn && !is_first(sk, direction, segment.seq)) {
            state->midstream[direction] = 1;
            davy_flow_resume(&state->scan, direction);
        }
    }
    skip = state->next_seq[direction] - segment.seq;
    if ((s32)skip < 0) { /* bytes went by unseen: read on from here, and trust the flow less */
        state->midstream[direction] = 1;
        state->next_seq[direction] = segment.seq;
        davy_flow_resume(&state->scan, direction);
        skip = 0;
    }
    if (skip >= segment.size) { /* nothing new: a retransmit, or a held segment presented again */
        if (!state->holding || direction != DAVY_TO_SERVER ||
            (s32)(segment.seq + segment.size - state->hold_seq) <= 0)
            return PASS;
        if (++state->presented < PRESENTED_MAX)
            return DROP;
        if (davy_stratum_overdue(&state->scan.stratum[direction]))
            return payload_convict(skb, &segment, state, direction);
        state->holding = 0;
        state->let_go = 1;
        return PASS;
    }
    cursor = &state->cursor[direction];
    cursor->listed = cursor->read = cursor->met = 0;
    cursor->offset = segment.payload + skip;
    cursor->left = segment.size - skip;
    verdict = davy_flow_segment(skb, direction);
    if (cursor->listed) {
        if (payload_listed(skb, &segment, state, cursor->listed) == DROP)
            return DROP;
        cursor->listed = 0; /* reported alone: read on */
        verdict = davy_flow_segment(skb, direction);
    }
    state->next_seq[direction] += cursor->read;
    if (verdict == DAVY_STRATUM_MATCH)
        return payload_convict(skb, &segment, state, direction);
    if (verdict == DAVY_STRATUM_CLEAR) {
        /* One direction in another language tells of both: Stratum is JSON each way. */
        state->done = DAVY_FLOW_CLEAR;
        return PASS;
    }
    if (cursor->left) {
        davy_count_loss(DAVY_LOSS_PAYLOAD);
        state->next_seq[direction] = segment.seq + segment.size;
        state->midstream[direction] = 1;
        davy_flow_resume(&state->scan, direction);
    }
    /* In mid-stream a match is reported at most: nothing is worth waiting for. */
    if (!enforces || direction != DAVY_TO_SERVER || state->midstream[direction])
        return PASS;
    if (!davy_stratum_holds(&state->scan.stratum[direction])) {
        state->holding = 0;
        state->let_go = 0;
        return PASS;
    }
    if (state->let_go)
        return PASS;
    if (!state->holding) {
        state->holding = 1;
        state->hold_seq = segment.seq + skip;
    }
    state->presented = 0;
    return DROP;
}
