/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whether a filter (sed, cat, grep …) leaves its stdin alone: its command line names the files that
 * it reads, and none of them is the stdin. In `LIST | while read -r h; do sed s/@H@/$h/ FILE | sh;
 * done` the list is the stdin of sed, which does not look at it. Where that is not certain, the
 * answer is no.
 *
 * The options are those of POSIX and GNU (coreutils, sed, grep, gawk, mawk, gzip); a long option
 * without = may take the next word, and is not followed. A byte a step, NULs between words. */
#pragma once

#include <linux/types.h>

#include "davylamp/abi/check.h"
#include "davylamp/rules/name_hash.h"

/* Letters as bits: a-z, then A-Z. */
#define DAVY_FILTER_LETTER(c) (1ull << ((c) >= 'a' ? (c) - 'a' : (c) - 'A' + 26))

#define DAVY_FILTER_FILES 0  /* each operand is a file */
#define DAVY_FILTER_SCRIPT 1 /* the first operand is a script */
#define DAVY_FILTER_AWK 2    /* the same, and NAME=VALUE is no file */
#define DAVY_FILTER_NEVER 3  /* it reads no stdin, unless "-" says so */

struct davy_filter {
    __u64 name;    /* hash of the file's name */
    __u64 values;  /* letters that take a value */
    __u64 scripts; /* of these, those that give the script, which else is the first operand */
    __u64 kind;    /* DAVY_FILTER_* */
};

#define DAVY_SED_SCRIPTS (DAVY_FILTER_LETTER('e') | DAVY_FILTER_LETTER('f'))
#define DAVY_FILTERS 32
static const struct davy_filter davy_filters[DAVY_FILTERS] = {
    {DAVY_HASH_OF("cat"), 0, 0, 0},
    {DAVY_HASH_OF("tac"), DAVY_FILTER_LETTER('s'), 0, 0},
    {DAVY_HASH_OF("sed"), DAVY_SED_SCRIPTS | DAVY_FILTER_LETTER('l'), DAVY_SED_SCRIPTS,
     DAVY_FILTER_SCRIPT},
    {DAVY_HASH_OF("grep"),
     DAVY_SED_SCRIPTS | DAVY_FILTER_LETTER('A') | DAVY_FILTER_LETTER('B') |
         DAVY_FILTER_LETTER('C') | DAVY_FILTER_LETTER('m') | DAVY_FILTER_LETTER('d') |
         DAVY_FILTER_LETTER('D'),
     DAVY_SED_SCRIPTS, DAVY_FILTER_SCRIPT},
    {DAVY_HASH_OF("mawk"),
     DAVY_FILTER_LETTER('F') | DAVY_FILTER_LETTER('v') | DAVY_FILTER_LETTER('f') |
         DAVY_FILTER_LETTER('W'),
     DAVY_FILTER_LETTER('f'), DAVY_FILTER_AWK},
    {DAVY_HASH_OF("gawk"),
     DAVY_FILTER_LETTER('F') | DAVY_FILTER_LETTER('v') | DAVY_FILTER_LETTER('f') |
         DAVY_FILTER_LETTER('e') | DAVY_FILTER_LETTER('i') | DAVY_FILTER_LETTER('l') |
         DAVY_FILTER_LETTER('E') | DAVY_FILTER_LETTER('W'),
     DAVY_FILTER_LETTER('f') | DAVY_FILTER_LETTER('e') | DAVY_FILTER_LETTER('E'), DAVY_FILTER_AWK},
    {DAVY_HASH_OF("head"), DAVY_FILTER_LETTER('n') | DAVY_FILTER_LETTER('c'), 0, 0},
    {DAVY_HASH_OF("tail"),
     DAVY_FILTER_LETTER('n') | DAVY_FILTER_LETTER('c') | DAVY_FILTER_LETTER('s'), 0, 0},
    {DAVY_HASH_OF("cut"),
     DAVY_FILTER_LETTER('b') | DAVY_FILTER_LETTER('c') | DAVY_FILTER_LETTER('d') |
         DAVY_FILTER_LETTER('f'),
     0, 0},
    {DAVY_HASH_OF("sort"),
     DAVY_FILTER_LETTER('k') | DAVY_FILTER_LETTER('t') | DAVY_FILTER_LETTER('o') |
         DAVY_FILTER_LETTER('S') | DAVY_FILTER_LETTER('T'),
     0, 0},
    {DAVY_HASH_OF("base64"), DAVY_FILTER_LETTER('w'), 0, 0},
    {DAVY_HASH_OF("gzip"), DAVY_FILTER_LETTER('S') | DAVY_FILTER_LETTER('b'), 0, 0},
    {DAVY_HASH_OF("bzip2"), 0, 0, 0},
    {DAVY_HASH_OF("xz"),
     DAVY_FILTER_LETTER('F') | DAVY_FILTER_LETTER('C') | DAVY_FILTER_LETTER('M') |
         DAVY_FILTER_LETTER('S') | DAVY_FILTER_LETTER('T'),
     0, 0},
    {DAVY_HASH_OF("date"), 0, 0, DAVY_FILTER_NEVER},
    {DAVY_HASH_OF("hostname"), 0, 0, DAVY_FILTER_NEVER},
    {DAVY_HASH_OF("uname"), 0, 0, DAVY_FILTER_NEVER},
    {DAVY_HASH_OF("id"), 0, 0, DAVY_FILTER_NEVER},
    {DAVY_HASH_OF("ls"), 0, 0, DAVY_FILTER_NEVER},
    {DAVY_HASH_OF("ps"), 0, 0, DAVY_FILTER_NEVER},
    {DAVY_HASH_OF("df"), 0, 0, DAVY_FILTER_NEVER},
    {DAVY_HASH_OF("du"), 0, 0, DAVY_FILTER_NEVER},
    {DAVY_HASH_OF("find"), 0, 0, DAVY_FILTER_NEVER},
    {DAVY_HASH_OF("stat"), 0, 0, DAVY_FILTER_NEVER},
    {DAVY_HASH_OF("seq"), 0, 0, DAVY_FILTER_NEVER},
    {DAVY_HASH_OF("readlink"), 0, 0, DAVY_FILTER_NEVER},
    {DAVY_HASH_OF("realpath"), 0, 0, DAVY_FILTER_NEVER},
    {DAVY_HASH_OF("basename"), 0, 0, DAVY_FILTER_NEVER},
    {DAVY_HASH_OF("dirname"), 0, 0, DAVY_FILTER_NEVER},
    {DAVY_HASH_OF("whoami"), 0, 0, DAVY_FILTER_NEVER},
    {DAVY_HASH_OF("printenv"), 0, 0, DAVY_FILTER_NEVER},
};

/* Where the next byte lies. */
#define DAVY_OPERAND_BEGINS 0
#define DAVY_OPERAND_DASH 1
#define DAVY_OPERAND_LETTERS 2
#define DAVY_OPERAND_VALUE 3
#define DAVY_OPERAND_LONG 4
#define DAVY_OPERAND_OPERAND 5
#define DAVY_OPERAND_SKIPPED 6 /* argv[0] */

struct davy_operands {
    __u64 window;    /* the last eight bytes, the newest lowest */
    __u64 values;    /* of the filter */
    __u64 scripts;   /* of the filter */
    __u8 scripted;   /* 1: an operand is the script */
    __u8 kind;       /* DAVY_FILTER_* */
    __u8 at;         /* DAVY_OPERAND_* */
    __u8 value_next; /* 1: the next word is an option's value */
    __u8 ended;      /* 1: "--" */
    __u8 assigns;    /* 1: this word has a = */
    __u8 unclear;    /* 1: it may read its stdin */
    __u8 operands;
};
DAVY_SIZE(davy_operands, 32);

/* 0: the file of that name is no filter that is known. */
static inline int davy_operands_begin(struct davy_operands *o, __u64 name)
{
    int found = 0;

    o->values = o->scripts = 0;
    o->scripted = 0;
    o->kind = DAVY_FILTER_FILES;
    for (__u32 i = 0; i < DAVY_FILTERS; i++) {
        if (!davy_filters[i].name || davy_filters[i].name != name)
            continue;
        o->values = davy_filters[i].values;
        o->scripts = davy_filters[i].scripts;
        o->kind = (__u8)davy_filters[i].kind;
        o->scripted = o->kind == DAVY_FILTER_SCRIPT || o->kind == DAVY_FILTER_AWK;
        found = 1;
    }
    o->window = 0;
    o->at = DAVY_OPERAND_SKIPPED;
    o->value_next = o->ended = o->assigns = o->unclear = 0;
    o->operands = 0;
    return found;
}

/* A name of the stdin, or a way to read it from within a script, wherever it stands. */
static inline int davy_operands_names_stdin(__u64 window)
{
    return (window & 0xffffffffull) == 0x6465762full ||           /* dev/ */
           (window & 0xffffffffffull) == 0x70726f632full ||       /* proc/ */
           (window & 0xffffffffffull) == 0x737464696eull ||       /* stdin */
           (window & 0xffffff) == 0x222d22 ||                     /* "-" */
           (window & 0xffffffffffffffull) == 0x6765746c696e65ull; /* getline */
}

static inline void davy_operands_word_ends(struct davy_operands *o)
{
    if (o->at == DAVY_OPERAND_DASH)
        o->unclear = 1; /* "-" */
    if (o->at == DAVY_OPERAND_LONG && !o->assigns) {
        if ((o->window & 0xffffff) == 0x2d2d) /* NUL, "--" */
            o->ended = 1;
        else
            o->unclear = 1;
    }
    if (o->at == DAVY_OPERAND_OPERAND && o->operands < 0xff &&
        !(o->kind == DAVY_FILTER_AWK && o->assigns && o->operands >= o->scripted))
        o->operands++;
    o->at = o->value_next ? DAVY_OPERAND_VALUE : DAVY_OPERAND_BEGINS;
    o->value_next = o->assigns = 0;
}

/* A letter of an option. */
static inline void davy_operands_letter(struct davy_operands *o, __u8 byte)
{
    const __u8 lower = byte >= 'a' && byte <= 'z', upper = byte >= 'A' && byte <= 'Z';
    const __u64 bit = 1ull << ((lower ? byte - 'a' : upper ? byte - 'A' + 26 : 63) & 63);

    o->at = DAVY_OPERAND_LETTERS;
    if (!(o->values & bit))
        return;
    if (o->scripts & bit)
        o->scripted = 0;
    o->at = DAVY_OPERAND_VALUE;
    o->value_next = 1; /* unless it follows at once */
}

/* A byte of the command line. */
static inline void davy_operands_step(struct davy_operands *o, __u8 byte)
{
    if (!byte) {
        davy_operands_word_ends(o);
        o->window = 0;
        return;
    }
    o->window = o->window << 8 | byte;
    if (o->at == DAVY_OPERAND_SKIPPED)
        return;
    if (davy_operands_names_stdin(o->window))
        o->unclear = 1;
    if (o->at == DAVY_OPERAND_BEGINS) {
        o->at = byte == '-' && !o->ended ? DAVY_OPERAND_DASH : DAVY_OPERAND_OPERAND;
        return;
    }
    if (o->at == DAVY_OPERAND_DASH && byte == '-') {
        o->at = DAVY_OPERAND_LONG;
    } else if (o->at == DAVY_OPERAND_DASH || o->at == DAVY_OPERAND_LETTERS) {
        davy_operands_letter(o, byte);
    } else if (o->at == DAVY_OPERAND_VALUE) {
        o->value_next = 0;
    } else if (byte == '=') {
        o->assigns = 1;
    }
}

/* After the last byte: 1 where the files are named, and the stdin is not among them. */
static inline int davy_operands_leave_stdin(const struct davy_operands *o)
{
    return !o->unclear && !o->value_next &&
           (o->kind == DAVY_FILTER_NEVER || o->operands > o->scripted);
}
