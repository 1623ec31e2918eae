/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whether a shell's program may run what it has in a variable: then a command that stands in that
 * program may all the same be one that it fetched. It does by a command that begins with $ or
 * backticks (not $NAME/, which is a path), by eval, trap and alias of a text that has $ or
 * backticks, and by . and source of a file that is not in /etc, /usr, /lib or /opt. Also 1 for some
 * programs that run their own text alone: a line of a here-document that begins with $ looks like a
 * command. */
#pragma once

#include <linux/types.h>

#include "davylamp/abi/check.h"
#include "davylamp/rules/command_word.h"

/* Where the next byte lies: state->at. */
#define DAVY_EVAL_COMMAND 0 /* where a command may begin */
#define DAVY_EVAL_WORD 1    /* its first word */
#define DAVY_EVAL_BEHIND 2  /* its arguments */
#define DAVY_EVAL_SOURCED 3 /* the name of the file that is sourced */
#define DAVY_EVAL_COMMENT 4 /* up to the end of the line */
#define DAVY_EVAL_NUMBERS 5 /* within $(( */
#define DAVY_EVAL_NAME 6    /* a variable's name, where a command begins */
#define DAVY_EVAL_TEXT 7    /* what eval, trap or alias is given */

/* ' ' behind trap has commands in it: state->trap. */
#define DAVY_EVAL_TRAP_NEXT 1
#define DAVY_EVAL_TRAP_IN 2

#define DAVY_EVAL_DEPTH 31 /* brackets within brackets */

struct davy_evaluates {
    __u64 word;   /* its first eight bytes, without quotes */
    __u32 quotes; /* a bit for each open bracket: 1: it stands within " " */
    __u32 values; /* the same: 1: in the value of NAME= */
    __u8 depth;   /* brackets that are open */
    __u8 length;  /* bytes in `word` */
    __u8 at;      /* DAVY_EVAL_* */
    __u8 value;   /* 1: the word is NAME=VALUE, and the command follows it */
    __u8 single;  /* 1: within ' ' */
    __u8 quoted;  /* 1: within " " */
    __u8 last;    /* the byte before; 0 where it was escaped */
    __u8 found;   /* 1: it does */
    __u8 ticked;  /* 1: within backticks */
    __u8 trap;    /* DAVY_EVAL_TRAP_* */
    __u8 reserved[6];
};
DAVY_SIZE(davy_evaluates, 32);

static inline void davy_evaluates_begin(struct davy_evaluates *s)
{
    s->word = 0;
    s->quotes = s->values = 0;
    s->trap = s->ticked = s->depth = s->length = s->value = s->single = s->quoted = s->last =
        s->found = 0;
    s->at = DAVY_EVAL_COMMAND;
}

static inline void davy_evaluates_forget(struct davy_evaluates *s, __u8 at)
{
    s->at = at;
    s->word = 0;
    s->length = s->value = 0;
}

/* A command's first word has ended. */
static inline void davy_evaluates_word(struct davy_evaluates *s)
{
    __u64 word = s->word;
    __u8 at = DAVY_EVAL_BEHIND;

    if (s->value || davy_word_leads(word) || word == DAVY_WORD_OF("!") ||
        word == DAVY_WORD_OF("{") || word == DAVY_WORD_OF("builtin"))
        at = DAVY_EVAL_COMMAND;
    if (word == DAVY_WORD_OF("eval") || word == DAVY_WORD_OF("trap") ||
        word == DAVY_WORD_OF("alias"))
        at = DAVY_EVAL_TEXT;
    if (word == DAVY_WORD_OF("trap"))
        s->trap = DAVY_EVAL_TRAP_NEXT;
    if (word == DAVY_WORD_OF(".") || word == DAVY_WORD_OF("source"))
        at = DAVY_EVAL_SOURCED;
    davy_evaluates_forget(s, at);
}

/* Whether a name begins with a folder of the system. */
static inline __u8 davy_evaluates_system(__u64 name)
{
    __u32 first = (__u32)name;

    return first == (__u32)DAVY_WORD_OF("/etc") || first == (__u32)DAVY_WORD_OF("/usr") ||
           first == (__u32)DAVY_WORD_OF("/lib") || first == (__u32)DAVY_WORD_OF("/opt");
}

static inline void davy_evaluates_add(struct davy_evaluates *s, __u8 byte)
{
    if (byte == '=' && s->length)
        s->value = 1;
    if (s->length < DAVY_WORD_BYTES) {
        s->word |= (__u64)byte << (8 * (s->length & 7));
        s->length++;
    }
}

static inline void davy_evaluates_open(struct davy_evaluates *s, __u8 command)
{
    if (s->depth >= DAVY_EVAL_DEPTH)
        s->found = 1;
    s->quotes = s->quotes << 1 | s->quoted;
    s->values = s->values << 1 | (s->at == DAVY_EVAL_WORD && s->value);
    s->depth++;
    s->quoted = 0;
    if (command)
        davy_evaluates_forget(s, DAVY_EVAL_COMMAND);
}

static inline void davy_evaluates_close(struct davy_evaluates *s)
{
    if (s->at == DAVY_EVAL_WORD)
        davy_evaluates_word(s);
    davy_evaluates_forget(s, DAVY_EVAL_BEHIND);
    if (!s->depth) { /* of a case: a command follows */
        s->at = DAVY_EVAL_COMMAND;
        return;
    }
    if (s->values & 1) {
        s->at = DAVY_EVAL_WORD;
        s->value = 1;
    }
    s->quoted = s->quotes & 1;
    s->quotes >>= 1;
    s->values >>= 1;
    s->depth--;
}

static inline void davy_evaluates_sourced(struct davy_evaluates *s, __u8 byte)
{
    __u8 ends = davy_word_blank(byte) || davy_word_separates(byte);

    if (ends && byte != '\n' && !s->length)
        return;
    if (!ends)
        davy_evaluates_add(s, byte);
    if (!ends && s->length < 4)
        return;
    if (!davy_evaluates_system(s->word))
        s->found = 1;
    davy_evaluates_forget(s, ends ? DAVY_EVAL_COMMAND : DAVY_EVAL_BEHIND);
}

/* A ' that is none of a " " or another ' '. */
static inline void davy_evaluates_quote(struct davy_evaluates *s)
{
    if (s->trap == DAVY_EVAL_TRAP_NEXT && s->at == DAVY_EVAL_TEXT) {
        s->trap = DAVY_EVAL_TRAP_IN;
        davy_evaluates_forget(s, DAVY_EVAL_COMMAND);
    } else if (s->trap == DAVY_EVAL_TRAP_IN) {
        if (s->at == DAVY_EVAL_WORD)
            davy_evaluates_word(s);
        s->found |= s->at == DAVY_EVAL_NAME || s->at == DAVY_EVAL_SOURCED;
        s->trap = 0;
        davy_evaluates_forget(s, DAVY_EVAL_BEHIND);
    } else {
        s->single = 1;
    }
}

/* A byte of what eval, trap or alias is given. */
static inline void davy_evaluates_text(struct davy_evaluates *s, __u8 byte)
{
    if (byte == '$' || byte == '`')
        s->found = 1;
    if (!davy_word_blank(byte))
        s->trap = 0;
    if (!s->quoted && davy_word_separates(byte)) {
        s->trap = 0;
        davy_evaluates_forget(s, DAVY_EVAL_COMMAND);
    }
}

/* A byte that is no quote, outside of ' ' and of comments. */
static inline void davy_evaluates_byte(struct davy_evaluates *s, __u8 byte, __u8 last)
{
    if (s->at == DAVY_EVAL_SOURCED) {
        davy_evaluates_sourced(s, byte);
        return;
    }
    if (s->at == DAVY_EVAL_TEXT) {
        davy_evaluates_text(s, byte);
        return;
    }
    if (s->at == DAVY_EVAL_NAME && (davy_word_blank(byte) || davy_word_separates(byte) ||
                                    byte == '(' || byte == ')' || byte == '`'))
        s->found = 1;
    if (byte == '(' && last == '$') {
        davy_evaluates_open(s, 1);
        return;
    }
    if (byte == '`') {
        if (s->at == DAVY_EVAL_COMMAND && !s->ticked)
            s->found = 1;
        if (s->ticked)
            davy_evaluates_close(s);
        else
            davy_evaluates_open(s, 1);
        s->ticked ^= 1;
        return;
    }
    if (!s->quoted && (byte == '(' || byte == ')')) {
        if (byte == ')')
            davy_evaluates_close(s);
        else
            davy_evaluates_open(s, s->at != DAVY_EVAL_COMMAND || last != '(');
        if (byte == '(' && last == '(')
            s->at = DAVY_EVAL_NUMBERS;
        if (byte == ')' && last == '(') /* a function's body follows */
            s->at = DAVY_EVAL_COMMAND;
        return;
    }
    if (!s->quoted && (davy_word_separates(byte) || davy_word_blank(byte))) {
        if (s->at == DAVY_EVAL_WORD)
            davy_evaluates_word(s);
        if (davy_word_separates(byte))
            davy_evaluates_forget(s, DAVY_EVAL_COMMAND);
        return;
    }
    if (byte == '#' && !s->quoted && (!last || davy_word_blank(last) || last == ';')) {
        s->at = DAVY_EVAL_COMMENT;
        return;
    }
    if (s->at == DAVY_EVAL_COMMAND) {
        s->at = DAVY_EVAL_WORD;
        if (byte == '$')
            s->at = DAVY_EVAL_NAME;
    } else if (s->at == DAVY_EVAL_NAME) {
        if (byte == '/') /* "$HERE"/tool */
            s->at = DAVY_EVAL_WORD;
        else if (!davy_is_word_byte(byte) && byte != '{' && byte != '}')
            s->found = 1;
    }
    if (s->at == DAVY_EVAL_WORD)
        davy_evaluates_add(s, byte);
}

/* A byte of the program. Returns whether it does. */
static inline __u8 davy_evaluates_step(struct davy_evaluates *s, __u8 byte)
{
    __u8 last = s->last;

    s->last = last == '\\' && byte == '\\' ? 0 : byte;
    if (byte == '\n' && last == '\\' && !s->single && s->at != DAVY_EVAL_COMMENT)
        return s->found; /* the line goes on */
    if (s->single) {
        s->single = byte != '\'';
        if (s->at == DAVY_EVAL_TEXT && (byte == '$' || byte == '`'))
            s->found = 1;
    } else if (s->at == DAVY_EVAL_COMMENT) {
        if (byte == '\n')
            davy_evaluates_forget(s, DAVY_EVAL_COMMAND);
    } else if (s->at == DAVY_EVAL_NUMBERS) {
        if (byte == ')')
            davy_evaluates_close(s);
    } else if (byte == '\'' && last != '\\' && !s->quoted) {
        davy_evaluates_quote(s);
    } else if (byte == '"' && last != '\\') {
        s->quoted ^= 1;
    } else if (byte != '\\' && byte != '\'' && byte != '"') {
        davy_evaluates_byte(s, byte, last);
    }
    return s->found;
}

/* After the last byte. What was not understood to its end may do anything. */
static inline __u8 davy_evaluates_end(struct davy_evaluates *s)
{
    if (s->at == DAVY_EVAL_WORD)
        davy_evaluates_word(s);
    if ((s->at == DAVY_EVAL_SOURCED && s->length) || s->at == DAVY_EVAL_NAME)
        s->found = 1;
    return s->found || s->single || s->quoted;
}
