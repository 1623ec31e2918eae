/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whether a one-liner brought a command line along: the words that begin its commands are looked
 * for in the one-liner's own text, which stands in its arguments or came through a descriptor. */
#pragma once

#include "../facts/pages.h"
#include "../scratch.h"
#include "program_input.h"

#include "davylamp/rules/command_word.h"

#define WORD_CHUNK 32 /* bytes of a text that are read at once */

/* The command line, and its words. */
struct word_scratch {
    struct davy_command_line line;
    u8 command[DAVY_COMMAND_BYTES];
};
DAVY_SCRATCH(word_scratch, struct word_scratch, word_working)

__noinline int davy_command_byte(u32 byte)
{
    struct word_scratch *s = word_working();

    if (s)
        davy_word_command(&s->line, byte);
    return 0;
}

/* The first `size` bytes in the scratch are the command line. */
__noinline int davy_command_begin(u32 size)
{
    struct word_scratch *s = word_working();

    if (!s)
        return 0;
    davy_words_begin(&s->line);
    for (u32 i = 0; i < DAVY_COMMAND_BYTES; i++) {
        if (i >= size)
            break;
        davy_command_byte(s->command[i]);
    }
    return 0;
}

/* The command line stands in the current process's memory. false: there is none. */
static __always_inline bool davy_command_at(u64 address)
{
    struct word_scratch *s = word_working();
    long size;

    if (!s)
        return false;
    size = bpf_probe_read_user_str(s->command, DAVY_COMMAND_BYTES, (void *)address);
    if (size <= 1)
        return false;
    /* The NUL of one that was cut is none of its own. */
    davy_command_begin(size == DAVY_COMMAND_BYTES ? size - 1 : size);
    return true;
}

/* The command line waits in a pipe. false: it is not there yet. */
static __always_inline bool davy_command_in(struct pipe_inode_info *pipe)
{
    struct davy_pipe_place beginning = {};
    struct word_scratch *s = word_working();

    if (!s || davy_pipe_read(pipe, &beginning, s->command, DAVY_COMMAND_BYTES))
        return false;
    davy_command_begin(DAVY_COMMAND_BYTES);
    return true;
}

/* A byte of the text; 1 where all words have been there. */
__noinline int davy_word_byte(u32 byte)
{
    struct word_scratch *s = word_working();

    return !s || davy_words_step(&s->line, byte);
}

/* So many bytes at an address, of which `count` are the text's. By chunks, and these by bytes: each
 * is verified once, and a whole page would be verified for each iteration. */
__noinline int davy_word_chunk(u64 address, u32 count)
{
    u64 bytes[WORD_CHUNK / 8] = {};

    bpf_probe_read_kernel(bytes, WORD_CHUNK, (void *)address);
    for (u32 i = 0; i < WORD_CHUNK; i++) {
        if (i >= count)
            break;
        if (davy_word_byte((u8)(bytes[i / 8] >> (8 * (i % 8)))))
            return 1;
    }
    return 0;
}

/* A text, `size` bytes of it. */
static __always_inline bool davy_word_in(const u64 *text, u32 size, const u32 most)
{
    for (u32 i = 0; i < most; i += WORD_CHUNK) {
        if (i >= size)
            break;
        if (davy_word_chunk(davy_number_of(text) + i, size - i))
            return true;
    }
    return false;
}

/* What a word may still have before it when the text ends. */
__noinline int davy_word_end(void)
{
    for (u32 i = 0; i < DAVY_WORD_BYTES; i++) {
        if (davy_word_byte(0))
            return 1;
    }
    return 0;
}

__noinline int davy_in_arguments(u32 tgid)
{
    struct one_liner *line = bpf_map_lookup_elem(&one_liners, &tgid);
    struct long_line *rest = bpf_map_lookup_elem(&long_lines, &tgid);

    if (!line)
        return 0;
    if (rest && rest->start_ns == line->start_ns)
        return davy_word_in(rest->args, rest->size, sizeof(rest->args)) || davy_word_end();
    return davy_word_in(line->args, line->size, sizeof(line->args)) || davy_word_end();
}

__noinline int davy_in_input(u64 task_address)
{
    struct task_struct *task = (struct task_struct *)task_address;
    struct program_input *input = davy_input_of(task);
    u32 tgid = davy_tgid_of(task);
    struct one_liner *line = input ? NULL : bpf_map_lookup_elem(&one_liners, &tgid);

    if (line && line->code_fd >= 0 && davy_keep_input_again(task_address, line->code_fd))
        input = davy_input_of(task);
    return input && (davy_word_in(input->text[0], input->size[0], PAGE_BYTES) ||
                     davy_word_in(input->text[1], input->size[1], PAGE_BYTES) || davy_word_end());
}

/* Whether the one-liner `task` has the command line in its own text. Also 1 where nothing is known
 * of it. What of a text is longer than what is kept, it has not. */
__noinline int davy_brought_along(u64 task_address)
{
    struct task_struct *task = (struct task_struct *)task_address;
    u32 tgid = davy_tgid_of(task);
    struct one_liner *line = bpf_map_lookup_elem(&one_liners, &tgid);
    struct word_scratch *s = word_working();

    if (!s || !line || line->start_ns != davy_start_of(task) || !davy_words_sought(&s->line))
        return 1;
    return davy_in_arguments(tgid) || davy_in_input(task_address);
}
