/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How the options of each interpreter decide where its program comes from. The rules are data:
 * letters and words of options, and what each does. They follow parse_long_options() and
 * parse_shell_options() of bash 5.2 (shell.c), options() of dash (options.c), _PyOS_GetOpt() and
 * config_parse_cmdline() of CPython, perl_parse() (perl.c), proc_options() (ruby.c),
 * node_options.cc of node, sapi/cli/php_cli.c, collectargs() (lua.c), main() of gawk and of mawk's
 * parse_args(), Tcl_MainEx() and expect's exp_parse_argv(), decode_switches() of GNU make, the java
 * launcher's ParseArguments(), at.c and Debian's crontab.c.
 * tests/unit/rules/arguments_real_test.cpp compares them with the interpreters themselves. */
#pragma once

#include <linux/types.h>

#include "davylamp/abi/numbers.h"
#include "davylamp/rules/name_hash.h"
#include "davylamp/rules/verified_once.h"

/* What an option does; a letter or a word may do several. */
#define DAVY_OPT_KNOWN 0x1   /* words only: it exists, even if it does nothing here */
#define DAVY_OPT_NEXT 0x2    /* takes the next argument, and the group goes on (bash -oe NAME) */
#define DAVY_OPT_VALUE 0x4   /* takes the rest of its argument, else the next one */
#define DAVY_OPT_REST 0x8    /* takes the rest of its argument alone (perl -i.bak) */
#define DAVY_OPT_MAYBE 0x10  /* takes the next argument unless that is an option (node -p) */
#define DAVY_OPT_CODE 0x20   /* the program follows in the arguments; no other is read */
#define DAVY_OPT_NEVER 0x40  /* the program is not run at all (bash -n, perl -v) */
#define DAVY_OPT_TEXT 0x80   /* the first operand is the program (sh -c) */
#define DAVY_OPT_STDIN 0x100 /* stdin is code, operands or not (bash -s, python -i) */
#define DAVY_OPT_NO_DEFAULT 0x200  /* without an operand, stdin is no longer the program */
#define DAVY_OPT_INTERACTIVE 0x400 /* undoes NO_DEFAULT (node); a start file counts (bash) */
#define DAVY_OPT_START_FILE 0x800  /* its value is run before an interactive shell's commands */
#define DAVY_OPT_SCRIPT 0x1000     /* its value is the program (php -f) */
#define DAVY_OPT_MODULE 0x2000     /* with CODE: a module's name follows, not a text (python -m) */
#define DAVY_OPT_SERVER 0x4000     /* serves the files around it (php -S) */

/* Option letters as bits: A-Z, a-z, 0-9, the question mark, and one for all others. */
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

/* The Korn shells and zsh: like a shell except for -oNAME, -T NAME and the words. Known by argv[0],
 * which matters only for -oNAME. */
#define DAVY_ROW_KSH DAVY_FAMILY_COUNT

/* How a family reads its command line, beyond single options. */
#define DAVY_WAY_SHELL 0x1     /* a lone dash ends the options; + unsets; operands of -s are data */
#define DAVY_WAY_DASH 0x2      /* a lone dash is the script: stdin */
#define DAVY_WAY_LATE_DASH 0x4 /* also after -- */
#define DAVY_WAY_END_STDIN 0x8 /* after -- come the program's arguments, not its name */
#define DAVY_WAY_ONE_DASH 0x10 /* words after one dash too (bash -norc), not letters */
#define DAVY_WAY_EVAL 0x20     /* after -e operands are arguments (node), not the script (lua) */
#define DAVY_WAY_TEXT 0x40 /* the first operand is the program's text, unless a script is given */
#define DAVY_WAY_TARGETS 0x80    /* operands are no program */
#define DAVY_WAY_NO_STDIN 0x100  /* standard input is none where nothing names it */
#define DAVY_WAY_DASH_FILE 0x200 /* as a script's name, a dash is standard input */
#define DAVY_WAY_STDIN 0x400     /* standard input is the program, or one more of them */
#define DAVY_ARGS_ROWS 32

struct davy_args_row {
    __u64 next, value, rest, maybe, code, never, text, from_stdin, no_default, interactive, script;
    __u64 module, server;
    __u64 ways;
};

static const struct davy_args_row davy_args_rows[DAVY_ARGS_ROWS] = {
    {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, /* DAVY_FAMILY_NONE */
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
        .module = 0,
        .server = 0,
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
        .module = DAVY_LETTERS("m"),
        .server = 0,
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
        .module = 0,
        .server = 0,
        .ways = DAVY_WAY_DASH | DAVY_WAY_LATE_DASH,
    },
    {
        /* DAVY_FAMILY_RUBY; -v alone prints and ends; with a script, it runs that */
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
        .module = 0,
        .server = 0,
        .ways = DAVY_WAY_DASH | DAVY_WAY_LATE_DASH,
    },
    {
        /* DAVY_FAMILY_NODE; it cannot open a pipe by path (realpath fails), but can open a fifo */
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
        .module = 0,
        .server = 0,
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
        .module = 0,
        .server = DAVY_LETTERS("S"),
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
        .module = 0,
        .server = 0,
        .ways = DAVY_WAY_DASH,
    },
    {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, /* DAVY_FAMILY_MULTICALL: becomes another */
    {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, /* DAVY_FAMILY_LOADER: words alone (elf/rtld.c) */
    {
        /* DAVY_FAMILY_AWK; -e, -i, -E, -o and -d are gawk's, -W is mawk's */
        .next = 0,
        .value = DAVY_LETTERS("vFfeiEltW"),
        .rest = DAVY_LETTERS("dDop"),
        .maybe = 0,
        .code = 0,
        .never = DAVY_LETTERS("Vh"),
        .text = 0,
        .from_stdin = 0,
        .no_default = DAVY_LETTERS("ei"),
        .interactive = 0,
        .script = DAVY_LETTERS("fE"),
        .module = 0,
        .server = 0,
        .ways = DAVY_WAY_TEXT | DAVY_WAY_DASH_FILE | DAVY_WAY_NO_STDIN,
    },
    {
        /* DAVY_FAMILY_TCL; the letters are expect's */
        .next = 0,
        .value = DAVY_LETTERS("Dfb"),
        .rest = 0,
        .maybe = 0,
        .code = 0,
        .never = DAVY_LETTERS("v"),
        .text = 0,
        .from_stdin = 0,
        .no_default = 0,
        .interactive = 0,
        .script = DAVY_LETTERS("fb"),
        .module = 0,
        .server = 0,
        .ways = DAVY_WAY_DASH | DAVY_WAY_ONE_DASH | DAVY_WAY_DASH_FILE,
    },
    {
        /* DAVY_FAMILY_MAKE; a Makefile that nobody names does not count */
        .next = 0,
        .value = DAVY_LETTERS("fCIoWE"),
        .rest = DAVY_LETTERS("jlO"),
        .maybe = 0,
        .code = 0,
        .never = DAVY_LETTERS("hv"),
        .text = 0,
        .from_stdin = 0,
        .no_default = 0,
        .interactive = 0,
        .script = DAVY_LETTERS("f"),
        .module = 0,
        .server = 0,
        .ways = DAVY_WAY_TARGETS | DAVY_WAY_NO_STDIN | DAVY_WAY_DASH_FILE,
    },
    {
        /* DAVY_FAMILY_JAVA; words alone; a class is named without its file's suffix */
        .next = 0,
        .value = 0,
        .rest = 0,
        .maybe = 0,
        .code = 0,
        .never = 0,
        .text = 0,
        .from_stdin = 0,
        .no_default = 0,
        .interactive = 0,
        .script = 0,
        .module = 0,
        .server = 0,
        .ways = DAVY_WAY_ONE_DASH | DAVY_WAY_NO_STDIN,
    },
    {
        /* DAVY_FAMILY_INPUT; -u is crontab's, -x is gdb's; at's queue and time count as operands */
        .next = 0,
        .value = DAVY_LETTERS("ufx"),
        .rest = 0,
        .maybe = 0,
        .code = 0,
        .never = DAVY_LETTERS("lrdcV"),
        .text = 0,
        .from_stdin = 0,
        .no_default = 0,
        .interactive = 0,
        .script = DAVY_LETTERS("fx"),
        .module = 0,
        .server = 0,
        .ways = DAVY_WAY_DASH | DAVY_WAY_LATE_DASH | DAVY_WAY_ONE_DASH | DAVY_WAY_DASH_FILE |
                DAVY_WAY_STDIN,
    },
    {
        /* DAVY_FAMILY_OTHER: guile, R, octave, gnuplot, julia, sbcl and their like */
        .next = 0,
        .value = DAVY_LETTERS("ef"),
        .rest = 0,
        .maybe = 0,
        .code = DAVY_LETTERS("c"),
        .never = 0,
        .text = 0,
        .from_stdin = 0,
        .no_default = DAVY_LETTERS("e"),
        .interactive = 0,
        .script = DAVY_LETTERS("f"),
        .module = 0,
        .server = 0,
        .ways = DAVY_WAY_DASH | DAVY_WAY_DASH_FILE,
    },
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
        .module = 0,
        .server = 0,
        .ways = DAVY_WAY_SHELL,
    },
};

/* Long options. Those that do and take nothing need no entry, except in families with words after
 * one dash. The key includes the row, so that one comparison finds a word. */
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
#define DAVY_AWK(word, effects) DAVY_ARGS_ENTRY(DAVY_FAMILY_AWK, word, effects)
#define DAVY_MAKE(word, effects) DAVY_ARGS_ENTRY(DAVY_FAMILY_MAKE, word, effects)
#define DAVY_JAVA(word, effects) DAVY_ARGS_ENTRY(DAVY_FAMILY_JAVA, word, effects)
#define DAVY_INPUT(word, effects) DAVY_ARGS_ENTRY(DAVY_FAMILY_INPUT, word, effects)
#define DAVY_OTHER(word, effects) DAVY_ARGS_ENTRY(DAVY_FAMILY_OTHER, word, effects)

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
    /* V8's own options take their value only after =. */
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
    DAVY_PHP("server", DAVY_OPT_NEVER | DAVY_OPT_SERVER),
    DAVY_PHP("strip", DAVY_OPT_NEVER),
    DAVY_PHP("syntax-check", DAVY_OPT_NEVER),
    DAVY_PHP("syntax-highlight", DAVY_OPT_NEVER),
    DAVY_PHP("syntax-highlighting", DAVY_OPT_NEVER),
    DAVY_PHP("usage", DAVY_OPT_NEVER),
    DAVY_PHP("version", DAVY_OPT_NEVER),
    DAVY_PHP("zend-extension", DAVY_OPT_VALUE),

    DAVY_AWK("file", DAVY_OPT_VALUE | DAVY_OPT_SCRIPT),
    DAVY_AWK("exec", DAVY_OPT_VALUE | DAVY_OPT_SCRIPT),
    DAVY_AWK("source", DAVY_OPT_VALUE | DAVY_OPT_NO_DEFAULT),
    DAVY_AWK("include", DAVY_OPT_VALUE | DAVY_OPT_NO_DEFAULT),
    DAVY_AWK("assign", DAVY_OPT_VALUE),
    DAVY_AWK("field-separator", DAVY_OPT_VALUE),
    DAVY_AWK("load", DAVY_OPT_VALUE),
    DAVY_AWK("help", DAVY_OPT_NEVER),
    DAVY_AWK("version", DAVY_OPT_NEVER),

    DAVY_ARGS_ENTRY(DAVY_FAMILY_TCL, "encoding", DAVY_OPT_VALUE),

    DAVY_MAKE("file", DAVY_OPT_VALUE | DAVY_OPT_SCRIPT),
    DAVY_MAKE("makefile", DAVY_OPT_VALUE | DAVY_OPT_SCRIPT),
    DAVY_MAKE("directory", DAVY_OPT_VALUE),
    DAVY_MAKE("include-dir", DAVY_OPT_VALUE),
    DAVY_MAKE("eval", DAVY_OPT_VALUE),
    DAVY_MAKE("old-file", DAVY_OPT_VALUE),
    DAVY_MAKE("assume-old", DAVY_OPT_VALUE),
    DAVY_MAKE("new-file", DAVY_OPT_VALUE),
    DAVY_MAKE("assume-new", DAVY_OPT_VALUE),
    DAVY_MAKE("what-if", DAVY_OPT_VALUE),
    DAVY_MAKE("help", DAVY_OPT_NEVER),
    DAVY_MAKE("version", DAVY_OPT_NEVER),

    DAVY_JAVA("jar", DAVY_OPT_VALUE | DAVY_OPT_SCRIPT),
    DAVY_JAVA("cp", DAVY_OPT_VALUE),
    DAVY_JAVA("classpath", DAVY_OPT_VALUE),
    DAVY_JAVA("class-path", DAVY_OPT_VALUE),
    DAVY_JAVA("module-path", DAVY_OPT_VALUE),
    DAVY_JAVA("upgrade-module-path", DAVY_OPT_VALUE),
    DAVY_JAVA("add-modules", DAVY_OPT_VALUE),
    DAVY_JAVA("add-exports", DAVY_OPT_VALUE),
    DAVY_JAVA("add-opens", DAVY_OPT_VALUE),
    DAVY_JAVA("add-reads", DAVY_OPT_VALUE),
    DAVY_JAVA("limit-modules", DAVY_OPT_VALUE),
    DAVY_JAVA("patch-module", DAVY_OPT_VALUE),
    DAVY_JAVA("version", DAVY_OPT_NEVER),
    DAVY_JAVA("help", DAVY_OPT_NEVER),

    DAVY_INPUT("command", DAVY_OPT_VALUE | DAVY_OPT_SCRIPT),
    DAVY_INPUT("eval-command", DAVY_OPT_VALUE),
    DAVY_INPUT("pid", DAVY_OPT_VALUE),
    DAVY_INPUT("core", DAVY_OPT_VALUE),
    DAVY_INPUT("directory", DAVY_OPT_VALUE),
    DAVY_INPUT("batch", 0),
    DAVY_INPUT("quiet", 0),
    DAVY_INPUT("silent", 0),
    DAVY_INPUT("args", 0),
    DAVY_INPUT("help", DAVY_OPT_NEVER),
    DAVY_INPUT("version", DAVY_OPT_NEVER),

    DAVY_OTHER("file", DAVY_OPT_VALUE | DAVY_OPT_SCRIPT),
    DAVY_OTHER("load", DAVY_OPT_VALUE | DAVY_OPT_SCRIPT),
    DAVY_OTHER("eval", DAVY_OPT_VALUE | DAVY_OPT_NO_DEFAULT),
    DAVY_OTHER("args", DAVY_OPT_NEVER),
    DAVY_OTHER("help", DAVY_OPT_NEVER),
    DAVY_OTHER("version", DAVY_OPT_NEVER),
};

#undef DAVY_SH
#undef DAVY_KSH
#undef DAVY_PY
#undef DAVY_PL
#undef DAVY_RB
#undef DAVY_JS
#undef DAVY_PHP
#undef DAVY_AWK
#undef DAVY_MAKE
#undef DAVY_JAVA
#undef DAVY_INPUT
#undef DAVY_OTHER

/* DAVY_OPT_* of the word with this hash. A constant number of turns, and no early return: one path
 * for the verifier. */
DAVY_VERIFIED_ONCE __u32 davy_args_word_effects(__u64 key)
{
    __u64 effects = 0;

    for (__u32 i = 0; i < sizeof(davy_args_words) / sizeof(davy_args_words[0]); i++) {
        __u64 differs = davy_args_words[i].key ^ key;

        __asm__ __volatile__("" : "+r"(differs)); /* else clang makes a branch of it */
        effects |= davy_args_words[i].effects & (((differs | -differs) >> 63) - 1);
    }
    return (__u32)effects;
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
                   (row->script >> shift & 1) * DAVY_OPT_SCRIPT |
                   (row->module >> shift & 1) * DAVY_OPT_MODULE |
                   (row->server >> shift & 1) * DAVY_OPT_SERVER);
}
