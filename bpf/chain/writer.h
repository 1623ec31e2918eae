/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the current process is as a writer of files, by its image and its arguments. */
#pragma once

#include "../facts/task.h"
#include "../scratch.h"
#include "long_lines.h"
#include "maps.h"

#include "davylamp/rules/one_liner.h"

/* The arguments of the current process, to be read where its way of writing matters. Per CPU:
 * before 6.15 a connect hook may be preempted while it reads, so that two processes' arguments mix.
 * Then one may be taken for another kind of writer, once in the life of both. */
struct writer_scratch {
    struct one_liner line;
    struct long_line rest;
    struct davy_image image;
};
DAVY_SCRATCH(writer_scratch, struct writer_scratch, writer_working)

#define LONG_ARGS_MAX (DAVY_PAGE_WORDS * 8 - 1) /* bytes of the arguments that are kept */

/* Command lines that are being read, one for each reader. */
#define DAVY_READING_WRITER 0
#define DAVY_READING_EXEC 1
#define DAVY_READING_PATH 2 /* evaluate.bpf.c */
#define DAVY_READING_OWN 3  /* shell_text.h: at exec, what bash evaluates, a program's input */
#define DAVY_READINGS 6
DAVY_SCRATCHES(readings, DAVY_READINGS, struct davy_args_state, davy_reading)

/* Global, so that it is verified once and not once a byte; and by number, since 5.10's global
 * functions take no pointers. */
__noinline int davy_args_feed(u32 which, u32 byte)
{
    struct davy_args_state *state = davy_reading(which);

    if (!state)
        return 1;
    davy_args_step(state, byte);
    return 0;
}

/* Feeds what lies at a kernel address, `size` bytes and at most a part, so that the verifier walks
 * a part once. */
#define ARGS_PART 64
__noinline int davy_args_feed_part(u32 which, u64 address, u32 size)
{
    u64 word = 0;

    for (u32 i = 0; i < ARGS_PART; i++) {
        if (i >= size)
            break;
        davy_args_feed(which, davy_byte_at(address, i, &word));
    }
    return 0;
}

/* The same of at most DAVY_ARGS_MAX bytes. */
__noinline int davy_args_feed_all(u32 which, u64 address, u32 size)
{
    for (u32 from = 0; from < DAVY_ARGS_MAX; from += ARGS_PART) {
        if (from >= size)
            break;
        davy_args_feed_part(which, address + from, size - from);
    }
    return 0;
}

/* Keeps more of the arguments than the scratch's line has. */
__noinline int davy_keep_long_args(u64 start, u64 size)
{
    struct writer_scratch *s = writer_working();
    u32 tgid = bpf_get_current_pid_tgid() >> 32;

    if (!s)
        return 0;
    if (size > LONG_ARGS_MAX)
        size = LONG_ARGS_MAX;
    asm volatile("" : "+r"(size));
    size &= LONG_ARGS_MAX;
    if (bpf_probe_read_user(s->rest.args, size, (void *)start))
        return 0;
    s->rest.size = size;
    s->rest.start_ns = s->line.start_ns;
    s->rest.uid = bpf_get_current_uid_gid();
    davy_keep_long_line(tgid, &s->rest);
    return 0;
}

/* What the current process is as a writer of files: DAVY_WRITER_*. */
__noinline int davy_writer_kind(void)
{
    struct task_struct *task = davy_current();
    struct writer_scratch *s = writer_working();
    struct davy_args_state *args = davy_reading(DAVY_READING_WRITER);
    u64 start, all, text = 0;
    u32 size, tgid, kind, family;

    if (!s || !args)
        return DAVY_WRITER_NONE;
    __builtin_memset(&s->image, 0, sizeof(s->image));
    davy_image_of(task, davy_exe_of(task), &s->image, DAVY_NUMBER);
    family = s->image.family;
    if (!family || davy_family_is_tool(family))
        return DAVY_WRITER_PROGRAM;
    if (family == DAVY_FAMILY_SHELL)
        return DAVY_WRITER_SHELL;
    start = davy_args_address(task, DAVY_NUMBER);
    size = davy_args_read(task, s->line.args, &all, DAVY_NUMBER);
    if (!size && all)
        return DAVY_WRITER_NONE;
    s->line.size = size;
    davy_args_begin(args, family);
    davy_args_feed_all(DAVY_READING_WRITER, davy_number_of(s->line.args), size);
    if (family == DAVY_FAMILY_MULTICALL)
        return args->row == DAVY_FAMILY_SHELL ? DAVY_WRITER_SHELL : DAVY_WRITER_PROGRAM;
    /* A NUL between an option and its value is skipped. */
    bpf_probe_read_user(&text, sizeof(text), (void *)(start + args->program_at));
    if (!(u8)text)
        bpf_probe_read_user(&text, sizeof(text), (void *)(start + args->program_at + 1));
    kind = davy_interpreter_writes(args, text);
    if (kind != DAVY_WRITER_ONE_LINER)
        return kind;
    s->line.start_ns = davy_start_of(task);
    s->line.code_fd = davy_args_code_fd(args);
    tgid = davy_tgid_of(task);
    bpf_map_update_elem(&one_liners, &tgid, &s->line, BPF_ANY);
    if (all >= DAVY_ARGS_MAX)
        davy_keep_long_args(start, all);
    else
        davy_forget_long_line(tgid); /* of the program that it was before */
    return DAVY_WRITER_ONE_LINER;
}

/* Which descriptor the one-liner that davy_writer_kind() has found takes its program from, or
 * DAVY_CODE_ELSEWHERE. */
static __always_inline s32 davy_writer_code_fd(void)
{
    struct davy_args_state *args = davy_reading(DAVY_READING_WRITER);

    return args ? davy_args_code_fd(args) : DAVY_CODE_ELSEWHERE;
}
