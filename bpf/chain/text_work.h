/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A sample of text from the network, and code that is compared with it: a byte at a time, in a
 * scratch. */
#pragma once

#include "../facts/pages.h"
#include "../scratch.h"
#include "maps.h"

#define TEXT_CHUNK 256
#define TEXT_CHUNKS 16 /* 4 KiB of the code are read */

struct text_scratch {
    struct fed_text text;
    struct davy_text_state state;
    struct davy_text_sample sought; /* what code is compared with */
    u64 address, left;              /* of the code that is read */
    u8 bytes[DAVY_SAMPLE_BYTES];
};
DAVY_SCRATCH(text_scratch, struct text_scratch, davy_text_working)
/* A wake-up has its own. It may interrupt an exec, whose code must not be compared with its text.
 */
DAVY_SCRATCH(waking_scratch, struct text_scratch, davy_text_waking)

/* What follows and takes a sample exists for each of the two; `waking` is a constant. */
static __always_inline struct text_scratch *text_working(const bool waking)
{
    return waking ? davy_text_waking() : davy_text_working();
}

/* Global functions, so that each is verified once and not once a byte. 5.10's take no pointers, so
 * what they work on lies in the scratch. */
static __always_inline int sample_byte(struct text_scratch *s, u32 byte)
{
    if (s)
        davy_sample_step(&s->text.sample, &s->state, byte);
    return 0;
}

__noinline int davy_sample_byte(u32 byte) { return sample_byte(davy_text_working(), byte); }
__noinline int davy_waking_byte(u32 byte) { return sample_byte(davy_text_waking(), byte); }

__noinline int davy_match_byte(u32 byte)
{
    struct text_scratch *s = davy_text_working();

    if (!s)
        return 0;
    davy_match_step(&s->sought, &s->state, byte);
    return davy_match_open(&s->state);
}

__noinline int davy_match_done(void)
{
    struct text_scratch *s = davy_text_working();

    return s ? davy_match_end(&s->sought, &s->state) : 0;
}

/* What davy_match_byte() goes by. */
static __always_inline void davy_match_begin(struct text_scratch *s, u64 text_address)
{
    const struct fed_text *text = (const struct fed_text *)text_address;

    bpf_probe_read_kernel(&s->sought, sizeof(s->sought), &text->sample);
    davy_text_begin(&s->state);
}

/* Loops over a text are two: one of parts, and one over the bytes of a part. So the verifier walks
 * the parts once, and the bytes of one part once. */
#define TEXT_PART 64 /* bytes; a power of two */

/* Takes a part of the bytes in the scratch into the sample. Returns whether more follow. */
static __always_inline int sample_part(u32 from, const bool waking)
{
    struct text_scratch *s = text_working(waking);

    if (!s)
        return 0;
    for (u32 i = 0; i < TEXT_PART; i++) {
        u8 byte = s->bytes[davy_index(from + i, DAVY_SAMPLE_BYTES)];

        if (!byte)
            return 0;
        if (waking)
            davy_waking_byte(byte);
        else
            davy_sample_byte(byte);
    }
    return 1;
}

__noinline int davy_sample_part(u32 from) { return sample_part(from, false); }
__noinline int davy_waking_part(u32 from) { return sample_part(from, true); }

/* A sample of the bytes in the scratch, into s->text. 0, or -1 where there are none. */
static __always_inline int sample_bytes(const bool waking)
{
    struct text_scratch *s = text_working(waking);

    if (!s)
        return -1;
    s->text.sample.lines = 0;
    s->text.sample.size = 0;
    davy_text_begin(&s->state);
    for (u32 from = 0; from < DAVY_SAMPLE_BYTES; from += TEXT_PART) {
        if (!(waking ? davy_waking_part(from) : davy_sample_part(from)))
            break;
    }
    return s->text.sample.size || davy_text_is_blank(&s->state) ? 0 : -1;
}

__noinline int davy_sample_bytes(void) { return sample_bytes(false); }
__noinline int davy_waking_bytes(void) { return sample_bytes(true); }

/* The same of what the pipe holds from the place `from` on, which is davy_place_number()'s. */
static __always_inline int sample_pipe(u64 pipe_address, u64 from, const bool waking)
{
    struct pipe_inode_info *pipe = (struct pipe_inode_info *)pipe_address;
    struct text_scratch *s = text_working(waking);
    struct davy_pipe_place place = davy_place_of(from);

    if (!s || davy_pipe_read(pipe, &place, s->bytes, DAVY_SAMPLE_BYTES))
        return -1;
    return waking ? davy_waking_bytes() : davy_sample_bytes();
}

__noinline int davy_sample_pipe(u64 pipe, u64 from) { return sample_pipe(pipe, from, false); }
__noinline int davy_waking_pipe(u64 pipe, u64 from) { return sample_pipe(pipe, from, true); }

/* Feeds a chunk of the code to the matcher; s->address and s->left say where it is. Returns whether
 * more of it can change the answer. */
__noinline int davy_match_chunk(void)
{
    struct text_scratch *s = davy_text_working();
    long got;

    if (!s)
        return 0;
    got = bpf_probe_read_user_str(s->bytes, TEXT_CHUNK, (void *)s->address);
    if (got <= 1)
        return 0;
    for (u32 i = 0; i < TEXT_CHUNK - 1; i++) {
        if (!s->bytes[i] || !s->left)
            return 0;
        s->left--;
        if (!davy_match_byte(s->bytes[i]))
            return 0;
    }
    s->address += TEXT_CHUNK - 1;
    return 1;
}

/* Whether the text in user memory at `address`, at most `size` bytes or to its NUL, is that of
 * `text`. */
__noinline int davy_text_runs(u64 text, u64 address, u64 size)
{
    struct text_scratch *s = davy_text_working();

    if (!s)
        return 0;
    davy_match_begin(s, text);
    s->address = address;
    s->left = size;
    for (u32 c = 0; c < TEXT_CHUNKS; c++) {
        if (!davy_match_chunk())
            break;
    }
    return davy_match_done();
}
