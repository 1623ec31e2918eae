/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whether a command that a one-liner hands to a shell stands in the one-liner's own text: then the
 * one-liner brought it along, and did not fetch it. Compared is how the command begins, its first
 * word, by at most eight bytes. What comes after it may well be from the network: a version, a
 * number, a JSON document as an argument.
 *
 * - The word must stand in the text as a word: `id` is not in `void`.
 * - A word of punctuation alone ({ ( [ !) takes the next one along, since every program has these.
 * - A JSON document ({"a": 1}) is no command that a program brings along, in whatever language.
 * - The words after : and # are arbitrary. They count as they stand, blanks included.
 * - NAME=VALUE before a command counts as NAME=.
 * - Of an absolute path, the last component is enough (/backup of /srv/app/backup): programs put
 * the folder before it at run time. */
#pragma once

#include <linux/types.h>

#include "davylamp/abi/check.h"

#define DAVY_COMMAND_BYTES 64 /* of a command that are read */
#define DAVY_WORD_BYTES 8     /* that are compared */
#define DAVY_WORD_NAME 4      /* so long must NAME= or /COMPONENT be */

/* Where in the command the next byte lies: word->state. */
#define DAVY_WORD_BEFORE 0 /* blanks, and nothing else so far */
#define DAVY_WORD_IN 1
#define DAVY_WORD_DONE 2
#define DAVY_WORD_EMPTY 3 /* there is no word */

struct davy_word {
    __u64 bytes;      /* how the command begins, the first byte lowest */
    __u64 tail;       /* the last component of its path, from the slash on */
    __u64 window;     /* the last eight bytes of the text, the oldest lowest */
    __u16 before;     /* the two bytes before them, the later one lowest */
    __u8 length;      /* bytes in `bytes`, at most 8 */
    __u8 tail_length; /* bytes in `tail`; 0: this is no absolute path */
    __u8 state;       /* DAVY_WORD_* */
    __u8 letters;     /* 1: a letter, digit or underscore was in the word */
    __u8 plain;       /* 1: nothing else was */
    __u8 raw;         /* 1: blanks do not end the word */
    __u8 tail_open;   /* 1: the component goes on */
    __u8 reserved[7];
};
DAVY_SIZE(davy_word, 40);

static inline __u8 davy_word_blank(__u8 byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static inline __u8 davy_is_word_byte(__u8 byte)
{
    __u8 letter = (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';

    return letter || (byte >= '0' && byte <= '9') || byte == '_';
}

static inline void davy_word_begin(struct davy_word *word)
{
    word->bytes = word->tail = word->window = 0;
    word->before = 0;
    word->length = word->tail_length = 0;
    word->state = DAVY_WORD_BEFORE;
    word->letters = word->raw = word->tail_open = 0;
    word->plain = 1;
}

static inline void davy_word_tail(struct davy_word *word, __u8 byte)
{
    __u8 first = word->length <= 1, quoted = word->length == 2 && !word->letters;

    if (byte == '/' && (word->tail_length || first || quoted)) {
        word->tail = byte;
        word->tail_length = word->tail_open = 1;
        return;
    }
    word->tail_open &= byte != '"' && byte != '\'' && byte != '&' && byte != '|' && byte != '<' &&
                       byte != '>' && byte != ')';
    if (!word->tail_open || word->tail_length >= DAVY_WORD_BYTES)
        return;
    word->tail |= (__u64)byte << (8 * (word->tail_length & 7));
    word->tail_length++;
}

/* Whether this byte shows that the command is a JSON document: no shell takes { or [ without a
 * blank behind it for a command, and nothing that { begins is a string as a rule. */
static inline __u8 davy_word_document(const struct davy_word *word, __u8 byte)
{
    __u8 first = (__u8)word->bytes;

    if (first == '{' && !word->letters && byte == '"')
        return 1;
    return word->length == 1 && (first == '{' || first == '[') && !davy_word_blank(byte);
}

/* A byte of the command; the last is a NUL, unless the command is longer than what is read. */
static inline void davy_word_command(struct davy_word *word, __u8 byte)
{
    if (word->state == DAVY_WORD_BEFORE) {
        if (davy_word_blank(byte))
            return;
        word->state = byte ? DAVY_WORD_IN : DAVY_WORD_EMPTY;
        word->raw = byte == '#' || byte == ':';
    }
    if (word->state != DAVY_WORD_IN)
        return;
    if (davy_word_document(word, byte)) {
        word->length = 0;
        word->state = DAVY_WORD_DONE;
        return;
    }
    if (!byte || (word->letters && !word->raw && (davy_word_blank(byte) || byte == ';'))) {
        word->state = DAVY_WORD_DONE;
        return;
    }
    if (word->length < DAVY_WORD_BYTES) {
        word->bytes |= (__u64)byte << (8 * (word->length & 7));
        word->length++;
    }
    if (byte == '=' && word->plain && word->length >= DAVY_WORD_NAME) {
        word->state = DAVY_WORD_DONE;
        return;
    }
    davy_word_tail(word, byte);
    if (davy_is_word_byte(byte))
        word->letters = 1;
    else
        word->plain = 0;
}

/* After the command: 1 where it has a word to look for. 0 where it is empty, and runs nothing. The
 * word of a document, or of a command that begins with more blanks than are read, is in no text. */
static inline __u8 davy_word_sought(const struct davy_word *word)
{
    return word->state != DAVY_WORD_EMPTY;
}

/* Whether the `length` first bytes in the window are `bytes`, and a word of their own. */
static inline __u8 davy_word_here(const struct davy_word *word, __u64 bytes, __u8 length)
{
    __u64 shift = 8 * (DAVY_WORD_BYTES - (__u64)length);
    __u8 before = (__u8)word->before;
    __u8 escaped = word->before >> 8 == '\\' && (before == 'n' || before == 't' || before == 'r');
    __u8 next, last;

    if (word->window << (shift & 63) != bytes << (shift & 63))
        return 0;
    if (davy_is_word_byte((__u8)bytes) && davy_is_word_byte(before) && !escaped)
        return 0;
    if (length >= DAVY_WORD_BYTES)
        return 1;
    next = (__u8)(word->window >> ((8 * length) & 63));
    last = (__u8)(bytes >> ((8 * (length - 1)) & 63));
    return !davy_is_word_byte(last) || !davy_is_word_byte(next);
}

/* A byte of the one-liner's text; 1 where the word stands up to eight bytes before its end. End
 * with eight NULs. */
static inline __u8 davy_word_step(struct davy_word *word, __u8 byte)
{
    word->before = (__u16)(word->before << 8 | (__u8)word->window);
    word->window = word->window >> 8 | (__u64)byte << 56;
    if (word->length && davy_word_here(word, word->bytes, word->length))
        return 1;
    return word->tail_length >= DAVY_WORD_NAME &&
           davy_word_here(word, word->tail, word->tail_length);
}
