/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whether text that is about to run as code came out of a net-fed pipe. A sample is taken of what
 * went through the pipe: how it begins, and hashes of its first lines. The code is then compared
 * with the sample, a byte a step.
 *
 * A command substitution drops trailing newlines, and an unquoted one turns each run of blanks and
 * newlines into one blank. So both sides are folded: blanks at the ends of lines do not count, and
 * a run of blanks within a line counts as one. Not seen: text that the shell has rewritten
 * (decoded, cut, reversed) between the pipe and its execution. */
#pragma once

#include <linux/types.h>

#include "davylamp/abi/check.h"
#include "davylamp/rules/name_hash.h"

#define DAVY_SAMPLE_BYTES 1024 /* of the stream, as far as a driver reads */
#define DAVY_SAMPLE_TEXT 128   /* folded; a power of two */
#define DAVY_SAMPLE_LINES 16   /* a power of two */
/* Shorter code proves nothing: `id`, `true`, an item of a list. */
#define DAVY_MATCH_WHOLE 6
/* So much of the stream's beginning convicts code that goes on differently. */
#define DAVY_MATCH_PREFIX 64
/* So much in whole lines convicts code that begins differently. `set -euo pipefail` alone, or an
 * export that everybody writes, is shorter. */
#define DAVY_MATCH_LINES 40
/* A command line of this length that is a line of the stream was taken from it. */
#define DAVY_MATCH_COMMAND 12

struct davy_text_sample {
    __u64 line[DAVY_SAMPLE_LINES]; /* hashes of whole lines, folded */
    __u32 lines;                   /* used in line */
    __u32 size;                    /* used in text */
    __u8 text[DAVY_SAMPLE_TEXT];   /* how the stream begins, newlines folded like blanks */
};
DAVY_SIZE(davy_text_sample, 264);

/* The folding reader that sampling and matching share. */
struct davy_text_state {
    __u64 hash;    /* of the line so far */
    __u32 length;  /* of the line so far, folded */
    __u32 at;      /* folded bytes of the whole text so far; in a match: those that agreed */
    __u32 score;   /* in a match: bytes in lines that the sample has */
    __u32 lines;   /* that were not empty */
    __u32 last;    /* in a match: 1 + index of the sampled line that the last line is, or 0 */
    __u32 at_line; /* in a match: length of the last line, folded */
    __u8 blank;    /* 1: blanks since the line's last other byte */
    __u8 broken;   /* in a match: 1: the text differs from the sample's beginning */
    __u8 comment;  /* 1: the line begins with # */
    __u8 gap;      /* 1: the same, in the whole text */
    __u32 blanks;  /* before the first other byte */
    __u32 reserved;
};
DAVY_SIZE(davy_text_state, 48);

static inline void davy_text_begin(struct davy_text_state *s)
{
    s->hash = DAVY_HASH_BEGIN;
    s->length = 0;
    s->at = 0;
    s->score = 0;
    s->lines = 0;
    s->last = 0;
    s->at_line = 0;
    s->blank = 0;
    s->broken = 0;
    s->comment = 0;
    s->gap = 0;
    s->blanks = 0;
}

static inline void davy_line_byte(struct davy_text_state *s, __u8 byte)
{
    if (!s->length)
        s->comment = byte == '#';
    if (s->blank && s->length) {
        s->hash = davy_hash_step(s->hash, ' ');
        s->length++;
    }
    s->blank = 0;
    s->hash = davy_hash_step(s->hash, byte);
    s->length++;
}

static inline void davy_line_begin(struct davy_text_state *s)
{
    s->hash = DAVY_HASH_BEGIN;
    s->length = 0;
    s->blank = 0;
    s->comment = 0;
}

static inline __u8 davy_line_counts(const struct davy_text_state *s)
{
    return s->length >= DAVY_MATCH_WHOLE && !s->comment;
}

/* A byte of the stream. The caller stops at a NUL: shells drop it, and in a pipe's page older bytes
 * follow the end of what was written. */
static inline void davy_sample_step(struct davy_text_sample *sample, struct davy_text_state *s,
                                    __u8 byte)
{
    __u8 newline = byte == '\n', blank = newline || byte == ' ' || byte == '\t' || byte == '\r';

    if (blank) {
        s->gap = s->at != 0;
        s->blanks += !s->at;
    } else {
        if (s->gap && sample->size < DAVY_SAMPLE_TEXT)
            sample->text[sample->size++ & (DAVY_SAMPLE_TEXT - 1)] = ' ';
        if (sample->size < DAVY_SAMPLE_TEXT)
            sample->text[sample->size++ & (DAVY_SAMPLE_TEXT - 1)] = byte;
        s->gap = 0;
        s->at++;
    }
    if (newline) {
        if (davy_line_counts(s) && sample->lines < DAVY_SAMPLE_LINES)
            sample->line[sample->lines++ & (DAVY_SAMPLE_LINES - 1)] = s->hash;
        davy_line_begin(s);
    } else if (blank) {
        s->blank = 1;
    } else {
        davy_line_byte(s, byte);
    }
}

/* 1 + the index of this line in the sample, or 0. The number of turns is constant. */
static inline __u32 davy_line_find(const struct davy_text_sample *sample, __u64 hash)
{
    __u32 found = 0;

    for (__u32 i = 0; i < DAVY_SAMPLE_LINES; i++) {
        if (i < sample->lines && sample->line[i] == hash)
            found = i + 1;
    }
    return found;
}

static inline void davy_match_line(const struct davy_text_sample *sample, struct davy_text_state *s)
{
    if (s->length)
        s->lines++;
    s->last = 0;
    if (davy_line_counts(s)) {
        s->last = davy_line_find(sample, s->hash);
        s->at_line = s->length;
        if (s->last)
            s->score += s->length;
    }
    davy_line_begin(s);
}

static inline void davy_match_prefix(const struct davy_text_sample *sample,
                                     struct davy_text_state *s, __u8 byte)
{
    if (s->broken || s->at >= sample->size || s->at >= DAVY_SAMPLE_TEXT ||
        sample->text[s->at & (DAVY_SAMPLE_TEXT - 1)] != byte)
        s->broken = 1;
    else
        s->at++;
}

/* A byte of the code. */
static inline void davy_match_step(const struct davy_text_sample *sample, struct davy_text_state *s,
                                   __u8 byte)
{
    __u8 newline = byte == '\n', blank = newline || byte == ' ' || byte == '\t' || byte == '\r';

    if (blank) {
        s->gap = s->at != 0 || s->broken;
        s->blanks += !s->gap;
    } else {
        if (s->at < DAVY_MATCH_PREFIX && s->gap)
            davy_match_prefix(sample, s, ' ');
        if (s->at < DAVY_MATCH_PREFIX)
            davy_match_prefix(sample, s, byte);
        s->gap = 0;
    }
    if (newline)
        davy_match_line(sample, s);
    else if (blank)
        s->blank = 1;
    else
        davy_line_byte(s, byte);
}

/* A byte of a command line, for a match: NULs part its words, and it is one line. The lines that
 * an argument has (a page that a script hands to a tool) are no commands. */
static inline __u8 davy_match_command_byte(__u8 byte) { return byte && byte != '\n' ? byte : ' '; }

/* The same where each word is a line. */
static inline __u8 davy_match_word_byte(__u8 byte) { return byte ? byte : '\n'; }

/* After the last byte of a command line: 1 where its words have so much of the stream's lines. */
static inline __u8 davy_match_words(const struct davy_text_state *s)
{
    return s->score >= DAVY_MATCH_COMMAND;
}

/* After the last byte of a command line: 1 where it is a line of the stream. */
static inline __u8 davy_match_command(const struct davy_text_state *s)
{
    return s->last != 0 && s->at_line >= DAVY_MATCH_COMMAND;
}

/* Whether more of the code could still change the answer. */
static inline __u8 davy_match_open(const struct davy_text_state *s)
{
    return s->at < DAVY_MATCH_PREFIX && s->score < DAVY_MATCH_LINES;
}

/* Whether all of what a driver reads of a stream or of code is blank: so somebody hides the rest.
 */
static inline __u8 davy_text_is_blank(const struct davy_text_state *s)
{
    return s->blanks >= DAVY_SAMPLE_BYTES;
}

/* After the last byte: 1 where the code came out of the pipe. */
static inline __u8 davy_match_end(const struct davy_text_sample *sample, struct davy_text_state *s)
{
    if (!sample->size)
        return davy_text_is_blank(s);
    __u8 whole = !s->broken && s->at >= DAVY_MATCH_WHOLE;
    /* Where the stream's end is not known, half a word of it is not the code. */
    __u8 next = s->at < sample->size ? sample->text[s->at & (DAVY_SAMPLE_TEXT - 1)] : ' ';

    davy_match_line(sample, s);
    if (s->at >= DAVY_MATCH_PREFIX || s->score >= DAVY_MATCH_LINES)
        return 1;
    if (whole && (next == ' ' || s->at >= 2 * DAVY_MATCH_WHOLE))
        return 1;
    return s->lines == 1 && s->last != 0;
}
