/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the current process is as a writer of files, by its image and its arguments. */
#pragma once

#include "../facts/task.h"
#include "../scratch.h"
#include "maps.h"

#include "davylamp/rules/one_liner.h"

/* The arguments of the current process, to be read where its way of writing matters. Per CPU:
 * before 6.15 a connect hook may be preempted while it reads, so that two processes' arguments mix.
 * Then one may be taken for another kind of writer, once in the life of both. */
struct writer_scratch {
    struct one_liner line;
};
DAVY_SCRATCH(writer_scratch, struct writer_scratch, writer_working)

#define OWN_ARGS_MAX (DAVY_OWN_WORDS * 8 - 1) /* bytes of the arguments that are kept */

/* Command lines that are being read, one for each reader. */
#define DAVY_READING_WRITER 0
#define DAVY_READING_EXEC 1
#define DAVY_READING_PATH 2 /* evaluate.bpf.c */
#define DAVY_READINGS 3
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

/* What the current process is as a writer of files: DAVY_WRITER_*. */
__noinline int davy_writer_kind(void)
{
    struct task_struct *task = davy_current();
    struct davy_image image = {};
    struct davy_args_state *args = davy_reading(DAVY_READING_WRITER);
    struct writer_scratch *s;
    u64 start, size, text = 0;
    u32 tgid, kind;

    davy_image_of(task, davy_exe_of(task), &image, DAVY_NUMBER);
    if (!image.family)
        return DAVY_WRITER_PROGRAM;
    if (image.family == DAVY_FAMILY_SHELL)
        return DAVY_WRITER_SHELL;
    s = writer_working();
    if (!s || !args)
        return DAVY_WRITER_NONE;
    start = davy_args_address(task, DAVY_NUMBER);
    size = davy_args_end(task, DAVY_NUMBER) - start;
    if (size > OWN_ARGS_MAX)
        size = OWN_ARGS_MAX;
    asm volatile("" : "+r"(size));
    size &= OWN_ARGS_MAX;
    if (bpf_probe_read_user(s->line.args, size, (void *)start))
        return DAVY_WRITER_NONE;
    s->line.size = size;
    davy_args_begin(args, image.family);
    if (size > DAVY_ARGS_MAX - 1)
        size = DAVY_ARGS_MAX - 1;
    /* clang knows by the mask that the loop ends with `size` and drops its own bound, which is the
     * one that the verifier needs. */
    barrier_var(size);
    for (u32 i = 0; i < DAVY_ARGS_MAX; i++) {
        if (i >= size)
            break;
        davy_args_feed(DAVY_READING_WRITER, ((u8 *)s->line.args)[davy_index(i, DAVY_ARGS_MAX)]);
    }
    if (image.family == DAVY_FAMILY_MULTICALL)
        return args->row == DAVY_FAMILY_SHELL ? DAVY_WRITER_SHELL : DAVY_WRITER_PROGRAM;
    /* A NUL between an option and its value is skipped. */
    start += args->program_at;
    bpf_probe_read_user(&text, sizeof(text), (void *)start);
    if (!(u8)text)
        bpf_probe_read_user(&text, sizeof(text), (void *)start + 1);
    kind = davy_interpreter_writes(args, text);
    if (kind != DAVY_WRITER_ONE_LINER)
        return kind;
    s->line.start_ns = davy_start_of(task);
    tgid = davy_tgid_of(task);
    bpf_map_update_elem(&one_liners, &tgid, &s->line, BPF_ANY);
    return DAVY_WRITER_ONE_LINER;
}

/* Which descriptor the one-liner that davy_writer_kind() has found takes its program from, or
 * DAVY_CODE_ELSEWHERE. */
static __always_inline s32 davy_writer_code_fd(void)
{
    struct davy_args_state *args = davy_reading(DAVY_READING_WRITER);

    return args ? davy_args_code_fd(args) : DAVY_CODE_ELSEWHERE;
}
