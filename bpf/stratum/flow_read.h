/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Puts a segment through the matcher, in functions that are verified once each. */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "../compat.h"
#include "../emit.h"
#include "../facts/packet.h"
#include "../facts/sock.h"
#include "chunk.h"
#include "pools.h"

#include "davylamp/rules/flow.h"

/* Whether global functions take only numbers (5.10). One with pointers is then verified again at
 * each call (user/sensor/old_verifier.h). */
extern const volatile __u32 numbers_only;

#define BLOCK 64  /* chunks */
#define BLOCKS 17 /* enough for 64 KiB; the rest of a longer segment is counted */

static __always_inline struct flow_state *flow_of(struct __sk_buff *skb)
{
    struct bpf_sock *sk = skb->sk;

    return sk ? bpf_sk_storage_get(&flows, sk, NULL, 0) : NULL;
}

static __always_inline struct davy_host_name *name_of(struct __sk_buff *skb)
{
    struct bpf_sock *sk = skb->sk;

    return sk ? bpf_sk_storage_get(&flow_names, sk, NULL, 0) : NULL;
}

/* Puts a byte through the matcher. Global, so that the matcher is verified once: inlined into the
 * loop below, it cost 160,000 verified instructions and a second at every start. The matcher itself
 * is one function, all of it inlined (rules/flow.h): the calls that lead here fill the 512 bytes of
 * stack that old verifiers allow them together. */
__noinline int davy_flow_byte(struct davy_flow_scan *scan, struct davy_host_name *name,
                              u32 direction, u32 byte)
{
    if (!scan)
        return DAVY_BYTE_WRAPPING;
    return davy_flow_step(scan, name, direction & 1, (u8)byte);
}

/* The same for kernels whose global functions take no pointers. Costs two look-ups a byte, so other
 * kernels do without it. */
__noinline int davy_flow_byte_of(struct __sk_buff *skb, u32 direction, u32 byte)
{
    struct flow_state *state = flow_of(skb);
    struct davy_host_name *name = NULL;

    if (!state)
        return DAVY_BYTE_WRAPPING;
    direction = davy_index(direction, 2);
    if (state->cursor[direction].named)
        name = name_of(skb);
    return davy_flow_step(&state->scan, name, direction, (u8)byte);
}

/* Puts a chunk through the matcher, up to a verdict or a host to look up. Global for the same
 * reason. Returns the direction's verdict so far. */
__noinline int davy_flow_feed(struct __sk_buff *skb, u32 direction)
{
    struct flow_state *state = flow_of(skb);
    struct davy_host_name *name = NULL;
    struct payload_cursor *cursor;
    u8 bytes[CHUNK] = {};
    u32 size, what;

    if (!state)
        return DAVY_STRATUM_CLEAR;
    direction = davy_index(direction, 2);
    cursor = &state->cursor[direction];
    if (cursor->named && !numbers_only)
        name = name_of(skb);
    size = davy_chunk_load(skb, cursor, bytes);
    if (!size)
        return DAVY_STRATUM_CLEAR;
    for (u32 i = 0; i < CHUNK; i++) {
        if (i >= size || davy_flow_verdict(&state->scan, direction) != DAVY_STRATUM_OPEN)
            break;
        what = numbers_only ? davy_flow_byte_of(skb, direction, bytes[i])
                            : davy_flow_byte(&state->scan, name, direction, bytes[i]);
        cursor->read++;
        cursor->offset++;
        cursor->left--;
        if (what >= DAVY_BYTE_NAME && what <= DAVY_BYTE_PROTOCOL && direction == DAVY_TO_SERVER) {
            cursor->met = what;
            break;
        }
    }
    return davy_flow_verdict(&state->scan, direction);
}

/* Looks up the host that a flow's client asked for last (davy_flow_listed()). */
__noinline u64 davy_flow_asked(struct __sk_buff *skb, u32 what)
{
    struct flow_state *state = flow_of(skb);
    struct davy_host_name *name = NULL;

    if (!state)
        return 0;
    if (state->cursor[DAVY_TO_SERVER].named)
        name = name_of(skb);
    return davy_flow_listed(&state->scan, name, what);
}

/* Whether this direction is still in the flow's wrapping at this first byte, so that a name may
 * come. */
static __always_inline bool is_wrapped(struct __sk_buff *skb, const struct flow_state *state,
                                       u32 direction, u32 offset)
{
    u8 at = state->scan.unwrap.side[direction & 1].at, first = 0;

    if (direction != DAVY_TO_SERVER || at == DAVY_AT_INNER || at >= DAVY_AT_FRAME)
        return false;
    if (at != DAVY_AT_BEGIN)
        return true;
    return !bpf_skb_load_bytes(skb, offset, &first, 1) && first != '{' && first != '[';
}

/* Reads BLOCK chunks of a segment. Two levels, so that each is verified once. */
__noinline int davy_flow_block(struct __sk_buff *skb, u32 direction)
{
    struct flow_state *state = flow_of(skb);
    struct payload_cursor *cursor;
    int verdict = DAVY_STRATUM_OPEN;

    if (!state)
        return DAVY_STRATUM_CLEAR;
    direction = davy_index(direction, 2);
    cursor = &state->cursor[direction];
    for (int c = 0; c < BLOCK; c++) {
        if (!cursor->left || verdict != DAVY_STRATUM_OPEN || cursor->listed)
            break;
        verdict = davy_flow_feed(skb, direction);
        if (cursor->met) {
            cursor->listed = davy_flow_asked(skb, cursor->met);
            cursor->met = 0;
        }
    }
    return verdict;
}

/* Reads a segment from the cursor on, up to a verdict or a listed host. */
__noinline int davy_flow_segment(struct __sk_buff *skb, u32 direction)
{
    struct flow_state *state = flow_of(skb);
    struct bpf_sock *sk = skb->sk;
    struct payload_cursor *cursor;
    int verdict = DAVY_STRATUM_OPEN;

    if (!state || !sk)
        return DAVY_STRATUM_CLEAR;
    direction = davy_index(direction, 2);
    cursor = &state->cursor[direction];
    cursor->named = is_wrapped(skb, state, direction, cursor->offset) &&
                    bpf_sk_storage_get(&flow_names, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
    for (int b = 0; b < BLOCKS; b++) {
        if (!cursor->left || verdict != DAVY_STRATUM_OPEN || cursor->listed)
            break;
        verdict = davy_flow_block(skb, direction);
    }
    return verdict;
}
