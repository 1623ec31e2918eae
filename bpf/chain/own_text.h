/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whether a one-liner brought a command along: the command's first word is looked for in the
 * one-liner's own text, which stands in its arguments or came through a descriptor. */
#pragma once

#include "../facts/pages.h"
#include "../scratch.h"
#include "program_input.h"

#include "davylamp/rules/command_word.h"

#define OWN_CHUNK 32 /* bytes of a text that are read at once */

/* The command, and its word under way. */
struct own_scratch {
    struct davy_word word;
    u8 command[DAVY_COMMAND_BYTES];
};
DAVY_SCRATCH(own_scratch, struct own_scratch, own_working)

__noinline int davy_command_byte(u32 byte)
{
    struct own_scratch *own = own_working();

    if (own)
        davy_word_command(&own->word, byte);
    return 0;
}

/* The first `size` bytes in the scratch are the command. */
__noinline int davy_command_begin(u32 size)
{
    struct own_scratch *own = own_working();

    if (!own)
        return 0;
    davy_word_begin(&own->word);
    for (u32 i = 0; i < DAVY_COMMAND_BYTES; i++) {
        if (i >= size)
            break;
        davy_command_byte(own->command[i]);
    }
    return 0;
}

/* The command stands in the current process's memory. false: there is none. */
static __always_inline bool davy_command_at(u64 address)
{
    struct own_scratch *own = own_working();
    long size;

    if (!own)
        return false;
    size = bpf_probe_read_user_str(own->command, DAVY_COMMAND_BYTES, (void *)address);
    if (size <= 1)
        return false;
    /* The NUL of one that was cut is none of its own. */
    davy_command_begin(size == DAVY_COMMAND_BYTES ? size - 1 : size);
    return true;
}

/* The command waits in a pipe. false: it is not there yet. */
static __always_inline bool davy_command_in(struct pipe_inode_info *pipe)
{
    struct own_scratch *own = own_working();

    if (!own || davy_pipe_read(pipe, own->command, DAVY_COMMAND_BYTES))
        return false;
    davy_command_begin(DAVY_COMMAND_BYTES);
    return true;
}

/* A byte of the text; 1 where the word is there. */
__noinline int davy_own_byte(u32 byte)
{
    struct own_scratch *own = own_working();

    return !own || davy_word_step(&own->word, byte);
}

/* So many bytes at an address, of which `count` are the text's. By chunks, and these by bytes: each
 * is verified once, and a whole page would be verified for each iteration. */
__noinline int davy_own_chunk(u64 address, u32 count)
{
    u64 words[OWN_CHUNK / 8] = {};

    bpf_probe_read_kernel(words, OWN_CHUNK, (void *)address);
    for (u32 i = 0; i < OWN_CHUNK; i++) {
        if (i >= count)
            break;
        if (davy_own_byte((u8)(words[i / 8] >> (8 * (i % 8)))))
            return 1;
    }
    return 0;
}

/* A text, `size` bytes of it. */
static __always_inline bool davy_own_words(const u64 *words, u32 size)
{
    for (u32 i = 0; i < DAVY_OWN_WORDS * 8; i += OWN_CHUNK) {
        if (i >= size)
            break;
        if (davy_own_chunk(davy_number_of(words) + i, size - i))
            return true;
    }
    return false;
}

/* What the word may still have before it when the text ends. */
__noinline int davy_own_end(void)
{
    for (u32 i = 0; i < DAVY_WORD_BYTES; i++) {
        if (davy_own_byte(0))
            return 1;
    }
    return 0;
}

__noinline int davy_in_arguments(u32 tgid)
{
    struct one_liner *line = bpf_map_lookup_elem(&one_liners, &tgid);

    return line && (davy_own_words(line->args, line->size) || davy_own_end());
}

__noinline int davy_in_input(u64 task_address)
{
    struct program_input *input = davy_input_of((struct task_struct *)task_address);

    return input && (davy_own_words(input->text[0], input->size[0]) ||
                     davy_own_words(input->text[1], input->size[1]) || davy_own_end());
}

/* Whether the one-liner `task` has the command's first word in its own text. Also 1 where nothing
 * is known of it. What of a text is longer than what is kept, it has not. */
__noinline int davy_brought_along(u64 task_address)
{
    struct task_struct *task = (struct task_struct *)task_address;
    u32 tgid = davy_tgid_of(task);
    struct one_liner *line = bpf_map_lookup_elem(&one_liners, &tgid);
    struct own_scratch *own = own_working();

    if (!own || !line || line->start_ns != davy_start_of(task) || !davy_word_sought(&own->word))
        return 1;
    return davy_in_arguments(tgid) || davy_in_input(task_address);
}
