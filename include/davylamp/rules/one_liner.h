/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which interpreters are one-liners: their program is a text that somebody has typed or piped, and
 * no program that is installed. A one-liner that fetches something and runs a shell is judged by
 * its text (command_word.h), and what it writes counts as a download (provenance.h).
 *
 * Not so an interpreter that runs a file, nor a development server that is given by options:
 * python3 -m http.server, php -S, ruby -run -e httpd. Such a server's files are its program, and
 * what it accepts are its visitors' requests. Nor are modules by which Python's own programs are
 * started as a rule: python3 -m pip is pip, and does what its script of that name does. Any other
 * module is a one-liner: there are too many that fetch (python3 -m wget) or evaluate (python3 -m
 * timeit). */
#pragma once

#include <linux/types.h>

#include "davylamp/abi/chain_record.h"
#include "davylamp/rules/arguments.h"

#define DAVY_TEXT_BYTE(s, i) ((__u64)(__u8)(s)[(i) < sizeof(s) ? (i) : sizeof(s) - 1] << 8 * (i))
/* A literal as a program's first eight bytes: eight letters, or fewer with a NUL. */
#define DAVY_TEXT_WORD(s)                                                                          \
    (DAVY_TEXT_BYTE(s, 0) | DAVY_TEXT_BYTE(s, 1) | DAVY_TEXT_BYTE(s, 2) | DAVY_TEXT_BYTE(s, 3) |   \
     DAVY_TEXT_BYTE(s, 4) | DAVY_TEXT_BYTE(s, 5) | DAVY_TEXT_BYTE(s, 6) | DAVY_TEXT_BYTE(s, 7))

/* Whether a program begins with `word`, which includes its NUL and has `size` bytes. */
static inline __u8 davy_text_is(__u64 text, __u64 word, __u32 size)
{
    __u64 shift = 64 - 8 * (__u64)size;

    return text << shift == word << shift;
}

/* Modules of Python that serve the files around them: http.server, and Python 2's. */
static inline __u8 davy_module_serves(__u64 name)
{
    return name == DAVY_TEXT_WORD("http.ser") || name == DAVY_TEXT_WORD("SimpleHT") ||
           name == DAVY_TEXT_WORD("CGIHTTPS");
}

/* Modules of Python that are programs with a script of the same name: what installs and builds,
 * what serves, and what runs tests. By their first eight bytes. A module of one's own that is named
 * so gains what it had if it were run as a file. */
static inline __u8 davy_module_is_program(__u64 name)
{
    if (davy_text_is(name, DAVY_TEXT_WORD("pip"), 4) ||
        davy_text_is(name, DAVY_TEXT_WORD("pipx"), 5) ||
        davy_text_is(name, DAVY_TEXT_WORD("venv"), 5) ||
        davy_text_is(name, DAVY_TEXT_WORD("build"), 6) ||
        davy_text_is(name, DAVY_TEXT_WORD("poetry"), 7) ||
        davy_text_is(name, DAVY_TEXT_WORD("flask"), 6) ||
        davy_text_is(name, DAVY_TEXT_WORD("celery"), 7) ||
        davy_text_is(name, DAVY_TEXT_WORD("django"), 7) ||
        davy_text_is(name, DAVY_TEXT_WORD("uvicorn"), 8) ||
        davy_text_is(name, DAVY_TEXT_WORD("pytest"), 7) ||
        davy_text_is(name, DAVY_TEXT_WORD("ansible"), 8))
        return 1;
    return name == DAVY_TEXT_WORD("ensurepip") || name == DAVY_TEXT_WORD("virtualenv") ||
           name == DAVY_TEXT_WORD("gunicorn") || name == DAVY_TEXT_WORD("unittest") ||
           name == DAVY_TEXT_WORD("ipykernel");
}

/* What an interpreter is as a writer, by its command line; `text`: the first eight bytes of the
 * program or of the module's name, where one stands in the arguments. */
static inline __u32 davy_interpreter_writes(const struct davy_args_state *s, __u64 text)
{
    switch (s->program) {
    case DAVY_PROGRAM_FILE:
        /* /dev/stdin is no file. */
        return s->code_fd >= 0 ? DAVY_WRITER_ONE_LINER : DAVY_WRITER_SCRIPT;
    case DAVY_PROGRAM_MODULE:
        return davy_module_serves(text) || davy_module_is_program(text) ? DAVY_WRITER_SCRIPT
                                                                        : DAVY_WRITER_ONE_LINER;
    case DAVY_PROGRAM_TEXT:
        /* ruby -run -e httpd: the command is Ruby's own. */
        return s->row == DAVY_FAMILY_RUBY && davy_text_is(text, DAVY_TEXT_WORD("httpd"), 6)
                   ? DAVY_WRITER_SCRIPT
                   : DAVY_WRITER_ONE_LINER;
    default: return s->seen & DAVY_OPT_SERVER ? DAVY_WRITER_SCRIPT : DAVY_WRITER_ONE_LINER;
    }
}
