/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whether a program was told to start a shell: ncat -c 'bash -s', socat EXEC:sh. */
#pragma once

#include "../facts/read.h"
#include "../facts/task.h"
#include "../maps.h"
#include "../scratch.h"

#include "davylamp/rules/name_hash.h"

#define RELAY_PART 64

struct relay_words {
    u64 hash;  /* of the last component of the word so far */
    u32 words; /* 0: still argv[0] */
    u32 found; /* 1: one was a shell */
    u64 args[DAVY_ARGS_MAX / 8];
};
DAVY_SCRATCH(relay_words, struct relay_words, relay_working)

/* A word ends at a blank or the NUL behind an argument, and at what parts options from values. */
static __always_inline bool parts_words(u32 byte)
{
    return !byte || byte == ' ' || byte == ':' || byte == ',' || byte == '=' || byte == '\'' ||
           byte == '"' || byte == ';';
}

__noinline int davy_relay_byte(u32 byte)
{
    struct relay_words *s = relay_working();
    struct davy_image_row *row;

    if (!s)
        return 0;
    if (!parts_words(byte)) {
        s->hash = byte == '/' ? DAVY_HASH_BEGIN : davy_hash_step(s->hash, (u8)byte);
        return 0;
    }
    row = s->words ? bpf_map_lookup_elem(&name_rows, &s->hash) : NULL;
    if (row && row->family == DAVY_FAMILY_SHELL)
        s->found = 1;
    s->words++;
    s->hash = DAVY_HASH_BEGIN;
    return 0;
}

__noinline int davy_relay_part(u64 args, u32 size)
{
    u64 word = 0;

    for (u32 i = 0; i < RELAY_PART; i++) {
        if (i >= size)
            break;
        davy_relay_byte(davy_byte_at(args, i, &word));
    }
    return 0;
}

/* Whether an argument of the current process names a shell. */
__noinline int davy_names_shell(void)
{
    struct relay_words *s = relay_working();
    u64 all;
    u32 size;

    if (!s)
        return 0;
    s->hash = DAVY_HASH_BEGIN;
    s->words = s->found = 0;
    size = davy_args_read(davy_current(), s->args, &all, DAVY_NUMBER);
    for (u32 from = 0; from < DAVY_ARGS_MAX; from += RELAY_PART) {
        if (from >= size)
            break;
        davy_relay_part(davy_number_of(s->args) + from, size - from);
    }
    davy_relay_byte(0);
    return s->found;
}
