/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* DNS over TCP: what a flow to port 53 says. */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "../emit.h"
#include "../facts/packet.h"
#include "../facts/sock.h"
#include "chunk.h"
#include "dns_asked.h"
#include "dns_message.h"
#include "dns_work.h"
#include "flow_read.h"
#include "flow_verdict.h"
#include "owners.h"

#define DNS_CHUNKS 256 /* of a segment; DNS_SAID ends one */

#define DNS_ENDS 1 /* nothing more can be read */
#define DNS_SAID 2 /* a question or an address is complete */

/* Global, so that it is verified once, not for each byte. */
__noinline int davy_dns_message(struct dns_side *side, u32 answer)
{
    if (!side)
        return 0;
    davy_dns_begin(&side->dns, answer);
    side->listed.until_ns = 0;
    return 0;
}

/* Reads a byte of one direction: of a message's length, or of a message. Returns whether it
 * completes a question or an address. */
static __always_inline bool davy_dns_flow_byte(struct dns_side *side, u8 byte, u8 answer)
{
    if (side->left) {
        side->left--;
        if (side->dns.done)
            return false;
        davy_dns_byte(&side->dns, byte);
        return side->dns.brought == DAVY_DNS_QUESTION || side->dns.brought == DAVY_DNS_ADDRESS;
    }
    if (!side->sized) {
        side->sized = 1;
        side->dns.size = byte;
    } else {
        side->left = side->dns.size << 8 | byte;
        side->sized = 0;
        davy_dns_message(side, answer);
    }
    return false;
}

static __always_inline struct dns_sides *sides_of(struct __sk_buff *skb)
{
    struct bpf_sock *sk = skb->sk;

    return sk ? bpf_sk_storage_get(&dns_flows, sk, NULL, 0) : NULL;
}

/* The same for kernels whose global functions take no pointers (numbers_only). Costs a look-up a
 * byte; verified once, not for each byte of the chunk. */
__noinline int davy_dns_byte_of(struct __sk_buff *skb, u32 direction, u32 byte)
{
    struct dns_sides *sides = sides_of(skb);

    if (!sides)
        return 0;
    direction = davy_index(direction, 2);
    return davy_dns_flow_byte(&sides->side[direction], byte, direction == DAVY_TO_CLIENT);
}

/* Reads a chunk, up to DNS_SAID. Returns DNS_ENDS, DNS_SAID or 0. */
__noinline int davy_dns_feed(struct __sk_buff *skb, u32 direction)
{
    struct flow_state *state = flow_of(skb);
    struct dns_sides *sides = sides_of(skb);
    struct payload_cursor *cursor;
    u8 bytes[CHUNK] = {};
    u32 size;

    if (!state || !sides)
        return DNS_ENDS;
    direction = davy_index(direction, 2);
    cursor = &state->cursor[direction];
    size = davy_chunk_load(skb, cursor, bytes);
    if (!size)
        return DNS_ENDS;
    for (u32 i = 0; i < CHUNK; i++) {
        if (i >= size)
            break;
        cursor->offset++;
        cursor->left--;
        if (numbers_only ? davy_dns_byte_of(skb, direction, bytes[i])
                         : davy_dns_flow_byte(&sides->side[direction], bytes[i],
                                              direction == DAVY_TO_CLIENT))
            return DNS_SAID;
    }
    return 0;
}

/* Acts on what the direction's last byte completed. */
__noinline int davy_dns_said(struct __sk_buff *skb, u32 direction, u32 place)
{
    struct dns_sides *sides = sides_of(skb);
    struct dns_work *s = davy_dns_working(place);
    struct dns_side *side;

    if (!sides || !s)
        return 0;
    side = &sides->side[davy_index(direction, 2)];
    return davy_dns_brought(skb, place, s, &side->dns, &side->listed);
}

/* Reads a chunk, and acts on what it completes. Returns whether more may follow. */
__noinline int davy_dns_some(struct __sk_buff *skb, u32 direction, u32 place)
{
    int what = davy_dns_feed(skb, direction);

    if (what == DNS_SAID)
        davy_dns_said(skb, direction, place);
    return what != DNS_ENDS;
}

/* Reads a segment's new bytes, not what came twice or lies behind a gap. */
static __always_inline void dns_segment_read(struct __sk_buff *skb, struct flow_state *state,
                                             u32 direction, u32 place)
{
    struct davy_hold_side *side = &state->hold.side[direction];
    struct payload_cursor *cursor = &state->cursor[direction];
    struct dns_work *s = davy_dns_working(place);
    struct sock *sock = davy_skb_sock(skb);
    struct davy_segment *segment;
    struct bpf_sock *sk = skb->sk;
    u32 skip;

    if (!s || !sock || !sk)
        return;
    segment = &s->segment;
    __builtin_memset(segment, 0, sizeof(*segment));
    if (davy_segment_of(skb, direction, segment) || !segment->size)
        return;
    sk = bpf_sk_fullsock(sk);
    if (!sk || !bpf_sk_storage_get(&dns_flows, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE)) {
        davy_count_loss(DAVY_LOSS_STORAGE);
        return;
    }
    if (!side->started)
        davy_hold_start(side, segment->seq);
    skip = side->next - segment->seq;
    if (skip >= segment->size)
        return;
    side->next = segment->seq + segment->size;
    s->trusted = 0;
    s->wanted = 0;
    s->foreign = 0;
    s->asker.id = state->owner.id;
    davy_dns_asker_of(s, sock);
    __builtin_memcpy(s->asker.comm, state->owner.comm, DAVY_COMM_MAX);
    s->asker.flow = segment->flow;
    cursor->offset = segment->payload + skip;
    cursor->left = segment->size - skip;
    for (int c = 0; c < DNS_CHUNKS; c++) {
        if (!davy_dns_some(skb, direction, place))
            break;
    }
}

/* Reads the messages of one direction of DNS over TCP, in order. Never drops. */
static __noinline int judge_dns(struct __sk_buff *skb, struct flow_state *state, u32 direction)
{
    u32 place = davy_dns_claim();

    if (place == DNS_PLACES)
        return PASS;
    dns_segment_read(skb, state, direction, place);
    davy_dns_release(place);
    return PASS;
}
