/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Loads a segment's payload a chunk at a time: it is too large for the stack. */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "maps.h"

#define CHUNK 64 /* bytes; a power of two */

/* Loads the bytes from the cursor on. Returns how many, up to CHUNK; 0 at the segment's end and
 * where they cannot be read. Their number is read back from the cursor, so that the verifier
 * follows the loop over them once, and not for each way to come by it. */
static __always_inline u32 davy_chunk_load(struct __sk_buff *skb, struct payload_cursor *cursor,
                                           u8 *bytes)
{
    u32 left = cursor->left;

    cursor->chunk = 0;
    if (left >= CHUNK) {
        if (!bpf_skb_load_bytes(skb, cursor->offset, bytes, CHUNK))
            cursor->chunk = CHUNK;
    } else if (left) {
        /* 1..CHUNK in a form that old verifiers follow. */
        left = ((left - 1) & (CHUNK - 1)) + 1;
        if (!bpf_skb_load_bytes(skb, cursor->offset, bytes, left))
            cursor->chunk = left;
    }
    return *(volatile u8 *)&cursor->chunk;
}
