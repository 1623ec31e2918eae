/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whether what a shell runs stands in its own program: in its script's file, or in the text of its
 * -c. A program that may run what it has in a variable proves nothing by a command; a here-document
 * that it has whole is its own in any case. The shell's memory can be read while it runs, and in a
 * fork of it until that execs. */
#pragma once

#include "../scratch.h"
#include "fed_files.h"
#include "fed_lately.h"
#include "shells.h"
#include "writer.h"

#include "davylamp/rules/own_command.h"
#include "davylamp/rules/shell_evaluates.h"

#define OWN_CHUNK 256
#define OWN_WORDS 24       /* of a command */
#define OWN_CODE_CHUNKS 64 /* 16 KiB of -c */
#define OWN_PAGES 16       /* 64 KiB of a script */
#define OWN_ANCESTORS 3

struct own_scratch {
    struct davy_own own;
    struct davy_evaluates evaluates;
    u8 bytes[OWN_CHUNK];
};
struct own_document {
    u8 bytes[DAVY_SAMPLE_BYTES];
};
DAVY_SCRATCH(own_document, struct own_document, document_working)
#define OWN_EXEC 0
#define OWN_EVALUATE 1
#define OWN_INPUT 2
#define OWNS 3
DAVY_SCRATCHES(own_scratches, OWNS, struct own_scratch, own_working)

/* Processes about to run a program by a command of their own: tgid → start time. Written as they
 * call execve, deleted as the program starts. Full: the least recently used goes, and its command
 * may be taken for the network's. */
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 1024);
    __type(key, u32);
    __type(value, u64);
} own_commands SEC(".maps");

/* The same of programs whose input is a here-document of the shell's. */
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 1024);
    __type(key, u32);
    __type(value, u64);
} own_inputs SEC(".maps");

/* Global, so that it is verified once and not once a byte. */
__noinline int davy_own_command_byte(u32 which, u32 byte)
{
    struct own_scratch *s = own_working(which);

    if (s)
        davy_own_command(&s->own, byte);
    return 0;
}

/* Feeds the bytes in the scratch, at most `size` and to a NUL: to the command, or to the text that
 * is searched. */
__noinline int davy_own_command_chunk(u32 which, u32 size)
{
    struct own_scratch *s = own_working(which);

    if (!s)
        return 0;
    for (u32 i = 0; i < OWN_CHUNK; i++) {
        if (i >= size || !s->bytes[i])
            break;
        davy_own_command_byte(which, s->bytes[i]);
    }
    return 0;
}

/* Four of a byte, so that each is verified by itself. */
__noinline int davy_own_value_before(u32 which, u32 byte)
{
    struct own_scratch *s = own_working(which);

    if (s && davy_own_expands(&s->own, byte))
        davy_own_expand(&s->own);
    return 0;
}

__noinline int davy_own_byte(u32 which, u32 byte)
{
    struct own_scratch *s = own_working(which);

    if (s)
        davy_own_follow(&s->own, byte);
    return 0;
}

__noinline int davy_own_words_byte(u32 which, u32 byte)
{
    struct own_scratch *s = own_working(which);

    if (s)
        davy_evaluates_words_step(&s->evaluates, byte);
    return 0;
}

__noinline int davy_own_evaluates_byte(u32 which, u32 byte)
{
    struct own_scratch *s = own_working(which);

    if (s)
        davy_evaluates_step(&s->evaluates, byte);
    return 0;
}

__noinline int davy_own_text_chunk(u32 which, u32 size)
{
    struct own_scratch *s = own_working(which);

    if (!s)
        return 0;
    for (u32 i = 0; i < OWN_CHUNK; i++) {
        if (i >= size)
            break;
        davy_own_value_before(which, s->bytes[i]);
        davy_own_byte(which, s->bytes[i]);
        if (which == OWN_EXEC) {
            davy_own_words_byte(which, s->bytes[i]);
            davy_own_evaluates_byte(which, s->bytes[i]);
        }
    }
    return 0;
}

/* Whether variable number `call` of those that the text calls is literal. */
__noinline int davy_own_literal(u32 which, u32 call)
{
    struct own_scratch *s = own_working(which);

    return s && davy_evaluates_literal(&s->evaluates.names, call);
}

__noinline int davy_own_calls_literal(u32 which)
{
    for (u32 i = 0; i < DAVY_EVAL_CALLS; i++) {
        if (!davy_own_literal(which, i))
            return 0;
    }
    return 1;
}

/* Whether all of the text was read, has the command, and runs no other. */
__noinline int davy_own_text_has(u32 which)
{
    struct own_scratch *s = own_working(which);

    davy_own_value_before(which, 0);
    if (!s || !davy_own_ended(&s->own))
        return 0;
    return which != OWN_EXEC ||
           (!davy_evaluates_end(&s->evaluates) && davy_own_calls_literal(which));
}

/* The string at `address` in user memory as (part of) the command. 0 where all of it could be read.
 */
__noinline int davy_own_string(u32 which, u64 address)
{
    struct own_scratch *s = own_working(which);
    long size;

    if (!s)
        return -1;
    for (u32 c = 0; c < DAVY_OWN_BYTES / OWN_CHUNK + 1; c++) {
        size = bpf_probe_read_user_str(s->bytes, OWN_CHUNK, (void *)address);
        if (size <= 0)
            return -1;
        davy_own_command_chunk(which, OWN_CHUNK);
        if (size < OWN_CHUNK)
            return 0;
        address += OWN_CHUNK - 1;
    }
    return -1;
}

/* Searches the text at `address` in user memory, to its NUL. */
__noinline int davy_own_in_code(u32 which, u64 address)
{
    struct own_scratch *s = own_working(which);
    long size;

    if (!s)
        return 0;
    for (u32 c = 0; c < OWN_CODE_CHUNKS; c++) {
        size = bpf_probe_read_user_str(s->bytes, OWN_CHUNK, (void *)address);
        if (size <= 0)
            break;
        davy_own_text_chunk(which, size - 1);
        if (size < OWN_CHUNK)
            return davy_own_text_has(which);
        address += OWN_CHUNK - 1;
    }
    return 0;
}

/* Searches a page of a file. 0 where it could be read. */
__noinline int davy_own_in_page(u32 which, u64 page, u64 left)
{
    struct own_scratch *s = own_working(which);

    if (!s)
        return 1;
    for (u32 c = 0; c < (1 << PAGE_SHIFT) / OWN_CHUNK && left; c++) {
        if (bpf_probe_read_kernel(s->bytes, OWN_CHUNK, (void *)(page + c * OWN_CHUNK)))
            return 1;
        davy_own_text_chunk(which, left < OWN_CHUNK ? left : OWN_CHUNK);
        left -= left < OWN_CHUNK ? left : OWN_CHUNK;
    }
    return 0;
}

/* Where page `index` of a file lies; global, so that it is verified once and not for each page. */
__noinline u64 davy_own_page(u64 inode_address, u32 index)
{
    return davy_file_page((struct inode *)inode_address, index);
}

__noinline int davy_own_in_file(u32 which, u64 inode_address)
{
    struct inode *inode = (struct inode *)inode_address;
    struct own_scratch *s = own_working(which);
    u64 size = davy_inode_size(inode), page;

    /* A script that a download was written to has what it had before, and more. */
    if (!s || davy_has_download(inode_address))
        return 0;
    for (u32 p = 0; p < OWN_PAGES; p++) {
        if (size <= (u64)p << PAGE_SHIFT)
            return davy_own_text_has(which);
        page = davy_own_page(inode_address, p);
        if (!page || davy_own_in_page(which, page, size - ((u64)p << PAGE_SHIFT)))
            break;
    }
    return 0;
}

/* Whether a shell that reads its stdin reads a terminal: what is typed to it is its own. */
__noinline int davy_is_typed_to(u64 task_address)
{
    struct davy_fd in = {};

    davy_task_input((struct task_struct *)task_address, &in);
    return in.file && davy_inode_is_terminal(davy_inode_of(in.file)) ? 1 : 0;
}

/* Whether the program of the shell that the current process is, or is a fork of, has the command in
 * the scratch. */
__noinline int davy_own_program(u32 which)
{
    struct task_struct *task = davy_current();
    struct davy_args_state *args = davy_reading(DAVY_READING_OWN + which);
    struct own_scratch *s = own_working(which);
    u64 address = davy_args_address(task, DAVY_NUMBER);
    u64 left = davy_args_end(task, DAVY_NUMBER) - address;
    u64 size, inode;
    u8 first = 0;

    if (!s || !args || which >= OWNS)
        return 0;
    davy_args_begin(args, davy_family_of_task((u64)task, which == OWN_EVALUATE ? BEGINNING_EVALUATE
                                                                               : BEGINNING_EXEC));
    for (u32 c = 0; c < DAVY_ARGS_MAX / OWN_CHUNK; c++) {
        size = left < OWN_CHUNK ? left : OWN_CHUNK;
        asm volatile("" : "+r"(size));
        if (size > OWN_CHUNK)
            size = OWN_CHUNK;
        if (!size || bpf_probe_read_user(s->bytes, size, (void *)(address + c * OWN_CHUNK)))
            break;
        left -= size;
        davy_args_feed_all(DAVY_READING_OWN + which, davy_number_of(s->bytes), size);
    }
    davy_own_text(&s->own);
    davy_evaluates_begin(&s->evaluates);
    if (args->program == DAVY_PROGRAM_TEXT) {
        address += args->program_at;
        /* The NUL between -c and its text. */
        bpf_probe_read_user(&first, 1, (void *)address);
        return davy_own_in_code(which, first ? address : address + 1);
    }
    for (int i = 0; i < OWN_ANCESTORS && davy_is_fork(task); i++)
        task = davy_parent_of(task);
    if (args->program == DAVY_PROGRAM_NONE)
        return which == OWN_EXEC && davy_is_typed_to((u64)task);
    if (args->program != DAVY_PROGRAM_FILE)
        return 0;
    inode = davy_script_of((u64)task);
    return inode ? davy_own_in_file(which, inode) : 0;
}

/* Whether the current process, or who forked it, holds text from the network. */
static __always_inline bool davy_holds_text(void)
{
    struct task_struct *task = davy_current();

    for (int i = 0; i < DAVY_TEXT_ANCESTORS * DAVY_TEXTS_EACH; i++) {
        struct fed_text_key key = {.tgid = davy_tgid_of(task), .slot = i & (DAVY_TEXTS_EACH - 1)};
        struct fed_text *text = bpf_map_lookup_elem(&fed_texts, &key);

        if (text && text->start_ns == davy_start_of(task))
            return true;
        if (key.slot == DAVY_TEXTS_EACH - 1) {
            if (!davy_is_fork(task))
                break;
            task = davy_parent_of(task);
        }
    }
    return false;
}

/* Whether the shell that the current process is a fork of may read text from the network now. */
__noinline int davy_reads_text(void)
{
    u64 pipe = davy_pipe_at((u64)davy_parent_of(davy_current()), 0);

    return pipe && bpf_map_lookup_elem(&pipes, &pipe) != NULL;
}

__noinline int davy_own_document_byte(u32 at)
{
    struct own_scratch *s = own_working(OWN_INPUT);
    struct own_document *document = document_working();
    u8 byte;

    if (!s || !document)
        return 0;
    byte = document->bytes[davy_index(at, DAVY_SAMPLE_BYTES)];
    davy_own_command(&s->own, byte);
    return byte;
}

/* What the shell put into a pipe or a file without a name, for a program to read: its beginning
 * into `bytes`. Its size, or -1 where the file is no such document. */
static __always_inline s64 davy_document_read(struct file *file, u8 *bytes)
{
    struct davy_pipe_place beginning = {};
    struct inode *inode = davy_inode_of(file);
    u16 type = davy_inode_type(inode);
    s64 size;

    if (type == S_IFREG)
        return davy_nlink_of(inode) || davy_file_read(inode, bytes, DAVY_SAMPLE_BYTES)
                   ? -1
                   : (s64)davy_inode_size(inode);
    if (type != S_IFIFO)
        return -1;
    size = davy_pipe_written(davy_pipe_of(file), &beginning);
    return davy_pipe_read(davy_pipe_of(file), &beginning, bytes, DAVY_SAMPLE_BYTES) ? -1 : size;
}

/* The current process is about to start a program. Notes whether what waits in its stdin is a
 * here-document that the shell has in its own program: nobody can write more to the pipe, and all
 * of it was compared that is held against texts from the network. */
__noinline int davy_note_own_input(void)
{
    struct own_scratch *s = own_working(OWN_INPUT);
    struct own_document *document = document_working();
    u32 tgid = bpf_get_current_pid_tgid() >> 32;
    struct davy_fd in = {};
    u64 start_ns;
    s64 size;

    davy_task_input(davy_current(), &in);
    if (!s || !document || !in.file ||
        (in.kind == DAVY_FD_PIPE && davy_pipe_writers(davy_pipe_of(in.file))))
        return 0;
    size = davy_document_read(in.file, document->bytes);
    if (size <= 0)
        return 0;
    davy_own_begin(&s->own);
    s->own.as = size < DAVY_SAMPLE_BYTES ? DAVY_OWN_DOCUMENT : DAVY_OWN_BEGINNING;
    for (u32 i = 0; i < DAVY_SAMPLE_BYTES; i++) {
        if (i >= size)
            break;
        davy_own_document_byte(i);
    }
    if (!davy_own_program(OWN_INPUT))
        return 0;
    start_ns = davy_start_of(davy_current());
    bpf_map_update_elem(&own_inputs, &tgid, &start_ns, BPF_ANY);
    return 1;
}

/* Whether the current process, which calls execve, is a shell that may run text from the network,
 * or a fork of one. */
__noinline int davy_own_sought(void)
{
    u32 tgid = bpf_get_current_pid_tgid() >> 32;

    bpf_map_delete_elem(&own_commands, &tgid);
    bpf_map_delete_elem(&own_inputs, &tgid);
    return (davy_holds_text() || davy_reads_text()) && davy_is_shell(davy_current(), false);
}

/* Notes whether it has the words at `argv` in its own program. */
__noinline int davy_note_own_command(u64 argv)
{
    struct own_scratch *s = own_working(OWN_EXEC);
    u32 tgid = bpf_get_current_pid_tgid() >> 32;
    u64 word, start_ns;

    if (!s)
        return 0;
    davy_own_begin(&s->own);
    for (u32 i = 0; i < OWN_WORDS; i++) {
        word = 0;
        if (bpf_probe_read_user(&word, sizeof(word), (void *)(argv + i * sizeof(word))))
            return 0;
        if (!word)
            break;
        if (davy_own_string(OWN_EXEC, word))
            return 0;
        davy_own_command(&s->own, ' ');
    }
    if (word || !davy_own_program(OWN_EXEC))
        return 0;
    start_ns = davy_start_of(davy_current());
    bpf_map_update_elem(&own_commands, &tgid, &start_ns, BPF_ANY);
    return 1;
}

static __always_inline void davy_note_own(u64 argv)
{
    if (!davy_own_sought())
        return;
    davy_note_own_command(argv);
    davy_note_own_input();
}

static __always_inline void davy_forget_own(void)
{
    u32 tgid = bpf_get_current_pid_tgid() >> 32;

    bpf_map_delete_elem(&own_commands, &tgid);
    bpf_map_delete_elem(&own_inputs, &tgid);
}

/* Whether what just started is such a command. */
static __always_inline bool davy_starts_own(void)
{
    u32 tgid = bpf_get_current_pid_tgid() >> 32;
    u64 *start_ns = bpf_map_lookup_elem(&own_commands, &tgid);

    return start_ns && *start_ns == davy_start_of(davy_current());
}

/* Whether what just started has such an input. */
static __always_inline bool davy_starts_own_input(void)
{
    u32 tgid = bpf_get_current_pid_tgid() >> 32;
    u64 *start_ns = bpf_map_lookup_elem(&own_inputs, &tgid);

    return start_ns && *start_ns == davy_start_of(davy_current());
}

/* The same of a string that the current process, a shell, is about to evaluate: its program must
 * say so (eval 'text', $(text), trap 'text' EXIT). That it has the text somewhere does not make
 * what it fetched its own. */
__noinline int davy_evaluates_own(u64 string)
{
    struct own_scratch *s = own_working(OWN_EVALUATE);

    if (!s)
        return 0;
    davy_own_begin(&s->own);
    s->own.as = DAVY_OWN_EVALUATED;
    return !davy_own_string(OWN_EVALUATE, string) && davy_own_program(OWN_EVALUATE);
}
