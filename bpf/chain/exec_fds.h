/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The pipes among the descriptors of a process that starts. */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "../exec_work.h"
#include "pipes.h"

/* A descriptor into s->code. Global, so that it is verified once and not once a turn of a loop over
 * descriptors. */
__noinline int davy_exec_fd(u64 table_address, u32 fd)
{
    struct exec_scratch *s = exec_working();

    if (s)
        davy_fd_of((struct fdtable *)table_address, fd, &s->code, DAVY_NUMBER);
    return 0;
}

/* Whether it has descriptors that s->open does not tell of. Global for its stack. */
__noinline int davy_exec_high(u64 table_address)
{
    return davy_has_high_fds((struct fdtable *)table_address, DAVY_NUMBER);
}

/* Whether one of the first few descriptors of `open` is a pipe. Where none is, the arguments can
 * name none, and reading them costs more than this look. */
static __always_inline bool has_pipe(u64 table, u64 open, struct exec_scratch *s)
{
    for (int i = 0; i < EXTRA_FDS_MAX && open; i++) {
        davy_exec_fd(table, davy_lowest_bit(open));
        if (s->code.kind == DAVY_FD_PIPE)
            return true;
        open &= open - 1;
    }
    return open;
}

/* The descriptor in s->code joins them, where it is a pipe. */
__noinline int davy_find_pipe(void)
{
    struct exec_scratch *s = exec_working();

    if (!s || s->code.kind != DAVY_FD_PIPE)
        return 0;
    if ((s->code.mode & FMODE_READ) && s->input_count < INPUTS_MAX)
        s->inputs[s->input_count++ & (INPUTS_MAX - 1)] = s->code.pipe;
    if ((s->code.mode & FMODE_WRITE) && s->output_count < OUTPUTS_MAX)
        s->outputs[s->output_count++ & (OUTPUTS_MAX - 1)] = s->code.pipe;
    return 0;
}

/* The pipes that this process reads and writes: its standard descriptors, and others only where its
 * arguments name them (bash /dev/fd/63, tee /dev/fd/63). An inherited descriptor that nobody names
 * says nothing: under make every child holds both ends of the job server's pipe. Global, so that
 * the loop is verified once and not with each state that an exec may come in. */
__noinline int davy_find_pipes(u64 table, u64 named)
{
    struct exec_scratch *s = exec_working();

    if (!s)
        return 0;
    s->input_count = s->output_count = 0;
    s->inputs[0] = s->inputs[1] = 0;
    s->outputs[0] = s->outputs[1] = s->outputs[2] = s->outputs[3] = 0;
    if (s->in.kind == DAVY_FD_PIPE && (s->in.mode & FMODE_READ))
        s->inputs[s->input_count++] = s->in.pipe;
    if (s->out.kind == DAVY_FD_PIPE && (s->out.mode & FMODE_WRITE))
        s->outputs[s->output_count++] = s->out.pipe;
    named &= ~7ull;
    if (s->args.high_fd) {
        davy_exec_fd(table, s->args.high_fd);
        davy_find_pipe();
    }
    for (int i = 0; i < INPUTS_MAX + OUTPUTS_MAX && named; i++) {
        davy_exec_fd(table, davy_lowest_bit(named));
        named &= named - 1;
        davy_find_pipe();
    }
    return 0;
}

/* Outputs beyond stdout, for the connect hook, which sees descriptors and no arguments. */
static __always_inline void remember_named(struct exec_scratch *s, bool stdout_is_pipe)
{
    u32 first = stdout_is_pipe ? 1 : 0, used = 0;

    __builtin_memset(&s->named, 0, sizeof(s->named));
    s->named.start_ns = s->event.process.id.start_ns;
    for (u32 i = 0; i < OUTPUTS_MAX; i++) {
        if (i < first || !s->outputs[i])
            continue;
        s->named.pipe[used++ & (DAVY_NAMED_MAX - 1)] = s->outputs[i];
    }
    if (used && bpf_map_update_elem(&named_outputs, &s->event.process.id.tgid, &s->named, 0))
        davy_count_loss(DAVY_LOSS_PIPE_MAP);
}
