/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whether a shell's program may run what it has in a variable: then a command that stands in that
 * program may all the same be one that it fetched. It does by a command that begins with $ or
 * backticks (not $NAME/, which is a path), by eval, trap and alias of a text that has $ or
 * backticks, and by . and source of a file that is not in /etc, /usr, /lib or /opt. Also 1 for some
 * programs that run their own text alone: a line of a here-document that begins with $ looks like a
 * command.
 *
 * Not so a command that is $NAME, where the program gives NAME literal values alone: it must stand
 * in the program as NAME=VALUE without $, ( and backticks, and nowhere else but behind $ or as
 * ${NAME} (not in read NAME, for NAME, NAME+=); and no export, read and their kin may take the name
 * of what they set from a variable. */
#pragma once

#include <linux/types.h>

#include "davylamp/abi/check.h"
#include "davylamp/abi/index.h"
#include "davylamp/rules/command_word.h"
#include "davylamp/rules/name_hash.h"

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

#define DAVY_EVAL_CALLS 8     /* variables that begin a command; a power of two */
#define DAVY_EVAL_LITERALS 32 /* variables of literal values; a power of two */
#define DAVY_EVAL_WORDS 64    /* times 64 bits, for the words of a program */

/* What the words of a program say of its variables. */
struct davy_eval_names {
    __u64 called[DAVY_EVAL_CALLS];     /* hashes of what begins a command */
    __u64 literal[DAVY_EVAL_LITERALS]; /* and of what is given a literal value */
    __u64 others[DAVY_EVAL_WORDS];     /* a bit for each other word, by its hash */
    __u64 word;                        /* hash of the word that is read */
    __u64 assigned;                    /* hash of the variable whose value is read; 0: none */
    __u32 calls, literals;             /* used in called and literal */
    __u8 before;                       /* the byte before the word */
    __u8 before_that;
    __u8 reading; /* 1: within a word */
    __u8 quote;   /* ' or " that is open in a value; 0: none is */
    __u8 any;     /* 1: a command may set any variable */
    __u8 reserved[3];
};
DAVY_SIZE(davy_eval_names, 864);

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
    __u8 sets;    /* 1: behind export, read and their kin; 2: behind printf */
    __u8 fresh;   /* 1: an argument begins */
    __u8 named;   /* 1: of the command's name is more than $ and { */
    __u8 reserved[3];
    struct davy_eval_names names;
};
DAVY_SIZE(davy_evaluates, 896);

static inline void davy_evaluates_begin(struct davy_evaluates *s)
{
    s->names.word = s->names.assigned = 0;
    s->names.calls = s->names.literals = 0;
    s->names.before = s->names.before_that = '\n';
    s->names.reading = s->names.quote = s->names.any = 0;
    for (__u32 i = 0; i < DAVY_EVAL_WORDS; i++)
        s->names.others[i] = 0;
    for (__u32 i = 0; i < DAVY_EVAL_LITERALS; i++)
        s->names.literal[i] = 0; /* the hash of no name */
    s->sets = s->fresh = s->named = 0;
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

/* Whether a command sets variables that its arguments name. The eighth byte is not looked at. */
static inline __u8 davy_evaluates_sets(__u64 word)
{
    switch (word & 0xffffffffffffffull) {
    case DAVY_WORD_OF("export"):
    case DAVY_WORD_OF("declare"):
    case DAVY_WORD_OF("typeset"):
    case DAVY_WORD_OF("local"):
    case DAVY_WORD_OF("readonl"):
    case DAVY_WORD_OF("read"):
    case DAVY_WORD_OF("mapfile"):
    case DAVY_WORD_OF("readarr"):
    case DAVY_WORD_OF("getopts"): return 1;
    case DAVY_WORD_OF("printf"): return 2;
    default: return 0;
    }
}

/* $NAME begins a command. */
static inline void davy_evaluates_called(struct davy_evaluates *s, __u64 name)
{
    s->sets = 0;
    if (s->named && s->names.calls < DAVY_EVAL_CALLS)
        s->names.called[davy_index(s->names.calls++, DAVY_EVAL_CALLS)] = name;
    else
        s->found = 1;
}

static inline void davy_evaluates_other(struct davy_eval_names *n, __u64 name)
{
    n->others[davy_index(name >> 6, DAVY_EVAL_WORDS)] |= 1ull << (name & 63);
}

/* A word of letters, digits and _ ends before `byte`. `counts`: not within ' ' or a comment. */
static inline void davy_evaluates_name(struct davy_eval_names *n, __u8 byte, __u8 counts)
{
    __u8 begins = davy_word_blank(n->before) || davy_word_separates(n->before) || n->before == '(';

    n->reading = 0;
    if (n->before == '$' || (n->before == '{' && n->before_that == '$' && byte == '}'))
        return;
    if (byte == '=' && begins && counts && !n->assigned) {
        n->assigned = n->word;
        n->quote = 0;
        return;
    }
    davy_evaluates_other(n, n->word);
}

/* A byte of a value. */
static inline void davy_evaluates_value(struct davy_eval_names *n, __u8 byte)
{
    if (byte == '"' || byte == '\'') {
        n->quote = !n->quote ? byte : n->quote == byte ? 0 : n->quote;
    } else if (byte == '$' || byte == '`' || byte == '(' || byte == '\\') {
        davy_evaluates_other(n, n->assigned);
        n->assigned = 0;
    } else if (!n->quote && (davy_word_blank(byte) || davy_word_separates(byte) || byte == ')')) {
        if (n->literals < DAVY_EVAL_LITERALS)
            n->literal[davy_index(n->literals++, DAVY_EVAL_LITERALS)] = n->assigned;
        n->assigned = 0;
    }
}

static inline void davy_evaluates_names(struct davy_eval_names *n, __u8 byte, __u8 last,
                                        __u8 counts)
{
    __u8 assigned = n->assigned != 0;

    if (davy_is_word_byte(byte)) {
        if (!n->reading) {
            n->word = DAVY_HASH_BEGIN;
            n->reading = 1;
        }
        n->word = davy_hash_step(n->word, byte);
        return;
    }
    if (n->reading)
        davy_evaluates_name(n, byte, counts);
    if (assigned && n->assigned)
        davy_evaluates_value(n, byte);
    n->before_that = last;
    n->before = byte;
}

/* Whether the program gives variable number `call` of those that begin its commands literal values
 * alone; 1 where there is none. */
static inline __u8 davy_evaluates_literal(const struct davy_eval_names *n, __u32 call)
{
    __u64 name = n->called[davy_index(call, DAVY_EVAL_CALLS)], literal = 0;

    if (call >= n->calls)
        return 1;
    if (n->any)
        return 0;
    for (__u32 i = 0; i < DAVY_EVAL_LITERALS; i++)
        literal |= davy_hash_equal(n->literal[i], name);
    return literal && !(n->others[davy_index(name >> 6, DAVY_EVAL_WORDS)] >> (name & 63) & 1);
}

/* A command's first word has ended. */
static inline void davy_evaluates_word(struct davy_evaluates *s)
{
    __u64 word = s->word;
    __u8 at = DAVY_EVAL_BEHIND;

    s->sets = davy_evaluates_sets(word);
    s->fresh = 1;

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
        if (s->at == DAVY_EVAL_NAME)
            davy_evaluates_called(s, s->names.word);
        s->found |= s->at == DAVY_EVAL_SOURCED;
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

/* A byte of a command's arguments: whether what it sets is named by a variable. Then that may be
 * any variable. */
static inline void davy_evaluates_argument(struct davy_evaluates *s, __u8 byte, __u8 last)
{
    if ((s->sets == 1 && s->fresh && (byte == '$' || byte == '`')) ||
        (s->sets == 2 && byte == 'v' && last == '-'))
        s->names.any = 1;
    s->fresh = davy_word_blank(byte) && !s->quoted;
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
    if (s->at == DAVY_EVAL_NAME &&
        (davy_word_blank(byte) || davy_word_separates(byte) || byte == ')')) {
        davy_evaluates_called(s, s->names.word);
        davy_evaluates_forget(s, DAVY_EVAL_BEHIND);
    }
    if (s->at == DAVY_EVAL_NAME && (byte == '(' || byte == '`'))
        s->found = 1;
    if (s->at == DAVY_EVAL_BEHIND)
        davy_evaluates_argument(s, byte, last);
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
        s->named = 0;
    } else if (s->at == DAVY_EVAL_NAME) {
        if (byte == '/') /* "$HERE"/tool */
            s->at = DAVY_EVAL_WORD;
        else if (!davy_is_word_byte(byte) && byte != '{' && byte != '}')
            s->found = 1;
        s->named |= davy_is_word_byte(byte);
    }
    if (s->at == DAVY_EVAL_WORD)
        davy_evaluates_add(s, byte);
}

/* A byte of the program, for its words: before davy_evaluates_step() has it. Apart from that, since
 * the verifier would follow each way through the one for each through the other. */
static inline void davy_evaluates_words_step(struct davy_evaluates *s, __u8 byte)
{
    davy_evaluates_names(&s->names, byte, s->last, !s->single && s->at != DAVY_EVAL_COMMENT);
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

/* After the last byte. What was not understood to its end may do anything. Ask
 * davy_evaluates_literal() of each call as well. */
static inline __u8 davy_evaluates_end(struct davy_evaluates *s)
{
    davy_evaluates_names(&s->names, '\n', s->last, 1);
    if (s->at == DAVY_EVAL_WORD)
        davy_evaluates_word(s);
    if (s->at == DAVY_EVAL_NAME)
        davy_evaluates_called(s, s->names.word);
    if (s->at == DAVY_EVAL_SOURCED && s->length)
        s->found = 1;
    return s->found || s->single || s->quoted;
}
