/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Compares what is about to run as code with the text that was kept, and with what waits in a pipe.
 */
#pragma once

#include "../facts/fd.h"
#include "conviction.h"
#include "fed_pipe.h"
#include "shell_text.h"
#include "shells.h"
#include "text_work.h"

/* What was found, in the scratch of convictions; `text` says from where it came. Another user's
 * text proves nothing: he may have written what the shell has of its own. It is told. */
static __always_inline struct davy_conviction *davy_text_conviction(const struct fed_text *text)
{
    struct davy_conviction *c = davy_conviction();

    if (!c)
        return NULL;
    c->facts.source = DAVY_SOURCE_TEXT;
    c->facts.hops = 1;
    c->origin = text->origin;
    c->file_facts.another = text->foreign;
    c->sink.inode = text->pipe_inode;
    return c;
}

static __always_inline struct fed_text *davy_text_of(struct task_struct *task, u32 slot)
{
    struct fed_text_key key = {.tgid = davy_tgid_of(task), .slot = slot};
    struct fed_text *text;

    if (key.tgid <= 1)
        return NULL;
    text = bpf_map_lookup_elem(&fed_texts, &key);
    if (!text || text->start_ns != davy_start_of(task) ||
        text->time_ns + settings.window_ns < bpf_ktime_get_boot_ns())
        return NULL;
    return text;
}

/* Compares a part of a command line, of which `size` bytes are left: as one line, or each word (and
 * each line in it) as one. */
__noinline int davy_command_part(u64 args, u32 size, u32 words)
{
    u64 word = 0;
    u8 byte;

    for (u32 i = 0; i < TEXT_PART; i++) {
        if (i >= size)
            break;
        byte = davy_byte_at(args, i, &word);
        davy_match_byte(words ? davy_match_word_byte(byte) : davy_match_command_byte(byte));
    }
    return 0;
}

/* Whether the command line of a program that a shell started is one of the lines of `text`;
 * `words`: whether it has one. */
__noinline int davy_command_runs(u64 text, u64 args, u32 size, u32 words)
{
    struct text_scratch *s = davy_text_working();

    if (!s)
        return 0;
    davy_match_begin(s, text);
    for (u32 from = 0; from < DAVY_ARGS_MAX; from += TEXT_PART) {
        if (from >= size)
            break;
        davy_command_part(args + from, size - from, words);
    }
    davy_match_done();
    return words ? davy_match_words(&s->state) : davy_match_command(&s->state);
}

/* Compares a part of the bytes in the scratch. Returns whether more of them can change the answer.
 */
__noinline int davy_bytes_part(u32 from)
{
    struct text_scratch *s = davy_text_working();

    if (!s)
        return 0;
    for (u32 i = 0; i < TEXT_PART; i++) {
        u8 byte = s->bytes[davy_index(from + i, DAVY_SAMPLE_BYTES)];

        if (!byte || !davy_match_byte(byte))
            return 0;
    }
    return 1;
}

/* Whether the bytes in the scratch are those of `text`. */
__noinline int davy_bytes_run(u64 text)
{
    struct text_scratch *s = davy_text_working();

    if (!s)
        return 0;
    davy_match_begin(s, text);
    for (u32 from = 0; from < DAVY_SAMPLE_BYTES; from += TEXT_PART) {
        if (!davy_bytes_part(from))
            break;
    }
    return davy_match_done();
}

/* What is compared with the texts. */
#define DAVY_SOUGHT_CODE 0    /* text in user memory at `address`, at most `size` bytes */
#define DAVY_SOUGHT_COMMAND 1 /* a command line of `size` bytes at `address` */
#define DAVY_SOUGHT_BYTES 2   /* the bytes in the scratch */
#define DAVY_SOUGHT_WORDS 3   /* lines among the arguments of such a command line */

static __always_inline bool text_is(const u32 sought, u64 text, u64 address, u64 size)
{
    if (sought == DAVY_SOUGHT_CODE)
        return davy_text_runs(text, address, size);
    if (sought == DAVY_SOUGHT_COMMAND || sought == DAVY_SOUGHT_WORDS)
        return davy_command_runs(text, address, size, sought == DAVY_SOUGHT_WORDS);
    return davy_bytes_run(text);
}

/* The first that it is of the texts that the current process read, or who forked it; NULL where it
 * is none. `starts`: the current process has just become another program. */
static __always_inline struct fed_text *davy_text_sought(const u32 sought, u64 address, u64 size,
                                                         const bool starts)
{
    struct task_struct *task = davy_current();

    for (int i = 0; i < DAVY_TEXT_ANCESTORS * DAVY_TEXTS_EACH; i++) {
        struct fed_text *text = davy_text_of(task, i & (DAVY_TEXTS_EACH - 1));

        /* Another user's line that equals a command proves nothing: he may have chosen it so. */
        if (text && !(sought == DAVY_SOUGHT_COMMAND && text->foreign) &&
            text_is(sought, davy_number_of(text), address, size))
            return text;
        if ((i & (DAVY_TEXTS_EACH - 1)) == DAVY_TEXTS_EACH - 1) {
            if (starts && i < DAVY_TEXTS_EACH ? !davy_was_fork(task) : !davy_is_fork(task))
                break;
            if (!davy_is_own_child(task))
                break;
            task = davy_parent_of(task);
        }
    }
    return NULL;
}

/* Compares the code at `address` with the texts. 1 and a conviction where it is one of them. */
static __always_inline int text_found(u64 address, u64 size, const bool starts)
{
    struct fed_text *text = davy_text_sought(DAVY_SOUGHT_CODE, address, size, starts);
    struct davy_conviction *c = text ? davy_text_conviction(text) : NULL;

    if (c)
        bpf_probe_read_user_str(c->what, DAVY_PATH_MAX, (void *)address);
    return c != NULL;
}

__noinline int davy_text_evaluated(u64 address, u64 size)
{
    return text_found(address, size, false);
}

__noinline int davy_text_started(u64 address, u64 size) { return text_found(address, size, true); }

/* Whether `task` may have taken a command line from a text: it is a shell, or the text's pipe is
 * its stdin (xargs). What any other program starts it brought along. */
__noinline int davy_runs_lines(u64 task_address, u64 pipe_inode)
{
    struct task_struct *task = (struct task_struct *)task_address;
    struct davy_fd in = {};

    davy_task_input(task, &in);
    return (in.kind == DAVY_FD_PIPE && in.inode == pipe_inode) || davy_is_shell(task, false);
}

/* A program starts whose command line is a line of a text that its shell read. That catches shells
 * that export nothing to probe (dash, zsh), when the first such line runs. The conviction's sink is
 * who would have taken it from the text: davy_runs_lines() says whether it may. 2: it was started
 * with that line. */
__noinline int davy_command_found(u64 args, u32 size)
{
    struct fed_text *text = davy_text_sought(DAVY_SOUGHT_COMMAND, args, size, true);
    struct davy_conviction *c = text ? davy_text_conviction(text) : NULL;

    if (!c)
        return 0;
    bpf_probe_read_kernel(c->what, DAVY_PATH_MAX - 1, (void *)args);
    /* We were the shell, and are a line of it now. */
    if (text->start_ns == davy_start_of(davy_current()))
        return 1;
    /* A shell starts its commands as who it is itself. Who has another user's process for a child
     * had it from somebody else, and does not pay for what that one starts. */
    if (davy_uid_of(davy_parent_of(davy_current())) == davy_uid_of(davy_current()))
        davy_sink_of(davy_parent_of(davy_current()), &c->sink);
    return text->carried ? 2 : 1;
}

/* Whether the current process has just been started with a line that its shell read. It may write
 * that line without reading it. */
__noinline int davy_line_given(u64 args, u32 size)
{
    return davy_text_sought(DAVY_SOUGHT_WORDS, args, size, true) != NULL;
}

/* Compares the code at `address` with what is in a pipe right now. `task` reads that pipe as its
 * stdin (xargs, a loop of read and eval), and its writer lives. */
__noinline int davy_piped_found(u64 task_address, u64 address, u64 size)
{
    struct task_struct *task = (struct task_struct *)task_address;
    struct davy_conviction *c;
    struct text_scratch *s;
    struct pipe_node *node;
    struct davy_fd in = {};

    davy_task_input(task, &in);
    if (in.kind != DAVY_FD_PIPE)
        return 0;
    s = davy_text_working();
    if (!s || !davy_pipe_origin(in.pipe, &s->text.origin))
        return 0;
    node = bpf_map_lookup_elem(&pipes, &in.pipe);
    if (davy_sample_pipe((u64)davy_pipe_of(in.file), node ? davy_place_number(&node->from) : 0))
        return 0;
    s->text.pipe_inode = in.inode;
    s->text.foreign = !davy_reaches(s->text.origin.uid, davy_current());
    if (!davy_text_runs(davy_number_of(&s->text), address, size))
        return 0;
    c = davy_text_conviction(&s->text);
    if (c)
        bpf_probe_read_user_str(c->what, DAVY_PATH_MAX, (void *)address);
    return c != NULL;
}

/* An interpreter is about to read code from a pipe that nobody fed, or a file without a name: a
 * here string. Compares what waits there with the texts of its ancestors, since the shell that
 * filled it has them. */
__noinline int davy_filled_found(u64 file_address)
{
    struct file *file = (struct file *)file_address;
    struct text_scratch *s = davy_text_working();
    struct davy_conviction *c;
    struct fed_text *text;

    if (!s || davy_starts_own_input() || davy_document_read(file, s->bytes) < 0)
        return 0;
    text = davy_text_sought(DAVY_SOUGHT_BYTES, 0, 0, true);
    c = text ? davy_text_conviction(text) : NULL;
    if (c)
        __builtin_memcpy(c->what, s->bytes, DAVY_PATH_MAX - 1);
    return c != NULL;
}
