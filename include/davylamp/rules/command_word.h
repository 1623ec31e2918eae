/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whether a command line that a one-liner hands to a shell stands in the one-liner's own text: then
 * the one-liner brought it along, and did not fetch it. Compared are the words that begin a
 * command, each by at most eight bytes: the line's first, and those behind ; & | $( a backtick or
 * the end of a line. All of them must stand in the text. What comes after such a word may well be
 * from the network: a version, a number, a JSON document as an argument, a here-document.
 *
 * - A word must stand in the text as a word: `id` is not in `void`.
 * - A word of punctuation alone ({ ( [ !) takes the next one along, since every program has these.
 * - A JSON document ({"a": 1}) is no command that a program brings along, in whatever language.
 * - The words after : and # are arbitrary. They count as they stand, blanks included.
 * - NAME=VALUE before a command counts as NAME=, and the command behind it as well.
 * - Words that a command follows (do, then, sudo; see below) take nothing away from it: it must
 *   stand in the text as well.
 * - A shell or xargs behind a | runs what comes through it, whatever its name stands in.
 * - Of an absolute path, a last component of five bytes and more is enough (/backup of
 *   /srv/app/backup): programs put the folder before it at run time. The short names of shells and
 *   of env are no proof. */
#pragma once

#include <linux/types.h>

#include "davylamp/abi/check.h"

#define DAVY_COMMAND_BYTES 256 /* of a command line that are read; a power of two */
#define DAVY_WORDS 8           /* of it that are compared; a power of two */
#define DAVY_WORD_BYTES 8      /* of a word */
#define DAVY_WORD_TAIL 6       /* so long, with its slash, the last component must be */

/* Where in the command line the next byte lies: line->state. */
#define DAVY_WORD_BEFORE 0 /* a command's beginning, or blanks before it */
#define DAVY_WORD_IN 1     /* its first word */
#define DAVY_WORD_VALUE 2  /* behind NAME= */
#define DAVY_WORD_BEHIND 3 /* its arguments */
#define DAVY_WORD_DONE 4   /* what follows is data */

struct davy_word {
    __u64 bytes;      /* how it begins, the first byte lowest */
    __u64 tail;       /* the last component of its path, from the slash on */
    __u8 length;      /* bytes in `bytes`, at most 8; 0: it stands in no text */
    __u8 tail_length; /* bytes in `tail`, at most 8; 0: this is no absolute path */
    __u8 found;       /* 1: the text has it */
    __u8 piped;       /* 1: its command stands behind a | */
    __u8 reserved[4];
};
DAVY_SIZE(davy_word, 24);

struct davy_command_line {
    struct davy_word word[DAVY_WORDS];
    __u64 window;   /* the last eight bytes of the text, the oldest lowest */
    __u16 before;   /* the two bytes before them, the later one lowest */
    __u8 count;     /* used in `word` */
    __u8 missing;   /* words that the text has not had so far */
    __u8 state;     /* DAVY_WORD_* */
    __u8 letters;   /* 1: a letter, digit or underscore was in the word */
    __u8 plain;     /* 1: nothing else was */
    __u8 raw;       /* 1: blanks do not end the word */
    __u8 tail_open; /* 1: the component goes on */
    __u8 quote;     /* ' or " that is open; 0: none is */
    __u8 last;      /* the byte before, 0 where it was escaped */
    __u8 document;  /* here-documents follow this line */
    __u8 ticked;    /* 1: within backticks */
    __u8 ended;     /* 1: all of it was read */
    __u8 bar;       /* 1: behind a | */
    __u8 reserved;
};
DAVY_SIZE(davy_command_line, 216);

static inline __u8 davy_word_blank(__u8 byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* A letter, a digit or _. Arithmetic instead of conditions, as in davy_basename_step(): (x - n) >>
 * 63 is 1 for x < n. */
static inline __u8 davy_is_word_byte(__u8 byte)
{
    __u64 letter = ((__u64)(__u8)((byte | 0x20) - 'a') - 26) >> 63;
    __u64 digit = ((__u64)(__u8)(byte - '0') - 10) >> 63;
    __u64 line = ((__u64)(byte ^ '_') - 1) >> 63;

#ifdef __bpf__
    __asm__ volatile("" : "+r"(letter), "+r"(digit), "+r"(line)); /* else clang makes branches */
#endif
    return (__u8)(letter | digit | line);
}

static inline void davy_words_begin(struct davy_command_line *line)
{
    line->window = 0;
    line->before = 0;
    line->count = line->missing = 0;
    line->state = DAVY_WORD_BEFORE;
    line->quote = line->last = line->document = line->ticked = line->ended = line->bar = 0;
}

/* The word that is being read. */
static inline struct davy_word *davy_word_now(struct davy_command_line *line)
{
    return &line->word[(line->count - 1) & (DAVY_WORDS - 1)];
}

static inline void davy_word_open(struct davy_command_line *line, __u8 byte)
{
    struct davy_word *word;

    if (line->count >= DAVY_WORDS) {
        line->state = DAVY_WORD_BEHIND;
        return;
    }
    line->count++;
    line->missing++;
    word = davy_word_now(line);
    word->bytes = word->tail = 0;
    word->length = word->tail_length = word->found = 0;
    word->piped = line->bar;
    line->bar = 0;
    line->letters = line->tail_open = 0;
    line->plain = 1;
    line->raw = byte == '#' || byte == ':';
    line->state = DAVY_WORD_IN;
}

static inline void davy_word_tail(struct davy_command_line *line, struct davy_word *word, __u8 byte)
{
    __u8 first = word->length <= 1, quoted = word->length == 2 && !line->letters;

    if (byte == '/' && (word->tail_length || first || quoted)) {
        word->tail = byte;
        word->tail_length = line->tail_open = 1;
        return;
    }
    line->tail_open &= byte != '"' && byte != '\'' && byte != ')';
    if (!line->tail_open || word->tail_length >= DAVY_WORD_BYTES)
        return;
    word->tail |= (__u64)byte << (8 * (word->tail_length & 7));
    word->tail_length++;
}

/* Whether this byte shows that the command is a JSON document: no shell takes { or [ without a
 * blank behind it for a command, and nothing that { begins is a string as a rule. */
static inline __u8 davy_word_document(const struct davy_command_line *line,
                                      const struct davy_word *word, __u8 byte)
{
    __u8 first = (__u8)word->bytes;

    if (first == '{' && !line->letters && byte == '"')
        return 1;
    return word->length == 1 && (first == '{' || first == '[') && !davy_word_blank(byte);
}

static inline __u8 davy_word_separates(__u8 byte)
{
    return byte == ';' || byte == '&' || byte == '|' || byte == '\n';
}

/* A literal of at most seven letters, as the first eight bytes of a word. */
#define DAVY_WORD_AT(s, i) ((__u64)(__u8)(s)[(i) < sizeof(s) ? (i) : sizeof(s) - 1] << 8 * (i))
#define DAVY_WORD_OF(s)                                                                            \
    (DAVY_WORD_AT(s, 0) | DAVY_WORD_AT(s, 1) | DAVY_WORD_AT(s, 2) | DAVY_WORD_AT(s, 3) |           \
     DAVY_WORD_AT(s, 4) | DAVY_WORD_AT(s, 5) | DAVY_WORD_AT(s, 6))

/* Whether another command follows this word. */
static inline __u8 davy_word_leads(__u64 bytes)
{
    switch (bytes) {
    case DAVY_WORD_OF("if"):
    case DAVY_WORD_OF("then"):
    case DAVY_WORD_OF("elif"):
    case DAVY_WORD_OF("else"):
    case DAVY_WORD_OF("while"):
    case DAVY_WORD_OF("until"):
    case DAVY_WORD_OF("do"):
    case DAVY_WORD_OF("time"):
    case DAVY_WORD_OF("exec"):
    case DAVY_WORD_OF("eval"):
    case DAVY_WORD_OF("command"):
    case DAVY_WORD_OF("env"):
    case DAVY_WORD_OF("nohup"):
    case DAVY_WORD_OF("sudo"): return 1;
    default: return 0;
    }
}

static inline __u8 davy_word_ends(const struct davy_command_line *line,
                                  const struct davy_word *word, __u8 byte)
{
    if (line->raw)
        return byte == '\n' || ((__u8)word->bytes == ':' && word->length >= DAVY_WORD_BYTES);
    return line->letters && !line->quote &&
           (davy_word_blank(byte) || davy_word_separates(byte) || byte == '<' || byte == '>' ||
            byte == ')' || (byte == '`' && line->ticked));
}

/* A byte of a command's first word. Returns 1 where the word has ended before it. */
static inline __u8 davy_word_goes_on(struct davy_command_line *line, __u8 byte)
{
    struct davy_word *word = davy_word_now(line);

    if (davy_word_document(line, word, byte)) {
        word->length = word->tail_length = 0;
        line->state = DAVY_WORD_DONE;
        return 0;
    }
    if (davy_word_ends(line, word, byte)) {
        line->state = davy_word_blank(byte) && davy_word_leads(word->bytes) ? DAVY_WORD_BEFORE
                                                                            : DAVY_WORD_BEHIND;
        return line->state == DAVY_WORD_BEHIND;
    }
    if (!line->raw && (byte == '"' || byte == '\''))
        line->quote = !line->quote ? byte : line->quote == byte ? 0 : line->quote;
    if (word->length < DAVY_WORD_BYTES) {
        word->bytes |= (__u64)byte << (8 * (word->length & 7));
        word->length++;
    }
    if (byte == '=' && line->plain && line->letters) {
        line->state = DAVY_WORD_VALUE;
        return 0;
    }
    davy_word_tail(line, word, byte);
    if (davy_is_word_byte(byte))
        line->letters = 1;
    else
        line->plain = 0;
    return 0;
}

/* A byte behind a command's first word, or of a value. */
static inline void davy_word_behind(struct davy_command_line *line, __u8 byte)
{
    __u8 last = line->last;

    line->last = last == '\\' ? 0 : byte;
    if (last == '\\' && line->quote != '\'')
        return;
    if (line->quote == '\'') {
        if (byte == '\'')
            line->quote = 0;
        return;
    }
    if (byte == '`' || (byte == '(' && last == '$')) {
        /* What follows closing backticks goes on as before them. */
        line->ticked ^= byte == '`';
        line->state = byte == '(' || line->ticked ? DAVY_WORD_BEFORE : DAVY_WORD_BEHIND;
        line->quote = 0;
        return;
    }
    if (byte == '"' || (byte == '\'' && !line->quote)) {
        line->quote = line->quote == byte ? 0 : byte;
        return;
    }
    if (line->quote)
        return;
    if (byte == '<' && last == '<')
        line->document++; /* two for <<< */
    line->bar = byte == '|';
    if (byte == '\n' && line->document == 1)
        line->state = DAVY_WORD_DONE;
    else if (byte == '\n' || byte == ';' || byte == '|' ||
             (byte == '&' && last != '>' && last != '<') ||
             (line->state == DAVY_WORD_VALUE && davy_word_blank(byte)))
        line->state = DAVY_WORD_BEFORE;
    if (byte == '\n')
        line->document = 0;
}

/* A byte of the command line; the last is a NUL, unless there is more than what is read. */
static inline void davy_word_command(struct davy_command_line *line, __u8 byte)
{
    if (!byte)
        line->ended = 1;
    if (line->ended || line->state == DAVY_WORD_DONE)
        return;
    if (line->state == DAVY_WORD_BEFORE) {
        if (line->count && (byte == '|' || byte == '&' || byte == ';'))
            line->bar = byte == '&' && line->bar; /* |& is a |, and || none */
        if (davy_word_blank(byte) || (line->count && davy_word_separates(byte)))
            return;
        line->last = line->quote = 0;
        davy_word_open(line, byte);
    }
    if (line->state == DAVY_WORD_IN && !davy_word_goes_on(line, byte))
        return;
    if (line->state == DAVY_WORD_VALUE || line->state == DAVY_WORD_BEHIND)
        davy_word_behind(line, byte);
}

/* After the command line: 0 where it is empty, and runs nothing. One that begins with more blanks
 * than are read has its words in no text. */
static inline __u8 davy_words_sought(struct davy_command_line *line)
{
    if (!line->count && !line->ended)
        line->missing = 1;
    return line->missing;
}

/* Whether the `length` first bytes in the window are `bytes`, and a word of their own. */
static inline __u8 davy_word_here(const struct davy_command_line *line, __u64 bytes, __u8 length)
{
    __u64 shift = 8 * (DAVY_WORD_BYTES - (__u64)length);
    __u8 before = (__u8)line->before;
    __u8 escaped = line->before >> 8 == '\\' && (before == 'n' || before == 't' || before == 'r');
    __u8 next, last;

    if (line->window << (shift & 63) != bytes << (shift & 63))
        return 0;
    if (davy_is_word_byte((__u8)bytes) && davy_is_word_byte(before) && !escaped)
        return 0;
    if (length >= DAVY_WORD_BYTES)
        return 1;
    next = (__u8)(line->window >> ((8 * length) & 63));
    last = (__u8)(bytes >> ((8 * (length - 1)) & 63));
    return !davy_is_word_byte(last) || !davy_is_word_byte(next);
}

/* Whether a word is a shell, or xargs, that runs what comes through a pipe. */
static inline __u8 davy_word_runs_input(const struct davy_word *word)
{
    if (!word->piped)
        return 0;
    switch (word->tail_length ? word->tail : word->bytes) {
    case DAVY_WORD_OF("sh"):
    case DAVY_WORD_OF("/sh"):
    case DAVY_WORD_OF("bash"):
    case DAVY_WORD_OF("/bash"):
    case DAVY_WORD_OF("dash"):
    case DAVY_WORD_OF("/dash"):
    case DAVY_WORD_OF("ash"):
    case DAVY_WORD_OF("/ash"):
    case DAVY_WORD_OF("zsh"):
    case DAVY_WORD_OF("/zsh"):
    case DAVY_WORD_OF("ksh"):
    case DAVY_WORD_OF("/ksh"):
    case DAVY_WORD_OF("xargs"):
    case DAVY_WORD_OF("/xargs"): return 1;
    default: return 0;
    }
}

/* Whether one word stands in the text at the window. */
static inline __u8 davy_word_stands(const struct davy_command_line *line,
                                    const struct davy_word *word)
{
    if (davy_word_runs_input(word))
        return 0;
    if (word->length && word->length <= DAVY_WORD_BYTES &&
        davy_word_here(line, word->bytes, word->length))
        return 1;
    return word->tail_length >= DAVY_WORD_TAIL && word->tail_length <= DAVY_WORD_BYTES &&
           davy_word_here(line, word->tail, word->tail_length);
}

/* A byte of the one-liner's text goes into the window. */
static inline void davy_words_byte(struct davy_command_line *line, __u8 byte)
{
    line->before = (__u16)(line->before << 8 | (__u8)line->window);
    line->window = line->window >> 8 | (__u64)byte << 56;
}

/* Whether the text has word number `number`, where it has come to. */
static inline void davy_words_look(struct davy_command_line *line, __u32 number)
{
    struct davy_word *word = &line->word[number & (DAVY_WORDS - 1)];

    if (number >= line->count || word->found || !davy_word_stands(line, word))
        return;
    word->found = 1;
    line->missing--;
}

/* A byte of the one-liner's text; 1 where all words have stood up to eight bytes before its end.
 * End with eight NULs. */
static inline __u8 davy_words_step(struct davy_command_line *line, __u8 byte)
{
    davy_words_byte(line, byte);
    for (__u32 i = 0; i < DAVY_WORDS; i++)
        davy_words_look(line, i);
    return !line->missing;
}
