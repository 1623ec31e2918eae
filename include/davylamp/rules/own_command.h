/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whether a shell's own program (its script's file, the text of its -c) has a command: then the
 * shell runs what it brought along, even where a page that it fetched has the same line.
 *
 * Both are folded: a run of blanks, newlines and NULs is one blank; quotes and backslashes do not
 * count. A command begins and ends where a word does. What the shell expands ($DIR) is not in its
 * text as it runs: then the answer is no. The whole command counts, so that a word which both have
 * (curl) hides nothing. */
#pragma once

#include <linux/types.h>

#include "davylamp/abi/check.h"

#define DAVY_OWN_BYTES 512 /* of a command, folded; a power of two */

struct davy_own {
    __u32 size;  /* used in command */
    __u32 at;    /* bytes of it that agree with the text so far */
    __u8 found;  /* 1: the text has it */
    __u8 cut;    /* 1: the command is longer than what is compared */
    __u8 gap;    /* 1: blanks since the last other byte */
    __u8 inside; /* 1: the text's last byte belongs to a word */
    __u8 reserved[4];
    __u8 command[DAVY_OWN_BYTES];
};
DAVY_SIZE(davy_own, 528);

static inline void davy_own_begin(struct davy_own *own)
{
    own->size = 0;
    own->at = 0;
    own->found = 0;
    own->cut = 0;
    own->gap = 0;
    own->inside = 0;
}

static inline __u8 davy_own_blank(__u8 byte)
{
    return !byte || byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r';
}

static inline __u8 davy_own_quote(__u8 byte) { return byte == '"' || byte == '\'' || byte == '\\'; }

/* Whether a byte may belong to the word beside it. */
static inline __u8 davy_own_inside(__u8 byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '-' && byte <= '9') || byte == '_' || byte >= 0x80;
}

static inline void davy_own_append(struct davy_own *own, __u8 byte)
{
    if (own->size < DAVY_OWN_BYTES)
        own->command[own->size++ & (DAVY_OWN_BYTES - 1)] = byte;
    else
        own->cut = 1;
}

/* A byte of the command, NULs between its words. */
static inline void davy_own_command(struct davy_own *own, __u8 byte)
{
    if (davy_own_quote(byte))
        return;
    if (davy_own_blank(byte)) {
        own->gap = own->size != 0;
        return;
    }
    if (own->gap)
        davy_own_append(own, ' ');
    own->gap = 0;
    davy_own_append(own, byte);
}

/* The command is complete: the text follows. */
static inline void davy_own_text(struct davy_own *own)
{
    own->gap = 0;
    own->at = 0;
    own->inside = 0;
    own->found = 0;
}

static inline void davy_own_compare(struct davy_own *own, __u8 byte)
{
    __u8 inside = davy_own_inside(byte);

    if (own->at && own->at >= own->size) {
        if (!inside)
            own->found = 1;
        own->at = 0;
    } else if (own->at && own->command[own->at & (DAVY_OWN_BYTES - 1)] == byte) {
        own->at++;
        own->inside = inside;
        return;
    } else {
        own->at = 0;
    }
    if (!own->inside && own->size && own->command[0] == byte)
        own->at = 1;
    own->inside = inside;
}

/* A byte of the text. Returns whether it has the command. */
static inline __u8 davy_own_step(struct davy_own *own, __u8 byte)
{
    if (davy_own_quote(byte))
        return own->found;
    if (davy_own_blank(byte)) {
        own->gap = 1;
        return own->found;
    }
    if (own->gap)
        davy_own_compare(own, ' ');
    own->gap = 0;
    davy_own_compare(own, byte);
    return own->found;
}

/* After the text's last byte. */
static inline __u8 davy_own_end(struct davy_own *own)
{
    if (own->size && own->at >= own->size)
        own->found = 1;
    return own->found && !own->cut;
}
