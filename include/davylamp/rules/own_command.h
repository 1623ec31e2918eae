/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whether a shell's own program (its script's file, the text of its -c) has a command: then the
 * shell runs what it brought along, even where a page that it fetched has the same line.
 *
 * Both are folded: a run of blanks, newlines and NULs is one blank, and none beside an operator;
 * quotes and backslashes do not count. A command begins and ends where a word does. The whole
 * command counts, so that a word which both have (curl) hides nothing.
 *
 * $NAME in the text stands for the value that the text gave it last by NAME=VALUE, if that is
 * literal. Else what the shell expands is not in its text as it runs: then the answer is no. It
 * does not matter what the variable is when the command runs: what ran equals what the text says.
 */
#pragma once

#include <linux/types.h>

#include "davylamp/abi/check.h"
#include "davylamp/abi/index.h"
#include "davylamp/rules/command_word.h"
#include "davylamp/rules/name_hash.h"

#define DAVY_OWN_BYTES 1024 /* of a command, folded; a power of two */
#define DAVY_OWN_VALUES 16  /* variables that are known at a time; a power of two */
#define DAVY_OWN_VALUE 64   /* bytes of a value; a power of two */

/* Where the next byte of the text lies: own->name_at. */
#define DAVY_OWN_ELSEWHERE 0
#define DAVY_OWN_NAME 1    /* a word that may become NAME= */
#define DAVY_OWN_ASSIGNS 2 /* the value behind it */
#define DAVY_OWN_DOLLAR 3  /* behind $ */
#define DAVY_OWN_EXPANDS 4 /* the name behind it */
#define DAVY_OWN_SKIPS 5   /* the rest of a word or of a value that is not literal */

/* Where the text must have the command: own->as. */
#define DAVY_OWN_COMMAND 0   /* anywhere, as words */
#define DAVY_OWN_EVALUATED 1 /* in eval 'text', $(text), `text` or trap 'text' EXIT */
#define DAVY_OWN_DOCUMENT 2  /* as a whole here-document or here-string */
#define DAVY_OWN_BEGINNING 3 /* as the beginning of one */

struct davy_own_value {
    __u64 name; /* its hash; 0: none */
    __u32 size;
    __u32 reserved;
    __u8 bytes[DAVY_OWN_VALUE];
};
DAVY_SIZE(davy_own_value, 80);

struct davy_own {
    struct davy_own_value value[DAVY_OWN_VALUES];
    __u64 window; /* the text's last eight bytes, folded, the newest lowest */
    __u64 name;   /* hash of the name that is read */
    __u32 size;   /* used in command */
    __u32 at;     /* bytes of it that agree with the text so far */
    __u32 before; /* the same, before the $ */
    __u32 count;  /* variables so far; the next takes place `count` */
    __u8 found;   /* 1: the text has it */
    __u8 cut;     /* 1: the command is longer than what is compared */
    __u8 gap;     /* 1: blanks since the last other byte */
    __u8 inside;  /* 1: the text's last byte belongs to a word */
    __u8 as;      /* DAVY_OWN_* */
    __u8 name_at; /* DAVY_OWN_* */
    __u8 quote;   /* ' or " that is open in a value; 0: none is */
    __u8 braced;  /* 1: ${NAME} */
    __u8 begins;  /* 1: the command may begin with the $ */
    __u8 last;    /* the text's last byte as it is, a blank at its beginning */
    __u8 broke;   /* 1: a newline is among these blanks */
    __u8 line;    /* 1: the line has other bytes than blanks */
    __u8 opens;   /* 1: the line has << */
    __u8 opened;  /* 1: the line before had */
    __u8 taken;   /* 1: the value of ${NAME} was taken, and its } has yet to be read */
    __u8 reserved[1];
    __u8 command[DAVY_OWN_BYTES];
};
DAVY_SIZE(davy_own, 2352);

static inline void davy_own_begin(struct davy_own *own)
{
    own->size = 0;
    own->at = 0;
    own->found = 0;
    own->cut = 0;
    own->gap = 0;
    own->inside = 0;
    own->as = DAVY_OWN_COMMAND;
    own->window = 0;
}

static inline __u8 davy_own_blank(__u8 byte)
{
    return !byte || byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r';
}

static inline __u8 davy_own_quote(__u8 byte) { return byte == '"' || byte == '\'' || byte == '\\'; }

/* Beside which blanks do not count: bash writes a command in $( ) its own way. */
static inline __u8 davy_own_operator(__u8 byte)
{
    return byte == '<' || byte == '>' || byte == '|' || byte == '&' || byte == ';' || byte == '(' ||
           byte == ')' || byte == '`';
}

/* Whether a byte may belong to the word beside it. */
static inline __u8 davy_own_inside(__u8 byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '-' && byte <= '9') || byte == '_' || byte >= 0x80;
}

static inline void davy_own_append(struct davy_own *own, __u8 byte)
{
    own->window = own->window << 8 | byte;
    if (own->size < DAVY_OWN_BYTES)
        own->command[davy_index(own->size++, DAVY_OWN_BYTES)] = byte;
    else
        own->cut = 1;
}

/* Whether the blanks before `byte` count. */
static inline __u8 davy_own_parts(const struct davy_own *own, __u8 byte)
{
    return own->gap && !davy_own_operator(byte) && !davy_own_operator((__u8)own->window);
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
    if (davy_own_parts(own, byte))
        davy_own_append(own, ' ');
    own->gap = 0;
    davy_own_append(own, byte);
}

/* The command is complete: the text follows. */
static inline void davy_own_text(struct davy_own *own)
{
    own->window = 0;
    own->name = 0;
    own->before = 0;
    own->count = 0;
    own->gap = 0;
    own->at = 0;
    own->inside = 0;
    own->found = 0;
    own->name_at = own->quote = own->braced = own->begins = 0;
    own->broke = own->line = own->opens = own->opened = own->taken = 0;
    own->last = ' ';
    for (__u32 i = 0; i < DAVY_OWN_VALUES; i++) {
        own->value[i].name = 0;
        own->value[i].size = 0;
    }
}

/* Whether the text before this place says that what follows is evaluated: $(, backticks, a trap's
 * or eval's argument. */
static inline __u8 davy_own_evaluates(const struct davy_own *own)
{
    __u64 w = own->window;

    if ((w & 0xffff) == ('$' << 8 | '(') || (w & 0xff) == '`')
        return 1;
    if ((w & 0xffffffffffull) == 0x6576616c20ull || (w & 0xffffffffffull) == 0x7472617020ull)
        return !davy_own_inside((__u8)(w >> 40)); /* "eval ", "trap " */
    return w == 0x74726170202d2d20ull;            /* "trap -- " */
}

/* Whether the command may begin here. */
static inline __u8 davy_own_begins(const struct davy_own *own, __u8 inside)
{
    if (!own->size || (inside && davy_own_inside(own->command[0])))
        return 0;
    if (own->as == DAVY_OWN_EVALUATED)
        return davy_own_evaluates(own);
    if (own->as >= DAVY_OWN_DOCUMENT)
        return (own->opened && !own->line) || (own->window & 0xffffff) == 0x3c3c3c; /* <<< */
    return 1;
}

static inline __u8 davy_own_finished(const struct davy_own *own, __u8 inside)
{
    if (own->as >= DAVY_OWN_DOCUMENT)
        return own->as == DAVY_OWN_BEGINNING || own->broke;
    return !inside;
}

static inline void davy_own_shift(struct davy_own *own, __u8 byte)
{
    own->window = own->window << 8 | byte;
    if (byte == ' ')
        return;
    own->line = 1;
    own->broke = 0;
    if ((own->window & 0xffff) == 0x3c3c) /* << */
        own->opens = (own->window & 0xffffff) != 0x3c3c3c;
}

static inline void davy_own_newline(struct davy_own *own)
{
    own->broke = 1;
    if (!own->line)
        return;
    own->opened = own->opens;
    own->line = own->opens = 0;
}

static inline void davy_own_compare(struct davy_own *own, __u8 byte)
{
    __u8 inside = davy_own_inside(byte);

    if (own->at && own->at >= own->size) {
        if (davy_own_finished(own, inside))
            own->found = 1;
        own->at = 0;
    } else if (own->at && own->command[davy_index(own->at, DAVY_OWN_BYTES)] == byte) {
        own->at++;
        own->inside = inside;
        davy_own_shift(own, byte);
        return;
    } else {
        own->at = 0;
    }
    if (own->command[0] == byte && davy_own_begins(own, own->inside))
        own->at = 1;
    own->inside = inside;
    davy_own_shift(own, byte);
}

/* The place of a variable that has a value, or DAVY_OWN_VALUES. */
static inline __u32 davy_own_variable(const struct davy_own *own, __u64 name)
{
    __u64 at = DAVY_OWN_VALUES;

    for (__u32 i = 0; i < DAVY_OWN_VALUES; i++) {
        __u64 here = 0 - davy_hash_equal(own->value[i].name, name);

        at = (at & ~here) | (i & here);
    }
    return (__u32)at;
}

/* Whether the command has the value at `from`. Without branches: the verifier walks each of them
 * once for every byte. */
static inline __u8 davy_own_has_value(const struct davy_own *own,
                                      const struct davy_own_value *value, __u32 from)
{
    __u64 differ = 0, size = value->size;

    for (__u64 i = 0; i < DAVY_OWN_VALUE; i++) {
        __u64 below = i - size;

#ifdef __bpf__
        __asm__ volatile("" : "+r"(below)); /* else clang makes a condition of it */
#endif
        below >>= 63; /* 1 where i < size */
        differ |= (own->command[davy_index(from + i, DAVY_OWN_BYTES)] ^ value->bytes[i]) & -below;
    }
    return !differ;
}

/* Whether $NAME ends before `byte`, which follows in the text. */
static inline __u8 davy_own_expands(const struct davy_own *own, __u8 byte)
{
    return own->name_at == DAVY_OWN_EXPANDS && !davy_is_word_byte(byte) &&
           (!own->braced || byte == '}');
}

/* $NAME has ended: where the command goes on with the value, so does the text. */
static inline void davy_own_expand(struct davy_own *own)
{
    __u32 at = davy_own_variable(own, own->name);
    const struct davy_own_value *value = &own->value[davy_index(at, DAVY_OWN_VALUES)];
    __u32 from = own->before;

    if (at >= DAVY_OWN_VALUES || !value->size || value->size > own->size ||
        from > own->size - value->size || (!from && !own->begins) ||
        !davy_own_has_value(own, value, from))
        return;
    own->at = from + value->size;
    own->inside = davy_own_inside(value->bytes[davy_index(value->size - 1, DAVY_OWN_VALUE)]);
    own->taken = own->braced;
}

/* NAME= : a value is read for it, and what it had before is not its value any more. */
static inline void davy_own_assign(struct davy_own *own)
{
    __u32 at = davy_own_variable(own, own->name);
    struct davy_own_value *value;

    if (at >= DAVY_OWN_VALUES)
        at = own->count++ & (DAVY_OWN_VALUES - 1);
    own->before = at;
    value = &own->value[davy_index(at, DAVY_OWN_VALUES)];
    value->name = 0;
    value->size = 0;
    value->reserved = 0;
    own->quote = 0;
    own->name_at = DAVY_OWN_ASSIGNS;
}

static inline __u8 davy_own_ends(__u8 byte)
{
    return davy_own_blank(byte) || byte == ';' || byte == '&' || byte == '|' || byte == ')';
}

/* A byte of a value. Literal is what no shell expands. */
static inline void davy_own_value_byte(struct davy_own *own, __u8 byte)
{
    struct davy_own_value *value = &own->value[davy_index(own->before, DAVY_OWN_VALUES)];
    __u8 literal = davy_own_inside(byte) || byte == ' ' || byte == ':' || byte == '@' ||
                   byte == ',' || byte == '=' || byte == '+' || byte == '%';

    if (byte == '"' || byte == '\'') {
        own->quote = !own->quote ? byte : own->quote == byte ? 0 : own->quote;
        return;
    }
    if (!own->quote && davy_own_ends(byte)) {
        value->name = own->name;
        own->name_at = DAVY_OWN_ELSEWHERE;
        return;
    }
    if (!literal || value->size >= DAVY_OWN_VALUE) {
        own->name_at = DAVY_OWN_SKIPS;
        return;
    }
    value->bytes[davy_index(value->size++, DAVY_OWN_VALUE)] = byte;
}

/* Follows the text's variables, before `byte` is compared. Returns 1 where the byte is the } of a
 * value that was taken. */
static inline __u8 davy_own_names(struct davy_own *own, __u8 byte)
{
    __u8 last = own->last, word = davy_is_word_byte(byte), taken = own->taken;

    own->last = byte;
    own->taken = 0;
    if (own->name_at == DAVY_OWN_ASSIGNS) {
        davy_own_value_byte(own, byte);
        return 0;
    }
    if (own->name_at == DAVY_OWN_DOLLAR && byte == '{' && !own->braced) {
        own->braced = 1;
        return 0;
    }
    if (own->name_at == DAVY_OWN_DOLLAR || own->name_at == DAVY_OWN_EXPANDS) {
        if (word) {
            own->name = davy_hash_step(own->name, byte);
            own->name_at = DAVY_OWN_EXPANDS;
            return 0;
        }
        own->name_at = DAVY_OWN_ELSEWHERE;
    }
    if (byte == '$') {
        if (davy_own_parts(own, byte))
            davy_own_compare(own, ' ');
        own->gap = 0;
        own->before = own->at;
        own->begins = davy_own_begins(own, own->inside);
        own->name = DAVY_HASH_BEGIN;
        own->braced = 0;
        own->name_at = DAVY_OWN_DOLLAR;
        return 0;
    }
    if (own->name_at == DAVY_OWN_NAME && word) {
        own->name = davy_hash_step(own->name, byte);
    } else if (own->name_at == DAVY_OWN_NAME && byte == '=') {
        davy_own_assign(own);
    } else if (word && (davy_own_ends(last) || last == '(' || last == '{')) {
        own->name = davy_hash_step(DAVY_HASH_BEGIN, byte);
        own->name_at = DAVY_OWN_NAME;
    } else {
        own->name_at = DAVY_OWN_ELSEWHERE;
    }
    return taken;
}

/* A byte of the text, after the value of a name that ends before it. Returns whether the text has
 * the command. */
static inline __u8 davy_own_follow(struct davy_own *own, __u8 byte)
{
    if (davy_own_names(own, byte) || davy_own_quote(byte))
        return own->found;
    if (davy_own_blank(byte)) {
        if (byte == '\n')
            davy_own_newline(own);
        own->gap = 1;
        return own->found;
    }
    if (davy_own_parts(own, byte))
        davy_own_compare(own, ' ');
    own->gap = 0;
    davy_own_compare(own, byte);
    return own->found;
}

static inline __u8 davy_own_step(struct davy_own *own, __u8 byte)
{
    if (davy_own_expands(own, byte))
        davy_own_expand(own);
    return davy_own_follow(own, byte);
}

/* After the text's last byte. */
static inline __u8 davy_own_ended(struct davy_own *own)
{
    if (own->size && own->at >= own->size)
        own->found = 1;
    return own->found && !own->cut;
}

static inline __u8 davy_own_end(struct davy_own *own)
{
    if (davy_own_expands(own, 0))
        davy_own_expand(own);
    return davy_own_ended(own);
}
