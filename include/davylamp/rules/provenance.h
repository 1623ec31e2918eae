/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Download, then run: how a download differs from what a service writes for itself. */
#pragma once

#include "davylamp/abi/chain_record.h"

/* Whether a file that a net-fed process wrote counts as a download when it runs.
 *
 * A service that uses the network and runs its own scripts is no downloader: Hadoop's NodeManager,
 * a CI agent, a configuration manager. Each is an ancestor of the shell that reads the script. An
 * image that it wrote itself does count: no service writes machine code, a dropper does. A shell
 * and a one-liner are downloaders in either case; nobody runs a service in one. What an interpreter
 * writes that runs a program from a file (pip, npm, cloud-init) never counts: such files are
 * installed programs by the hundred. docs/limits.md says what that costs. */
static inline __u8 davy_is_download(const struct davy_file_facts *facts)
{
    switch (facts->writer) {
    case DAVY_WRITER_SHELL:
    case DAVY_WRITER_ONE_LINER: return 1;
    case DAVY_WRITER_PROGRAM: return facts->image || !facts->own;
    default: return 0;
    }
}

/* Whether the first word of a command is in the text of the one-liner that starts it: then the
 * one-liner did not fetch it, but brought it along. Words are compared by eight bytes. */
struct davy_word {
    __u64 bytes, mask;
    __u64 window; /* the last eight bytes of the text */
};

static inline void davy_word_begin(struct davy_word *word, const __u8 *command)
{
    __u8 open = 1;

    word->bytes = word->mask = word->window = 0;
    for (__u32 i = 0; i < 8; i++) {
        open &= command[i] != 0 && command[i] != ' ' && command[i] != '\t' && command[i] != '\n' &&
                command[i] != ';';
        word->bytes |= open ? (__u64)command[i] << 8 * i : 0;
        word->mask |= open ? 0xffull << 8 * i : 0;
    }
}

/* A byte of the text; 1 where the word ends up to seven bytes before it. End with seven NULs. */
static inline __u8 davy_word_step(struct davy_word *word, __u8 byte)
{
    word->window = word->window >> 8 | (__u64)byte << 56;
    return word->mask != 0 && (word->window & word->mask) == word->bytes;
}
