/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which descriptor an interpreter takes its program from, read from its command line as the
 * interpreter reads it, and which descriptors any command line names. A byte a step: the driver
 * feeds argv from argv[0] on, NULs included, DAVY_ARGS_MAX - 1 bytes at most.
 *
 * The rules are data: letters and words of options, and what each does. They follow
 * parse_long_options() and parse_shell_options() of bash 5.2 (shell.c), options() of dash
 * (options.c), _PyOS_GetOpt() and config_parse_cmdline() of CPython, perl_parse() (perl.c),
 * proc_options() (ruby.c), node_options.cc of node, sapi/cli/php_cli.c, collectargs() (lua.c); and
 * tests/unit/rules/arguments_real_test.cpp holds them against the interpreters themselves.
 *
 * A command line that was cut: where the program was settled before the cut (bash -s -- and a
 * kilobyte of arguments) the answer stands, since nothing after an operand changes it. Else the
 * answer is DAVY_CODE_ELSEWHERE, and davy_args_undecided() says that it is a guess: padding with
 * half a kilobyte of options hides `bash -s`, and shows in the record as args_cut.
 *
 * Not seen: code that is read by the text of an argument (sh -c 'eval "$(cat)"', perl -e 'do
 * "/dev/stdin"', python -m code), beyond a shell's -c that begins with . or source;
 * /proc/PID/fd/N, whose PID would have to be known as one's own; /dev/.. and relative paths; what
 * environment variables add (BASH_ENV, PERL5OPT, PYTHONINSPECT, NODE_OPTIONS); mksh -o stdin, zsh
 * -o shinstdin; perl -d, which takes commands from stdin only where there is no terminal. Nor does
 * it know that dash alone goes on to stdin after -sc TEXT: it says so of every shell. */
#pragma once

#include <linux/types.h>

#include "davylamp/abi/check.h"
#include "davylamp/abi/event.h"
#include "davylamp/abi/names.h"
#include "davylamp/rules/text.h"

/* What an option does; a letter or a word may do several. */
#define DAVY_OPT_KNOWN 0x1   /* words only: it exists, even if it does nothing here */
#define DAVY_OPT_NEXT 0x2    /* takes the next argument, and the group goes on (bash -oe NAME) */
#define DAVY_OPT_VALUE 0x4   /* takes the rest of its argument, else the next one */
#define DAVY_OPT_REST 0x8    /* takes the rest of its argument alone (perl -i.bak) */
#define DAVY_OPT_MAYBE 0x10  /* takes the next argument unless that is an option (node -p) */
#define DAVY_OPT_CODE 0x20   /* the program follows in the arguments: nothing else is read */
#define DAVY_OPT_NEVER 0x40  /* the program is not run at all (bash -n, perl -v) */
#define DAVY_OPT_TEXT 0x80   /* the first operand is the program (sh -c) */
#define DAVY_OPT_STDIN 0x100 /* stdin is code, operands or not (bash -s, python -i) */
#define DAVY_OPT_NO_DEFAULT 0x200  /* stdin is no longer the program for want of an operand */
#define DAVY_OPT_INTERACTIVE 0x400 /* undoes NO_DEFAULT (node); a start file counts (bash) */
#define DAVY_OPT_START_FILE 0x800  /* its value is run before an interactive shell's commands */
#define DAVY_OPT_SCRIPT 0x1000     /* its value is the program (php -f) */

/* Where in the command line the next byte falls: s->state. */
#define DAVY_ARGS_DONE 0     /* nothing that follows can change the answer */
#define DAVY_ARGS_PROGRAM 1  /* argv[0] */
#define DAVY_ARGS_APPLET 2   /* busybox's first argument */
#define DAVY_ARGS_OPTION 3   /* first byte of what may be an option */
#define DAVY_ARGS_DASH 4     /* after a first dash */
#define DAVY_ARGS_LETTERS 5  /* in -abc or +abc */
#define DAVY_ARGS_WORD 6     /* in --abc */
#define DAVY_ARGS_JOINED 7   /* first byte after an option letter that takes the rest as value */
#define DAVY_ARGS_VALUE 8    /* in a value, of this argument or the next */
#define DAVY_ARGS_SKIP 9     /* in the rest of an argument that says nothing */
#define DAVY_ARGS_PERHAPS 10 /* first byte after an option with DAVY_OPT_MAYBE */
#define DAVY_ARGS_OPERAND 11 /* in the script's name */
#define DAVY_ARGS_TEXT 12    /* in the first words of -c TEXT */
#define DAVY_ARGS_SOURCE 13  /* after its . or source */
#define DAVY_ARGS_SOURCED 14 /* in the name that it sources */

/* How much of a path to a descriptor has been read: s->path. */
#define DAVY_FDPATH_MAY 0    /* one may begin here */
#define DAVY_FDPATH_NO 1     /* within something else */
#define DAVY_FDPATH_OPTION 2 /* within option letters: one may be joined on (curl -o/dev/fd/63) */
#define DAVY_FDPATH_IN 3
#define DAVY_FDPATH_NUMBER 4 /* after /dev/fd/ */

struct davy_args_state {
    __u64 named_fds; /* bit N: descriptor N < 64 is named anywhere in the arguments */
    __u64 hash;      /* of the word being read */
    __u64 path_hash;
    __s32 code_fd;    /* what an operand or SCRIPT settled */
    __s32 start_fd;   /* descriptor given as START_FILE, or -1 */
    __s32 path_fd;    /* number read so far, or -1 */
    __s32 word_fd;    /* descriptor that the argument or value as a whole names, or -1 */
    __u16 length;     /* bytes fed; stays at 65535 */
    __u16 seen;       /* DAVY_OPT_* of all options so far */
    __u16 option;     /* DAVY_OPT_* of the option being read */
    __u16 word;       /* DAVY_OPT_* of the word that ends here */
    __u8 row;         /* DAVY_FAMILY_*, or DAVY_ROW_KSH; 0: no interpreter */
    __u8 state;       /* DAVY_ARGS_* */
    __u8 path;        /* DAVY_PATH_* */
    __u8 slash;       /* of the path: 1 after a slash, 2 after a slash and a dot, else 0 */
    __u8 whole;       /* 1: the path began with the argument or value */
    __u8 fresh;       /* 1: the next byte begins an argument or value */
    __u8 open;        /* 1: the last byte was not a NUL */
    __u8 settled;     /* 1: code_fd holds */
    __u8 plus;        /* 1: options are being unset (+x) */
    __u8 pending;     /* arguments that options with NEXT still take */
    __u8 letters;     /* read in this group; stays at 255 */
    __u8 program;     /* DAVY_PROGRAM_* */
    __u16 program_at; /* where its name or text begins, from argv[0] on; a NUL there is skipped */
    __u8 reserved[2];
};
DAVY_SIZE(davy_args_state, 64);

/* The hash of a literal of at most 32 bytes, as a constant expression: a table must hold it, and
 * clang's BPF target has no string to compare with. */
#define DAVY_HASH_BYTE(hash, word, i)                                                              \
    (((hash) ^ ((i) < sizeof(word) - 1 ? (__u64)(__u8)(word)[(i) < sizeof(word) ? (i) : 0] : 0)) * \
     ((i) < sizeof(word) - 1 ? DAVY_HASH_PRIME : 1))
#define DAVY_HASH_4(hash, word, i)                                                                 \
    DAVY_HASH_BYTE(DAVY_HASH_BYTE(DAVY_HASH_BYTE(DAVY_HASH_BYTE(hash, word, i), word, (i) + 1),    \
                                  word, (i) + 2),                                                  \
                   word, (i) + 3)
#define DAVY_HASH_16(hash, word, i)                                                                \
    DAVY_HASH_4(                                                                                   \
        DAVY_HASH_4(DAVY_HASH_4(DAVY_HASH_4(hash, word, i), word, (i) + 4), word, (i) + 8), word,  \
        (i) + 12)
#define DAVY_HASH_FROM(begin, word)                                                                \
    (DAVY_HASH_16(DAVY_HASH_16(begin, word, 0), word, 16) +                                        \
     0 * sizeof(char[sizeof(word) <= 33 ? 1 : -1]))
#define DAVY_HASH_OF(word) DAVY_HASH_FROM(DAVY_HASH_BEGIN, word)

/* Option letters as bits: A-Z, a-z, 0-9, the question mark, and one for whatever else. */
#define DAVY_LETTER(c)                                                                             \
    ((c) >= 'A' && (c) <= 'Z'   ? (c) - 'A'                                                        \
     : (c) >= 'a' && (c) <= 'z' ? (c) - 'a' + 26                                                   \
     : (c) >= '0' && (c) <= '9' ? (c) - '0' + 52                                                   \
     : (c) == '?'               ? 62                                                               \
                                : 63)
#define DAVY_LETTER_AT(word, i)                                                                    \
    ((i) < sizeof(word) - 1 ? 1ull << DAVY_LETTER((word)[(i) < sizeof(word) ? (i) : 0]) : 0)
/* The set of a literal of at most 12 letters; any punctuation stands for all of it. */
#define DAVY_LETTERS(word)                                                                         \
    (DAVY_LETTER_AT(word, 0) | DAVY_LETTER_AT(word, 1) | DAVY_LETTER_AT(word, 2) |                 \
     DAVY_LETTER_AT(word, 3) | DAVY_LETTER_AT(word, 4) | DAVY_LETTER_AT(word, 5) |                 \
     DAVY_LETTER_AT(word, 6) | DAVY_LETTER_AT(word, 7) | DAVY_LETTER_AT(word, 8) |                 \
     DAVY_LETTER_AT(word, 9) | DAVY_LETTER_AT(word, 10) | DAVY_LETTER_AT(word, 11))

/* The Korn shells and zsh: a shell but for -oNAME, -T NAME and the words. Told by argv[0], which
 * matters only for -oNAME. */
#define DAVY_ROW_KSH DAVY_FAMILY_COUNT

/* Ways of a family that no single option has. */
#define DAVY_WAY_SHELL 0x1     /* a lone dash ends the options; + unsets; operands of -s are data */
#define DAVY_WAY_DASH 0x2      /* a lone dash is the script: stdin */
#define DAVY_WAY_LATE_DASH 0x4 /* so it is after -- */
#define DAVY_WAY_END_STDIN 0x8 /* -- is followed by the program's arguments, not by its name */
#define DAVY_WAY_ONE_DASH 0x10 /* words with one dash too (bash -norc): letters would misread */
#define DAVY_WAY_EVAL 0x20     /* after -e operands are arguments (node), not the script (lua) */

struct davy_args_row {
    __u64 next, value, rest, maybe, code, never, text, from_stdin, no_default, interactive, script;
    __u64 ways;
};

static const struct davy_args_row davy_args_rows[16] = {
    {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, /* DAVY_FAMILY_NONE */
    {
        /* DAVY_FAMILY_SHELL */
        .next = DAVY_LETTERS("oO"),
        .value = 0,
        .rest = 0,
        .maybe = 0,
        .code = 0,
        .never = DAVY_LETTERS("nD"),
        .text = DAVY_LETTERS("c"),
        .from_stdin = DAVY_LETTERS("s"),
        .no_default = 0,
        .interactive = DAVY_LETTERS("i"),
        .script = 0,
        .ways = DAVY_WAY_SHELL | DAVY_WAY_ONE_DASH,
    },
    {
        /* DAVY_FAMILY_PYTHON; -Q is Python 2's */
        .next = 0,
        .value = DAVY_LETTERS("WXQ"),
        .rest = 0,
        .maybe = 0,
        .code = DAVY_LETTERS("cm"),
        .never = DAVY_LETTERS("hV?"),
        .text = 0,
        .from_stdin = DAVY_LETTERS("i"),
        .no_default = 0,
        .interactive = 0,
        .script = 0,
        .ways = DAVY_WAY_DASH | DAVY_WAY_LATE_DASH,
    },
    {
        /* DAVY_FAMILY_PERL; -c, -n and -p read the program and run its BEGIN blocks */
        .next = 0,
        .value = DAVY_LETTERS("I"),
        .rest = DAVY_LETTERS("CDFMimx:"),
        .maybe = 0,
        .code = DAVY_LETTERS("eE"),
        .never = DAVY_LETTERS("vVh?u"),
        .text = 0,
        .from_stdin = 0,
        .no_default = 0,
        .interactive = 0,
        .script = 0,
        .ways = DAVY_WAY_DASH | DAVY_WAY_LATE_DASH,
    },
    {
        /* DAVY_FAMILY_RUBY; -v alone prints and ends, with a script it runs it */
        .next = 0,
        .value = DAVY_LETTERS("rICXE"),
        .rest = DAVY_LETTERS("FKTWix:"),
        .maybe = 0,
        .code = DAVY_LETTERS("e"),
        .never = DAVY_LETTERS("hcy"),
        .text = 0,
        .from_stdin = 0,
        .no_default = DAVY_LETTERS("v"),
        .interactive = 0,
        .script = 0,
        .ways = DAVY_WAY_DASH | DAVY_WAY_LATE_DASH,
    },
    {
        /* DAVY_FAMILY_NODE; it cannot open a pipe by path (realpath fails), a fifo it can */
        .next = 0,
        .value = DAVY_LETTERS("erC"),
        .rest = 0,
        .maybe = DAVY_LETTERS("p"),
        .code = 0,
        .never = DAVY_LETTERS("chv"),
        .text = 0,
        .from_stdin = 0,
        .no_default = DAVY_LETTERS("e"),
        .interactive = DAVY_LETTERS("i"),
        .script = 0,
        .ways = DAVY_WAY_DASH | DAVY_WAY_LATE_DASH | DAVY_WAY_EVAL,
    },
    {
        /* DAVY_FAMILY_PHP; with -B -R -F -E stdin is data */
        .next = 0,
        .value = DAVY_LETTERS("cdfzt"),
        .rest = 0,
        .maybe = 0,
        .code = DAVY_LETTERS("rBRE"),
        .never = DAVY_LETTERS("rBRFESimvh?") | DAVY_LETTERS("lsw"),
        .text = 0,
        .from_stdin = DAVY_LETTERS("a"),
        .no_default = 0,
        .interactive = 0,
        .script = DAVY_LETTERS("f"),
        .ways = DAVY_WAY_END_STDIN,
    },
    {
        /* DAVY_FAMILY_LUA; -b, -j and -O are LuaJIT's */
        .next = 0,
        .value = DAVY_LETTERS("elj"),
        .rest = DAVY_LETTERS("O"),
        .maybe = 0,
        .code = 0,
        .never = DAVY_LETTERS("b"),
        .text = 0,
        .from_stdin = DAVY_LETTERS("i"),
        .no_default = DAVY_LETTERS("ev"),
        .interactive = 0,
        .script = 0,
        .ways = DAVY_WAY_DASH,
    },
    {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, /* DAVY_FAMILY_MULTICALL: becomes another */
    {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, /* DAVY_FAMILY_LOADER: words alone (elf/rtld.c) */
    {
        /* DAVY_ROW_KSH */
        .next = 0,
        .value = DAVY_LETTERS("oT"),
        .rest = 0,
        .maybe = 0,
        .code = 0,
        .never = DAVY_LETTERS("n"),
        .text = DAVY_LETTERS("c"),
        .from_stdin = DAVY_LETTERS("s"),
        .no_default = 0,
        .interactive = DAVY_LETTERS("i"),
        .script = 0,
        .ways = DAVY_WAY_SHELL,
    },
    {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
    {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
    {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
    {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
    {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
};

/* Long options. Those that do nothing here and take nothing need no entry, except where one dash
 * does too. The key holds the row, so that one comparison finds a word. */
struct davy_args_word {
    __u64 key;
    __u64 effects; /* DAVY_OPT_* */
};
#define DAVY_HASH_ROW(row) (DAVY_HASH_BEGIN + (row))
#define DAVY_ARGS_ENTRY(row, word, effects)                                                        \
    {                                                                                              \
        DAVY_HASH_FROM(DAVY_HASH_ROW(row), word), DAVY_OPT_KNOWN | (effects)                       \
    }
#define DAVY_SH(word, effects) DAVY_ARGS_ENTRY(DAVY_FAMILY_SHELL, word, effects)
#define DAVY_KSH(word, effects) DAVY_ARGS_ENTRY(DAVY_ROW_KSH, word, effects)
#define DAVY_PY(word, effects) DAVY_ARGS_ENTRY(DAVY_FAMILY_PYTHON, word, effects)
#define DAVY_PL(word, effects) DAVY_ARGS_ENTRY(DAVY_FAMILY_PERL, word, effects)
#define DAVY_RB(word, effects) DAVY_ARGS_ENTRY(DAVY_FAMILY_RUBY, word, effects)
#define DAVY_JS(word, effects) DAVY_ARGS_ENTRY(DAVY_FAMILY_NODE, word, effects)
#define DAVY_LD(word, effects) DAVY_ARGS_ENTRY(DAVY_FAMILY_LOADER, word, effects)
#define DAVY_PHP(word, effects) DAVY_ARGS_ENTRY(DAVY_FAMILY_PHP, word, effects)

static const struct davy_args_word davy_args_words[] = {
    DAVY_LD("argv0", DAVY_OPT_VALUE),
    DAVY_LD("audit", DAVY_OPT_VALUE),
    DAVY_LD("glibc-hwcaps-mask", DAVY_OPT_VALUE),
    DAVY_LD("glibc-hwcaps-prepend", DAVY_OPT_VALUE),
    DAVY_LD("help", DAVY_OPT_NEVER),
    DAVY_LD("inhibit-rpath", DAVY_OPT_VALUE),
    DAVY_LD("library-path", DAVY_OPT_VALUE),
    DAVY_LD("list", DAVY_OPT_NEVER),
    DAVY_LD("list-diagnostics", DAVY_OPT_NEVER),
    DAVY_LD("list-tunables", DAVY_OPT_NEVER),
    DAVY_LD("preload", DAVY_OPT_VALUE),
    DAVY_LD("verify", DAVY_OPT_NEVER),
    DAVY_LD("version", DAVY_OPT_NEVER),

    DAVY_SH("rcfile", DAVY_OPT_VALUE | DAVY_OPT_START_FILE),
    DAVY_SH("init-file", DAVY_OPT_VALUE | DAVY_OPT_START_FILE),
    DAVY_SH("debug", 0),
    DAVY_SH("debugger", 0),
    DAVY_SH("dump-po-strings", DAVY_OPT_NEVER),
    DAVY_SH("dump-strings", DAVY_OPT_NEVER),
    DAVY_SH("help", DAVY_OPT_NEVER),
    DAVY_SH("login", 0),
    DAVY_SH("noediting", 0),
    DAVY_SH("noprofile", 0),
    DAVY_SH("norc", 0),
    DAVY_SH("posix", 0),
    DAVY_SH("pretty-print", DAVY_OPT_NEVER),
    DAVY_SH("restricted", 0),
    DAVY_SH("verbose", 0),
    DAVY_SH("version", DAVY_OPT_NEVER),

    DAVY_KSH("emulate", DAVY_OPT_VALUE),
    DAVY_KSH("help", DAVY_OPT_NEVER),
    DAVY_KSH("man", DAVY_OPT_NEVER),
    DAVY_KSH("version", DAVY_OPT_NEVER),

    DAVY_PY("check-hash-based-pycs", DAVY_OPT_VALUE),
    DAVY_PY("help", DAVY_OPT_NEVER),
    DAVY_PY("help-all", DAVY_OPT_NEVER),
    DAVY_PY("help-env", DAVY_OPT_NEVER),
    DAVY_PY("help-xoptions", DAVY_OPT_NEVER),
    DAVY_PY("version", DAVY_OPT_NEVER),

    DAVY_PL("help", DAVY_OPT_NEVER),
    DAVY_PL("version", DAVY_OPT_NEVER),

    DAVY_RB("backtrace-limit", DAVY_OPT_VALUE),
    DAVY_RB("copyright", DAVY_OPT_NEVER),
    DAVY_RB("disable", DAVY_OPT_VALUE),
    DAVY_RB("dump", DAVY_OPT_NEVER),
    DAVY_RB("enable", DAVY_OPT_VALUE),
    DAVY_RB("encoding", DAVY_OPT_VALUE),
    DAVY_RB("external-encoding", DAVY_OPT_VALUE),
    DAVY_RB("help", DAVY_OPT_NEVER),
    DAVY_RB("internal-encoding", DAVY_OPT_VALUE),
    DAVY_RB("parser", DAVY_OPT_VALUE),
    DAVY_RB("verbose", DAVY_OPT_NO_DEFAULT),
    DAVY_RB("version", DAVY_OPT_NEVER),
    DAVY_RB("yydebug", DAVY_OPT_NEVER),

    DAVY_JS("build-sea", DAVY_OPT_NEVER),
    DAVY_JS("build-snapshot", DAVY_OPT_NEVER),
    DAVY_JS("build-snapshot-config", DAVY_OPT_NEVER),
    DAVY_JS("check", DAVY_OPT_NEVER),
    DAVY_JS("completion-bash", DAVY_OPT_NEVER),
    DAVY_JS("eval", DAVY_OPT_VALUE | DAVY_OPT_NO_DEFAULT),
    DAVY_JS("experimental-sea-config", DAVY_OPT_NEVER),
    DAVY_JS("help", DAVY_OPT_NEVER),
    DAVY_JS("interactive", DAVY_OPT_INTERACTIVE),
    DAVY_JS("print", DAVY_OPT_MAYBE),
    DAVY_JS("prof-process", DAVY_OPT_NEVER),
    DAVY_JS("run", DAVY_OPT_NEVER),
    DAVY_JS("snapshot-blob", DAVY_OPT_VALUE),
    DAVY_JS("test", DAVY_OPT_NEVER),
    DAVY_JS("v8-options", DAVY_OPT_NEVER),
    DAVY_JS("version", DAVY_OPT_NEVER),
    DAVY_JS("watch", DAVY_OPT_NEVER),
    DAVY_JS("watch-path", DAVY_OPT_NEVER),
    /* V8's own options take their value after = alone. */
    DAVY_JS("allow-fs-read", DAVY_OPT_VALUE),
    DAVY_JS("allow-fs-write", DAVY_OPT_VALUE),
    DAVY_JS("conditions", DAVY_OPT_VALUE),
    DAVY_JS("cpu-prof-dir", DAVY_OPT_VALUE),
    DAVY_JS("cpu-prof-interval", DAVY_OPT_VALUE),
    DAVY_JS("cpu-prof-name", DAVY_OPT_VALUE),
    DAVY_JS("debug-port", DAVY_OPT_VALUE),
    DAVY_JS("diagnostic-dir", DAVY_OPT_VALUE),
    DAVY_JS("disable-proto", DAVY_OPT_VALUE),
    DAVY_JS("disable-warning", DAVY_OPT_VALUE),
    DAVY_JS("dns-result-order", DAVY_OPT_VALUE),
    DAVY_JS("env-file", DAVY_OPT_VALUE),
    DAVY_JS("env-file-if-exists", DAVY_OPT_VALUE),
    DAVY_JS("es-module-specifier-resolution", DAVY_OPT_VALUE),
    DAVY_JS("experimental-config-file", DAVY_OPT_VALUE),
    DAVY_JS("experimental-default-type", DAVY_OPT_VALUE),
    DAVY_JS("experimental-loader", DAVY_OPT_VALUE),
    DAVY_JS("experimental-policy", DAVY_OPT_VALUE),
    DAVY_JS("heap-prof-dir", DAVY_OPT_VALUE),
    DAVY_JS("heap-prof-interval", DAVY_OPT_VALUE),
    DAVY_JS("heap-prof-name", DAVY_OPT_VALUE),
    DAVY_JS("heapsnapshot-near-heap-limit", DAVY_OPT_VALUE),
    DAVY_JS("heapsnapshot-signal", DAVY_OPT_VALUE),
    DAVY_JS("icu-data-dir", DAVY_OPT_VALUE),
    DAVY_JS("import", DAVY_OPT_VALUE),
    DAVY_JS("input-type", DAVY_OPT_VALUE),
    DAVY_JS("inspect-port", DAVY_OPT_VALUE),
    DAVY_JS("inspect-publish-uid", DAVY_OPT_VALUE),
    DAVY_JS("loader", DAVY_OPT_VALUE),
    DAVY_JS("localstorage-file", DAVY_OPT_VALUE),
    DAVY_JS("max-http-header-size", DAVY_OPT_VALUE),
    DAVY_JS("openssl-config", DAVY_OPT_VALUE),
    DAVY_JS("policy-integrity", DAVY_OPT_VALUE),
    DAVY_JS("redirect-warnings", DAVY_OPT_VALUE),
    DAVY_JS("report-dir", DAVY_OPT_VALUE),
    DAVY_JS("report-directory", DAVY_OPT_VALUE),
    DAVY_JS("report-filename", DAVY_OPT_VALUE),
    DAVY_JS("report-signal", DAVY_OPT_VALUE),
    DAVY_JS("require", DAVY_OPT_VALUE),
    DAVY_JS("secure-heap", DAVY_OPT_VALUE),
    DAVY_JS("secure-heap-min", DAVY_OPT_VALUE),
    DAVY_JS("test-concurrency", DAVY_OPT_VALUE),
    DAVY_JS("test-name-pattern", DAVY_OPT_VALUE),
    DAVY_JS("test-reporter", DAVY_OPT_VALUE),
    DAVY_JS("test-reporter-destination", DAVY_OPT_VALUE),
    DAVY_JS("test-shard", DAVY_OPT_VALUE),
    DAVY_JS("test-timeout", DAVY_OPT_VALUE),
    DAVY_JS("title", DAVY_OPT_VALUE),
    DAVY_JS("tls-cipher-list", DAVY_OPT_VALUE),
    DAVY_JS("tls-keylog", DAVY_OPT_VALUE),
    DAVY_JS("trace-event-categories", DAVY_OPT_VALUE),
    DAVY_JS("trace-event-file-pattern", DAVY_OPT_VALUE),
    DAVY_JS("trace-require-module", DAVY_OPT_VALUE),
    DAVY_JS("unhandled-rejections", DAVY_OPT_VALUE),
    DAVY_JS("use-largepages", DAVY_OPT_VALUE),
    DAVY_JS("v8-pool-size", DAVY_OPT_VALUE),

    DAVY_PHP("define", DAVY_OPT_VALUE),
    DAVY_PHP("docroot", DAVY_OPT_VALUE),
    DAVY_PHP("file", DAVY_OPT_VALUE | DAVY_OPT_SCRIPT),
    DAVY_PHP("help", DAVY_OPT_NEVER),
    DAVY_PHP("info", DAVY_OPT_NEVER),
    DAVY_PHP("ini", DAVY_OPT_NEVER),
    DAVY_PHP("interactive", DAVY_OPT_STDIN),
    DAVY_PHP("modules", DAVY_OPT_NEVER),
    DAVY_PHP("php-ini", DAVY_OPT_VALUE),
    DAVY_PHP("process-begin", DAVY_OPT_NEVER),
    DAVY_PHP("process-code", DAVY_OPT_NEVER),
    DAVY_PHP("process-end", DAVY_OPT_NEVER),
    DAVY_PHP("process-file", DAVY_OPT_NEVER),
    DAVY_PHP("rc", DAVY_OPT_NEVER),
    DAVY_PHP("rclass", DAVY_OPT_NEVER),
    DAVY_PHP("re", DAVY_OPT_NEVER),
    DAVY_PHP("rextension", DAVY_OPT_NEVER),
    DAVY_PHP("rextinfo", DAVY_OPT_NEVER),
    DAVY_PHP("rf", DAVY_OPT_NEVER),
    DAVY_PHP("rfunction", DAVY_OPT_NEVER),
    DAVY_PHP("ri", DAVY_OPT_NEVER),
    DAVY_PHP("run", DAVY_OPT_NEVER),
    DAVY_PHP("rz", DAVY_OPT_NEVER),
    DAVY_PHP("rzendextension", DAVY_OPT_NEVER),
    DAVY_PHP("server", DAVY_OPT_NEVER),
    DAVY_PHP("strip", DAVY_OPT_NEVER),
    DAVY_PHP("syntax-check", DAVY_OPT_NEVER),
    DAVY_PHP("syntax-highlight", DAVY_OPT_NEVER),
    DAVY_PHP("syntax-highlighting", DAVY_OPT_NEVER),
    DAVY_PHP("usage", DAVY_OPT_NEVER),
    DAVY_PHP("version", DAVY_OPT_NEVER),
    DAVY_PHP("zend-extension", DAVY_OPT_VALUE),
};

#undef DAVY_SH
#undef DAVY_KSH
#undef DAVY_PY
#undef DAVY_PL
#undef DAVY_RB
#undef DAVY_JS
#undef DAVY_PHP

static inline const struct davy_args_row *davy_args_row_of(const struct davy_args_state *s)
{
    return &davy_args_rows[s->row & 15];
}

/* A constant number of turns, and selects instead of a way out: one path for the verifier. */
static inline __u16 davy_args_word_effects(__u64 key)
{
    __u64 effects = 0;

    for (__u32 i = 0; i < sizeof(davy_args_words) / sizeof(davy_args_words[0]); i++) {
        __u64 differs = davy_args_words[i].key ^ key;

        __asm__ __volatile__("" : "+r"(differs)); /* or clang makes a branch of it */
        effects |= davy_args_words[i].effects & (((differs | -differs) >> 63) - 1);
    }
    return (__u16)effects;
}

static inline __u16 davy_args_letter_effects(const struct davy_args_row *row, __u8 byte)
{
    __u8 shift = (__u8)DAVY_LETTER(byte);

    return (__u16)((row->next >> shift & 1) * DAVY_OPT_NEXT |
                   (row->value >> shift & 1) * DAVY_OPT_VALUE |
                   (row->rest >> shift & 1) * DAVY_OPT_REST |
                   (row->maybe >> shift & 1) * DAVY_OPT_MAYBE |
                   (row->code >> shift & 1) * DAVY_OPT_CODE |
                   (row->never >> shift & 1) * DAVY_OPT_NEVER |
                   (row->text >> shift & 1) * DAVY_OPT_TEXT |
                   (row->from_stdin >> shift & 1) * DAVY_OPT_STDIN |
                   (row->no_default >> shift & 1) * DAVY_OPT_NO_DEFAULT |
                   (row->interactive >> shift & 1) * DAVY_OPT_INTERACTIVE |
                   (row->script >> shift & 1) * DAVY_OPT_SCRIPT);
}

/* Letters, digits and ./_- as a bit set of two words; what else a file's name may hold ends it
 * here, which names too much rather than too little. */
static inline __u8 davy_args_is_path_byte(__u8 byte)
{
    __u64 low = 0x3ffull << ('0' & 63) | 1ull << '-' | 1ull << '.' | 1ull << '/';
    __u64 high = 0x3ffffffull << ('A' & 63) | 0x3ffffffull << ('a' & 63) | 1ull << ('_' & 63);

    return (__u8)((byte & 0x40 ? high : low) >> (byte & 63)) & 1 & ~(byte >> 7);
}

/* A path has ended: the descriptor it names, or -1. */
static inline __s32 davy_args_path_end(const struct davy_args_state *s)
{
    if (s->path == DAVY_FDPATH_NUMBER)
        return s->path_fd;
    if (s->path != DAVY_FDPATH_IN || s->slash)
        return -1;
    if (s->path_hash == DAVY_HASH_OF("/dev/stdin"))
        return 0;
    if (s->path_hash == DAVY_HASH_OF("/dev/stdout"))
        return 1;
    return s->path_hash == DAVY_HASH_OF("/dev/stderr") ? 2 : -1;
}

/* /dev/fd is a link to /proc/self/fd, whose names have no leading zero (name_to_int(),
 * fs/proc/util.c). */
static inline void davy_args_number_step(struct davy_args_state *s, __u8 byte)
{
    __u8 digit = byte - '0';

    if (byte == '.' && s->path_fd < 0 && s->slash == 1) {
        s->slash = 2;
    } else if (digit > 9 || s->slash == 2 || s->path_fd == 0 || s->path_fd > 99999) {
        s->path = DAVY_FDPATH_NO;
    } else {
        s->path_fd = (s->path_fd < 0 ? 0 : s->path_fd * 10) + digit;
        s->slash = 0;
    }
}

/* Follows paths through all of the arguments. Repeated slashes and /./ are as good as one slash, as
 * in the kernel. A descriptor with something below it (/dev/fd/3/x) is named too: perl reads it
 * (S_open_script(), perl.c), and for everybody else a pipe is no folder. Returns the descriptor
 * whose name ended with this byte, or -1. */
static inline __s32 davy_args_path_step(struct davy_args_state *s, __u8 byte)
{
    __s32 found = -1;

    if (s->fresh) {
        if (s->path < DAVY_FDPATH_IN)
            s->path = DAVY_FDPATH_MAY;
        s->word_fd = -1;
    }
    if (!davy_args_is_path_byte(byte)) {
        found = davy_args_path_end(s);
        s->path = DAVY_FDPATH_MAY;
    } else if (s->path == DAVY_FDPATH_NO) {
        return -1;
    } else if (byte == '/' && s->path <= DAVY_FDPATH_OPTION) {
        s->path = DAVY_FDPATH_IN;
        s->path_hash = davy_hash_step(DAVY_HASH_BEGIN, '/');
        s->path_fd = -1;
        s->slash = 1;
        s->whole = s->fresh;
    } else if (s->path == DAVY_FDPATH_MAY) {
        s->path = s->fresh && byte == '-' ? DAVY_FDPATH_OPTION : DAVY_FDPATH_NO;
    } else if (s->path == DAVY_FDPATH_OPTION) {
        if (byte == '.' || byte == '_')
            s->path = DAVY_FDPATH_NO;
    } else if (byte == '/' && s->slash) {
        s->slash = 1;
    } else if (byte == '/') {
        found = davy_args_path_end(s);
        s->path_hash = davy_hash_step(s->path_hash, '/');
        s->slash = 1;
        if (found >= 0 || s->path == DAVY_FDPATH_NUMBER)
            s->path = DAVY_FDPATH_NO;
        else if (s->path_hash == DAVY_HASH_OF("/dev/fd/") ||
                 s->path_hash == DAVY_HASH_OF("/proc/self/fd/") ||
                 s->path_hash == DAVY_HASH_OF("/proc/thread-self/fd/"))
            s->path = DAVY_FDPATH_NUMBER;
    } else if (s->path == DAVY_FDPATH_NUMBER) {
        davy_args_number_step(s, byte);
    } else if (byte == '.' && s->slash == 1) {
        s->slash = 2;
    } else {
        if (s->slash == 2)
            s->path_hash = davy_hash_step(s->path_hash, '.');
        s->path_hash = davy_hash_step(s->path_hash, byte);
        s->slash = 0;
    }
    if (found >= 0) {
        if (found < 64)
            s->named_fds |= 1ull << found;
        if (s->whole && (!byte || byte == '/'))
            s->word_fd = found;
    }
    return found;
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

/* Options are over: what follows is the script's name, or the text of -c. `byte` is its first, or
 * the NUL before it. */
static inline void davy_args_operands(struct davy_args_state *s, __u8 byte)
{
    __u8 text = (s->seen & DAVY_OPT_TEXT) != 0;

    s->hash = DAVY_HASH_BEGIN;
    s->state = text ? DAVY_ARGS_TEXT : DAVY_ARGS_OPERAND;
    davy_args_program(s, text ? DAVY_PROGRAM_TEXT : DAVY_PROGRAM_FILE, byte != 0);
}

/* The name a multi-call binary was called by, or was given. Its applets that are no shells run no
 * code; env and xargs exec again, and are judged then. */
static inline void davy_args_applet(struct davy_args_state *s)
{
    if (s->hash == DAVY_HASH_OF("busybox") || s->hash == DAVY_HASH_OF("toybox")) {
        s->state = DAVY_ARGS_APPLET;
    } else if (s->hash == DAVY_HASH_OF("sh") || s->hash == DAVY_HASH_OF("ash") ||
               s->hash == DAVY_HASH_OF("hush") || s->hash == DAVY_HASH_OF("bash") ||
               s->hash == DAVY_HASH_OF("toysh")) {
        s->row = DAVY_FAMILY_SHELL;
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
        /* Whatever begins with busybox is busybox (run_applet_and_exit(), appletlib.c). */
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

/* A value has ended. */
static inline void davy_args_value_end(struct davy_args_state *s)
{
    if (s->pending)
        s->pending--;
    if (s->option & DAVY_OPT_START_FILE)
        s->start_fd = s->word_fd;
    if (s->option & DAVY_OPT_SCRIPT)
        davy_args_settle(s, s->word_fd);
    else if (!s->pending)
        s->state = DAVY_ARGS_OPTION;
    else
        s->state = DAVY_ARGS_VALUE;
}

/* Whether an option's value is a program (node -e, lua -e, php -r): then nothing else is, unless it
 * is asked for. */
static inline __u8 davy_args_evaluates(__u16 option)
{
    return (option & (DAVY_OPT_VALUE | DAVY_OPT_NO_DEFAULT)) ==
           (DAVY_OPT_VALUE | DAVY_OPT_NO_DEFAULT);
}

/* An option's argument has ended (or its name, where =value follows): what it does takes effect,
 * and what it takes follows. */
static inline void davy_args_option_end(struct davy_args_state *s, __u8 joined)
{
    __u16 option = s->option;

    s->seen |= option;
    s->state = joined ? DAVY_ARGS_SKIP : DAVY_ARGS_OPTION;
    if (option & DAVY_OPT_NEVER) {
        s->state = DAVY_ARGS_DONE;
    } else if (option & DAVY_OPT_VALUE) {
        if (davy_args_evaluates(option))
            davy_args_program(s, DAVY_PROGRAM_TEXT, 0);
        s->pending = !joined;
        s->state = DAVY_ARGS_VALUE;
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

    /* Unset, an option does none of this, but -o still takes its name. */
    if (s->plus)
        effects &= DAVY_OPT_NEXT | DAVY_OPT_VALUE | DAVY_OPT_TEXT;
    s->option |= effects;
    s->hash = davy_hash_step(s->hash, byte);
    s->letters += s->letters < 255;
    if (effects & DAVY_OPT_NEXT && s->pending < 255)
        s->pending++;
    if (effects & DAVY_OPT_CODE) {
        s->seen |= s->option;
        davy_args_program(s, DAVY_PROGRAM_TEXT, 0);
        davy_args_settle(s, DAVY_CODE_ELSEWHERE);
    } else if (effects & DAVY_OPT_REST) {
        s->seen |= s->option;
        s->state = s->option & DAVY_OPT_NEVER ? DAVY_ARGS_DONE : DAVY_ARGS_SKIP;
    } else if (effects & DAVY_OPT_VALUE) {
        s->state = DAVY_ARGS_JOINED;
        s->fresh = 1;
    }
}

/* No word of a family that takes words after one dash is shorter. */
#define DAVY_ONE_DASH_MIN 4

/* Looks up the word that ends with this byte. The first thing in a step, so that the verifier walks
 * the table on few paths. */
static inline void davy_args_look_up(struct davy_args_state *s, const struct davy_args_row *row)
{
    s->word = 0;
    if (s->state == DAVY_ARGS_LETTERS &&
        (!(row->ways & DAVY_WAY_ONE_DASH) || s->plus || s->letters < DAVY_ONE_DASH_MIN))
        return;
    s->word = davy_args_word_effects(s->hash);
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
        else
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
    s->reserved[0] = s->reserved[1] = 0;
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
            if (davy_args_evaluates(s->option))
                davy_args_program(s, DAVY_PROGRAM_TEXT, 1);
            s->pending = 0;
            s->seen |= s->option;
            s->state = DAVY_ARGS_VALUE;
        } else {
            davy_args_option_end(s, 0);
        }
        break;
    case DAVY_ARGS_VALUE:
        if (!byte)
            davy_args_value_end(s);
        break;
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
 * within an argument, or fills what a driver reads) before the program was settled. */
static inline __u8 davy_args_undecided(const struct davy_args_state *s)
{
    return s->state != DAVY_ARGS_DONE && (s->open || s->length >= DAVY_ARGS_MAX - 1);
}

/* After the last byte: the descriptor that is read as the program, or DAVY_CODE_ELSEWHERE. Where an
 * interpreter runs both, the script named by a descriptor is the answer (python -i /dev/fd/63), and
 * an interactive shell's start file before its commands. */
static inline __s32 davy_args_code_fd(const struct davy_args_state *s)
{
    __u64 ways = davy_args_row_of(s)->ways;
    __u8 evaluated = (s->seen & DAVY_OPT_NO_DEFAULT) && (ways & DAVY_WAY_EVAL);

    if (!s->length || s->row == DAVY_FAMILY_NONE || s->row == DAVY_FAMILY_MULTICALL)
        return DAVY_CODE_ELSEWHERE;
    if ((s->seen & DAVY_OPT_NEVER) || davy_args_undecided(s))
        return DAVY_CODE_ELSEWHERE;
    if (s->start_fd >= 0 && (s->seen & DAVY_OPT_INTERACTIVE))
        return s->start_fd;
    /* dash alone goes on to stdin after -sc TEXT; nobody writes that but to be misread. */
    if ((s->seen & DAVY_OPT_STDIN) &&
        (s->code_fd < 0 || ((ways & DAVY_WAY_SHELL) && !(s->seen & DAVY_OPT_TEXT))))
        return 0;
    if ((s->settled && !evaluated) || (s->seen & DAVY_OPT_TEXT))
        return s->code_fd;
    if ((s->seen & DAVY_OPT_NO_DEFAULT) && !(s->seen & DAVY_OPT_INTERACTIVE))
        return DAVY_CODE_ELSEWHERE;
    return 0;
}
