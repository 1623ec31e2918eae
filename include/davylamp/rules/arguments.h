/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which descriptor an interpreter takes its program from, read from its command line as the
 * interpreter itself reads it; and which descriptors any command line names. A byte a step: the
 * driver passes argv from argv[0] on, NULs included, DAVY_ARGS_MAX - 1 bytes at most.
 * option_table.h says what each option does.
 *
 * A command line that was cut: if the program was decided before the cut (bash -s -- and a kilobyte
 * of arguments), the answer stands, since nothing after an operand changes it. Else the answer is
 * DAVY_CODE_ELSEWHERE, and davy_args_undecided() says that it is a guess: half a kilobyte of
 * options before `bash -s` hides it, and shows in the record as args_cut.
 *
 * Not seen: code that the text of an argument reads (sh -c 'eval "$(cat)"', perl -e 'do
 * "/dev/stdin"', python -m code), except a shell's -c that begins with . or source; what
 * environment variables add (BASH_ENV, PERL5OPT, PYTHONINSPECT, NODE_OPTIONS); mksh -o stdin, zsh
 * -o shinstdin; perl -d, which takes commands from stdin only without a terminal. Only dash goes on
 * to stdin after -sc TEXT; the answer says so for every shell.
 *
 * /proc/PID/fd/N, /dev/.. and relative paths are files here. That they are pipes is seen when they
 * are opened (bpf/chain/opened.h). */
#pragma once

#include <linux/types.h>

#include "davylamp/abi/numbers.h"
#include "davylamp/abi/record.h"
#include "davylamp/rules/arguments_state.h"
#include "davylamp/rules/descriptor_path.h"
#include "davylamp/rules/name_hash.h"
#include "davylamp/rules/option_table.h"

static inline const struct davy_args_row *davy_args_row_of(const struct davy_args_state *s)
{
    return &davy_args_rows[s->row & (DAVY_ARGS_ROWS - 1)];
}

static inline void davy_args_settle(struct davy_args_state *s, __s32 code_fd)
{
    s->code_fd = code_fd;
    s->settled = 1;
    s->state = DAVY_ARGS_DONE;
}

/* The program begins with the next byte, or with this one. */
static inline void davy_args_program(struct davy_args_state *s, __u8 program, __u8 with_this)
{
    s->program = program;
    s->program_at = s->length - with_this;
}

/* Whether the first operand is the program itself. */
static inline __u8 davy_args_takes_text(const struct davy_args_state *s)
{
    if (davy_args_row_of(s)->ways & DAVY_WAY_TEXT)
        return !(s->seen & DAVY_OPT_NO_DEFAULT);
    return (s->seen & DAVY_OPT_TEXT) != 0;
}

/* Options are over: the script's name or the text of -c follows. `byte` is its first, or the NUL
 * before it. */
static inline void davy_args_operands(struct davy_args_state *s, __u8 byte)
{
    __u8 text = davy_args_takes_text(s);

    s->hash = DAVY_HASH_BEGIN;
    if (davy_args_row_of(s)->ways & DAVY_WAY_TARGETS) {
        s->state = byte ? DAVY_ARGS_SKIP : DAVY_ARGS_OPTION;
        return;
    }
    s->state = text ? DAVY_ARGS_TEXT : DAVY_ARGS_OPERAND;
    davy_args_program(s, text ? DAVY_PROGRAM_TEXT : DAVY_PROGRAM_FILE, byte != 0);
}

/* The name by which a multi-call binary was called, or its first argument. Other applets than these
 * run no code; env and xargs exec again, and are judged then. */
static inline void davy_args_applet(struct davy_args_state *s)
{
    if (s->hash == DAVY_HASH_OF("busybox") || s->hash == DAVY_HASH_OF("toybox")) {
        s->state = DAVY_ARGS_APPLET;
    } else if (s->hash == DAVY_HASH_OF("sh") || s->hash == DAVY_HASH_OF("ash") ||
               s->hash == DAVY_HASH_OF("hush") || s->hash == DAVY_HASH_OF("bash") ||
               s->hash == DAVY_HASH_OF("toysh")) {
        s->row = DAVY_FAMILY_SHELL;
        s->state = DAVY_ARGS_OPTION;
    } else if (s->hash == DAVY_HASH_OF("awk")) {
        s->row = DAVY_FAMILY_AWK;
        s->state = DAVY_ARGS_OPTION;
    } else if (s->hash == DAVY_HASH_OF("crontab")) {
        s->row = DAVY_FAMILY_INPUT;
        s->state = DAVY_ARGS_OPTION;
    } else {
        s->row = DAVY_FAMILY_NONE;
        s->state = DAVY_ARGS_DONE;
    }
    s->hash = DAVY_HASH_BEGIN;
}

static inline __u8 davy_args_is_korn(__u64 name)
{
    return name == DAVY_HASH_OF("zsh") || name == DAVY_HASH_OF("ksh") ||
           name == DAVY_HASH_OF("ksh93") || name == DAVY_HASH_OF("mksh") ||
           name == DAVY_HASH_OF("lksh") || name == DAVY_HASH_OF("oksh");
}

/* The last component of argv[0] or of an applet's name, without a login shell's dash. */
static inline void davy_args_name_step(struct davy_args_state *s, __u8 byte)
{
    __u8 multicall = s->row == DAVY_FAMILY_MULTICALL;

    if (byte == '/' || (byte == '-' && s->fresh && s->state == DAVY_ARGS_PROGRAM)) {
        s->hash = DAVY_HASH_BEGIN;
    } else if (byte) {
        /* Any name that begins with busybox is busybox (run_applet_and_exit(), appletlib.c). */
        if (!multicall || s->hash != DAVY_HASH_OF("busybox"))
            s->hash = davy_hash_step(s->hash, byte);
    } else if (multicall) {
        davy_args_applet(s);
    } else {
        if (s->row == DAVY_FAMILY_SHELL && davy_args_is_korn(s->hash))
            s->row = DAVY_ROW_KSH;
        s->state = DAVY_ARGS_OPTION;
    }
}

/* Whether an option's value is a program (node -e, lua -e, php -r): then nothing else is, except
 * where an option asks for it. */
static inline __u8 davy_args_evaluates(__u16 option)
{
    return (option & (DAVY_OPT_VALUE | DAVY_OPT_NO_DEFAULT)) ==
           (DAVY_OPT_VALUE | DAVY_OPT_NO_DEFAULT);
}

/* Whether a script's name is a dash that stands for standard input. */
static inline __u8 davy_args_is_dash(const struct davy_args_state *s)
{
    return s->hash == DAVY_HASH_OF("-") && (davy_args_row_of(s)->ways & DAVY_WAY_DASH_FILE);
}

/* A value begins with the next byte, or with this one. */
static inline void davy_args_value(struct davy_args_state *s, __u8 with_this)
{
    s->state = DAVY_ARGS_VALUE;
    s->hash = DAVY_HASH_BEGIN;
    if (davy_args_evaluates(s->option))
        davy_args_program(s, DAVY_PROGRAM_TEXT, with_this);
    else if (s->option & DAVY_OPT_SCRIPT)
        davy_args_program(s, DAVY_PROGRAM_FILE, with_this);
}

/* A value has ended. */
static inline void davy_args_value_end(struct davy_args_state *s)
{
    if (s->pending)
        s->pending--;
    if ((s->option & DAVY_OPT_START_FILE) && s->row != DAVY_FAMILY_PHP)
        s->start_fd = s->word_fd;
    if (s->option & DAVY_OPT_SCRIPT)
        davy_args_settle(s, davy_args_is_dash(s) ? 0 : s->word_fd);
    else if (!s->pending)
        s->state = DAVY_ARGS_OPTION;
    else
        s->state = DAVY_ARGS_VALUE;
}

/* A byte of a value. `found`: the descriptor whose name ends before it, or -1. php runs one more
 * script where a setting names it (-d auto_prepend_file=php://stdin). */
static inline void davy_args_value_step(struct davy_args_state *s, __u8 byte, __s32 found)
{
    __u8 php = s->row == DAVY_FAMILY_PHP;

    if (php && (s->option & DAVY_OPT_START_FILE)) {
        if (!byte && s->hash == DAVY_HASH_OF("php://stdin"))
            found = 0;
        if (found >= 0)
            s->start_fd = found;
    }
    if (!byte) {
        davy_args_value_end(s);
        return;
    }
    s->hash = davy_hash_step(s->hash, byte);
    if (!php)
        return;
    if ((s->option & DAVY_OPT_START_FILE) && s->hash == DAVY_HASH_OF("php://fd/")) {
        s->path = DAVY_FDPATH_NUMBER;
        s->path_fd = -1;
        s->slash = 1;
    }
    if (s->hash == DAVY_HASH_OF("auto_prepend_file=") ||
        s->hash == DAVY_HASH_OF("auto_append_file=")) {
        s->option |= DAVY_OPT_START_FILE;
        s->hash = DAVY_HASH_BEGIN;
    }
}

/* An option's argument has ended (or its name, if =value follows): it takes effect, and its value
 * follows. */
static inline void davy_args_option_end(struct davy_args_state *s, __u8 joined)
{
    __u16 option = s->option;

    s->seen |= option;
    s->state = joined ? DAVY_ARGS_SKIP : DAVY_ARGS_OPTION;
    if (option & DAVY_OPT_NEVER) {
        s->state = DAVY_ARGS_DONE;
    } else if (option & DAVY_OPT_VALUE) {
        s->pending = !joined;
        davy_args_value(s, 0);
    } else if (joined) {
    } else if (s->pending) {
        s->state = DAVY_ARGS_VALUE;
    } else if (option & DAVY_OPT_MAYBE) {
        davy_args_program(s, DAVY_PROGRAM_TEXT, 0);
        s->state = DAVY_ARGS_PERHAPS;
    }
}

static inline void davy_args_letter(struct davy_args_state *s, const struct davy_args_row *row,
                                    __u8 byte)
{
    __u16 effects = davy_args_letter_effects(row, byte);

    /* An unset option does none of this, but -o still takes its name. */
    if (s->plus)
        effects &= DAVY_OPT_NEXT | DAVY_OPT_VALUE | DAVY_OPT_TEXT;
    s->option |= effects;
    s->hash = davy_hash_step(s->hash, byte);
    s->letters += s->letters < 255;
    if (effects & DAVY_OPT_NEXT && s->pending < 255)
        s->pending++;
    if (effects & DAVY_OPT_CODE) {
        s->seen |= s->option;
        davy_args_program(s, effects & DAVY_OPT_MODULE ? DAVY_PROGRAM_MODULE : DAVY_PROGRAM_TEXT,
                          0);
        davy_args_settle(s, DAVY_CODE_ELSEWHERE);
    } else if (effects & DAVY_OPT_REST) {
        s->seen |= s->option;
        s->state = s->option & DAVY_OPT_NEVER ? DAVY_ARGS_DONE : DAVY_ARGS_SKIP;
    } else if (effects & DAVY_OPT_VALUE) {
        s->state = DAVY_ARGS_JOINED;
        s->fresh = 1;
    }
}

/* In families with words after one dash, no word is shorter. */
#define DAVY_ONE_DASH_MIN 2

/* Looks up the word that ends with this byte. Done first in a step, so that the verifier walks the
 * table on few paths. */
static inline void davy_args_look_up(struct davy_args_state *s, const struct davy_args_row *row)
{
    s->word = 0;
    if (s->state == DAVY_ARGS_LETTERS &&
        (!(row->ways & DAVY_WAY_ONE_DASH) || s->plus || s->letters < DAVY_ONE_DASH_MIN))
        return;
    s->word = (__u16)davy_args_word_effects(s->hash);
}

/* The end of a group of letters or of a word. */
static inline void davy_args_name_end(struct davy_args_state *s, const struct davy_args_row *row,
                                      __u8 byte)
{
    __u8 word = s->state == DAVY_ARGS_WORD;

    if (word && s->hash == DAVY_HASH_ROW(s->row) && !byte) { /* the bare -- */
        if (row->ways & DAVY_WAY_END_STDIN)
            davy_args_settle(s, 0);
        else
            davy_args_operands(s, 0);
        return;
    }
    if (word || s->word) {
        s->option = s->word;
        s->pending = 0;
    }
    davy_args_option_end(s, byte == '=');
}

static inline void davy_args_dash(struct davy_args_state *s, const struct davy_args_row *row,
                                  __u8 byte)
{
    s->hash = DAVY_HASH_ROW(s->row);
    if (byte == '-') {
        s->state = DAVY_ARGS_WORD;
    } else if (byte) {
        s->state = DAVY_ARGS_LETTERS;
        davy_args_letter(s, row, byte);
    } else if (row->ways & DAVY_WAY_SHELL) {
        davy_args_operands(s, 0);
    } else {
        davy_args_settle(s, row->ways & DAVY_WAY_DASH ? 0 : DAVY_CODE_ELSEWHERE);
    }
}

static inline void davy_args_operand(struct davy_args_state *s, const struct davy_args_row *row,
                                     __u8 byte)
{
    __u8 lone_dash = s->hash == DAVY_HASH_OF("-");

    if (byte)
        s->hash = davy_hash_step(s->hash, byte);
    else
        davy_args_settle(s, lone_dash && (row->ways & DAVY_WAY_LATE_DASH) ? 0 : s->word_fd);
}

/* The first words of -c TEXT: `. FILE` and `source FILE`, perhaps after command or builtin. */
static inline void davy_args_text(struct davy_args_state *s, __u8 byte, __s32 found)
{
    __u8 blank = byte == ' ' || byte == '\t' || byte == '\n';

    if (s->state == DAVY_ARGS_TEXT) {
        if (byte && !blank) {
            s->hash = davy_hash_step(s->hash, byte);
        } else if (!byte) {
            davy_args_settle(s, DAVY_CODE_ELSEWHERE);
        } else if (s->hash == DAVY_HASH_OF(".") || s->hash == DAVY_HASH_OF("source")) {
            s->state = DAVY_ARGS_SOURCE;
        } else if (s->hash == DAVY_HASH_BEGIN || s->hash == DAVY_HASH_OF("command") ||
                   s->hash == DAVY_HASH_OF("builtin")) {
            s->hash = DAVY_HASH_BEGIN;
        } else {
            davy_args_settle(s, DAVY_CODE_ELSEWHERE);
        }
    } else if (found >= 0) {
        davy_args_settle(s, found);
    } else if (byte == '/' && s->state == DAVY_ARGS_SOURCE) {
        s->state = DAVY_ARGS_SOURCED;
    } else if (s->state == DAVY_ARGS_SOURCE ? !blank && byte != '"' && byte != '\''
                                            : s->path < DAVY_FDPATH_IN) {
        davy_args_settle(s, DAVY_CODE_ELSEWHERE);
    }
}

/* The first byte of what may be an option. */
static inline void davy_args_option(struct davy_args_state *s, const struct davy_args_row *row,
                                    __u8 byte)
{
    s->option = 0;
    s->pending = 0;
    s->letters = 0;
    s->plus = byte == '+' && (row->ways & DAVY_WAY_SHELL);
    s->hash = DAVY_HASH_ROW(s->row);
    if (byte == '-') {
        s->state = DAVY_ARGS_DASH;
    } else if (s->plus) {
        s->state = DAVY_ARGS_LETTERS;
    } else {
        davy_args_operands(s, 1);
        if (s->state == DAVY_ARGS_OPERAND)
            davy_args_operand(s, row, byte);
        else if (s->state == DAVY_ARGS_TEXT)
            davy_args_text(s, byte, -1);
    }
}

static inline void davy_args_begin(struct davy_args_state *s, __u16 family)
{
    __u8 known = family > DAVY_FAMILY_NONE && family < DAVY_FAMILY_COUNT;

    s->named_fds = 0;
    s->hash = DAVY_HASH_BEGIN;
    s->path_hash = DAVY_HASH_BEGIN;
    s->code_fd = DAVY_CODE_ELSEWHERE;
    s->start_fd = -1;
    s->path_fd = -1;
    s->word_fd = -1;
    s->length = 0;
    s->seen = 0;
    s->option = 0;
    s->word = 0;
    s->row = known ? family : DAVY_FAMILY_NONE;
    s->state = known ? DAVY_ARGS_PROGRAM : DAVY_ARGS_DONE;
    s->path = DAVY_FDPATH_MAY;
    s->slash = 0;
    s->whole = 0;
    s->fresh = 1;
    s->open = 0;
    s->settled = 0;
    s->plus = 0;
    s->pending = 0;
    s->letters = 0;
    s->program = DAVY_PROGRAM_NONE;
    s->program_at = 0;
    s->high_fd = 0;
}

/* One byte of argv, NULs included, argv[0] first. */
static inline void davy_args_step(struct davy_args_state *s, __u8 byte)
{
    const struct davy_args_row *row = davy_args_row_of(s);
    __u8 first = s->fresh;
    __s32 found;

    if ((s->state == DAVY_ARGS_WORD || s->state == DAVY_ARGS_LETTERS) && (!byte || byte == '='))
        davy_args_look_up(s, row);
    found = davy_args_path_step(s, byte);

    if (s->length < 0xffff)
        s->length++;
    s->open = byte != 0;
    s->fresh = byte == 0;
    if (s->state == DAVY_ARGS_DONE)
        return;
    switch (s->state) {
    case DAVY_ARGS_PROGRAM:
    case DAVY_ARGS_APPLET:
        s->fresh = first;
        davy_args_name_step(s, byte);
        s->fresh = byte == 0;
        break;
    case DAVY_ARGS_OPTION: davy_args_option(s, row, byte); break;
    case DAVY_ARGS_DASH: davy_args_dash(s, row, byte); break;
    case DAVY_ARGS_LETTERS:
        if (byte)
            davy_args_letter(s, row, byte);
        else
            davy_args_name_end(s, row, byte);
        break;
    case DAVY_ARGS_WORD:
        if (byte && byte != '=') {
            /* node takes --input_type for --input-type */
            s->hash = davy_hash_step(s->hash, byte == '_' ? '-' : byte);
        } else {
            s->fresh = 1;
            davy_args_name_end(s, row, byte);
        }
        break;
    case DAVY_ARGS_JOINED:
        if (byte) {
            s->pending = 0;
            s->seen |= s->option;
            davy_args_value(s, 1);
            s->hash = davy_hash_step(s->hash, byte);
        } else {
            davy_args_option_end(s, 0);
        }
        break;
    case DAVY_ARGS_VALUE: davy_args_value_step(s, byte, found); break;
    case DAVY_ARGS_SKIP:
        if (!byte)
            s->state = DAVY_ARGS_OPTION;
        break;
    case DAVY_ARGS_PERHAPS:
        if (byte == '-') {
            davy_args_option(s, row, byte);
        } else {
            s->seen |= DAVY_OPT_NO_DEFAULT;
            s->state = byte ? DAVY_ARGS_SKIP : DAVY_ARGS_OPTION;
        }
        break;
    case DAVY_ARGS_OPERAND: davy_args_operand(s, row, byte); break;
    case DAVY_ARGS_TEXT:
    case DAVY_ARGS_SOURCE:
    case DAVY_ARGS_SOURCED: davy_args_text(s, byte, found); break;
    }
}

/* Whether more of the command line could have changed the answer: it may have been cut (it ends
 * within an argument, or is as long as a driver reads) before the program was decided. */
static inline __u8 davy_args_undecided(const struct davy_args_state *s)
{
    return s->state != DAVY_ARGS_DONE && (s->open || s->length >= DAVY_ARGS_MAX - 1);
}

/* After the last byte: the descriptor that is read as the program, or DAVY_CODE_ELSEWHERE. Where an
 * interpreter runs two, a script named by a descriptor comes first (python -i /dev/fd/63), and an
 * interactive shell's start file before its commands. */
static inline __s32 davy_args_code_fd(const struct davy_args_state *s)
{
    __u64 ways = davy_args_row_of(s)->ways;
    __u8 evaluated = (s->seen & DAVY_OPT_NO_DEFAULT) && (ways & DAVY_WAY_EVAL);

    if (!s->length || s->row == DAVY_FAMILY_NONE || s->row == DAVY_FAMILY_MULTICALL)
        return DAVY_CODE_ELSEWHERE;
    if ((s->seen & DAVY_OPT_NEVER) || davy_args_undecided(s))
        return DAVY_CODE_ELSEWHERE;
    if (s->start_fd >= 0 && ((s->seen & DAVY_OPT_INTERACTIVE) || s->row == DAVY_FAMILY_PHP))
        return s->start_fd;
    /* Only dash goes on to stdin after -sc TEXT; nobody writes that but to mislead. */
    if (((s->seen & DAVY_OPT_STDIN) || (ways & DAVY_WAY_STDIN)) &&
        (s->code_fd < 0 || ((ways & DAVY_WAY_SHELL) && !(s->seen & DAVY_OPT_TEXT))))
        return 0;
    if ((s->settled && !evaluated) || (s->seen & DAVY_OPT_TEXT))
        return s->code_fd;
    if ((s->seen & DAVY_OPT_NO_DEFAULT) && !(s->seen & DAVY_OPT_INTERACTIVE))
        return DAVY_CODE_ELSEWHERE;
    return ways & DAVY_WAY_NO_STDIN ? DAVY_CODE_ELSEWHERE : 0;
}
