/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The state in which the reading of a command line is (arguments.h). */
#pragma once

#include <linux/types.h>

#include "davylamp/abi/check.h"

/* Where in the command line the next byte lies: s->state. */
#define DAVY_ARGS_DONE 0     /* nothing that follows can change the answer */
#define DAVY_ARGS_PROGRAM 1  /* argv[0] */
#define DAVY_ARGS_APPLET 2   /* busybox's first argument */
#define DAVY_ARGS_OPTION 3   /* first byte of what may be an option */
#define DAVY_ARGS_DASH 4     /* after a first dash */
#define DAVY_ARGS_LETTERS 5  /* in -abc or +abc */
#define DAVY_ARGS_WORD 6     /* in --abc */
#define DAVY_ARGS_JOINED 7   /* first byte after an option letter that takes the rest as value */
#define DAVY_ARGS_VALUE 8    /* in a value, of this argument or the next */
#define DAVY_ARGS_SKIP 9     /* in the rest of an argument that does not matter */
#define DAVY_ARGS_PERHAPS 10 /* first byte after an option with DAVY_OPT_MAYBE */
#define DAVY_ARGS_OPERAND 11 /* in the script's name */
#define DAVY_ARGS_TEXT 12    /* in the first words of -c TEXT */
#define DAVY_ARGS_SOURCE 13  /* after its . or source */
#define DAVY_ARGS_SOURCED 14 /* in the name that it sources */

/* How much of a path to a descriptor has been read: s->path. */
#define DAVY_FDPATH_MAY 0    /* one may begin here */
#define DAVY_FDPATH_NO 1     /* within something else */
#define DAVY_FDPATH_OPTION 2 /* within option letters: one may follow (curl -o/dev/fd/63) */
#define DAVY_FDPATH_IN 3
#define DAVY_FDPATH_NUMBER 4 /* after /dev/fd/ */

struct davy_args_state {
    __u64 named_fds; /* bit N: descriptor N < 64 is named anywhere in the arguments */
    __u64 hash;      /* of the word being read */
    __u64 path_hash;
    __s32 code_fd;    /* as an operand or SCRIPT decided */
    __s32 start_fd;   /* descriptor given as START_FILE, or -1 */
    __s32 path_fd;    /* number read so far, or -1 */
    __s32 word_fd;    /* descriptor that the argument or value as a whole names, or -1 */
    __u16 length;     /* bytes so far; stays at 65535 */
    __u16 seen;       /* DAVY_OPT_* of all options so far */
    __u16 option;     /* DAVY_OPT_* of the option being read */
    __u16 word;       /* DAVY_OPT_* of the word that ends here */
    __u8 row;         /* DAVY_FAMILY_*, or DAVY_ROW_KSH; 0: no interpreter */
    __u8 state;       /* DAVY_ARGS_* */
    __u8 path;        /* DAVY_FDPATH_* */
    __u8 slash;       /* of the path: 1 after a slash, 2 after a slash and a dot, else 0 */
    __u8 whole;       /* 1: the path began with the argument or value */
    __u8 fresh;       /* 1: the next byte begins an argument or value */
    __u8 open;        /* 1: the last byte was not a NUL */
    __u8 settled;     /* 1: code_fd is decided */
    __u8 plus;        /* 1: options are being unset (+x) */
    __u8 pending;     /* arguments that options with NEXT still take */
    __u8 letters;     /* read in this group; stays at 255 */
    __u8 program;     /* DAVY_PROGRAM_* */
    __u16 program_at; /* where its name or text begins, from argv[0] on; a NUL there is skipped */
    __u16 high_fd;    /* descriptor from 64 on that is named last, or 0 */
};
DAVY_SIZE(davy_args_state, 64);
