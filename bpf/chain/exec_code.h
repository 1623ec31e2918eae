/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A program starts: an interpreter that reads a net-fed stream, a stage of a pipeline, what was
 * downloaded, or none of these. */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "../exec_work.h"
#include "../facts/user_text.h"
#include "exec_fds.h"
#include "exec_provenance.h"
#include "sink.h"

/* Remembers the path by which an interpreter will open its program. Even if nothing was fed lately,
 * since a fifo may be fed while it is opened. Global, for a stack of its own. */
__noinline int davy_exec_awaits(u64 path_address)
{
    struct exec_scratch *s = exec_working();
    u16 family;

    if (!s)
        return 0;
    family = s->event.process.image.family;
    __builtin_memset(&s->reader, 0, sizeof(s->reader));
    s->reader.start_ns = s->event.process.id.start_ns;
    s->reader.script = davy_user_basename(path_address);
    s->reader.path = davy_user_path(path_address);
    s->reader.depth = davy_user_path_depth(path_address);
    s->reader.folder = family == DAVY_FAMILY_PYTHON;
    s->reader.keeps = family == DAVY_FAMILY_SHELL || family == DAVY_FAMILY_MULTICALL;
    bpf_map_update_elem(&readers, &s->event.process.id.tgid, &s->reader, BPF_ANY);
    awaited_until_ns = bpf_ktime_get_boot_ns() + DAVY_AWAITED_NS;
    return 0;
}

/* An interpreter that is no shell; what a multi-call binary interprets is a shell's. */
static __always_inline bool exec_is_language(const struct davy_event_exec *event)
{
    u16 family = event->process.image.family;

    return family && !davy_family_is_tool(family) && family != DAVY_FAMILY_SHELL &&
           family != DAVY_FAMILY_MULTICALL && family != DAVY_FAMILY_LOADER;
}

/* Its descriptors are what they are open for. Global, as the next one is: the hook's own stack has
 * no room for it. */
__noinline int davy_exec_uses(void)
{
    struct exec_scratch *s = exec_working();

    if (!s)
        return 0;
    davy_fd_used(&s->in, FMODE_READ);
    davy_fd_used(&s->out, FMODE_WRITE);
    davy_fd_used(&s->code, FMODE_READ);
    return 0;
}

/* Whether its stdout is open for writing. */
__noinline int davy_exec_writes(void)
{
    struct exec_scratch *s = exec_working();

    return s && (davy_file_mode(s->out.file) & FMODE_WRITE) ? 1 : 0;
}

/* What this process writes to a file comes from the network, or may come from it: its stdin is a
 * socket, or a pipe that somebody may feed after we look. */
static __always_inline void exec_output(struct exec_scratch *s, const struct sink_work *sink)
{
    struct inode *inode = exec_regular(&s->out);
    struct davy_event_exec *event = &s->event;
    bool speaks = event->process.image.family && !davy_family_is_tool(event->process.image.family);
    u32 kind = DAVY_WRITER_PROGRAM;

    if (s->in.kind == DAVY_FD_INET) {
        if (sink->origin.flow.family)
            davy_process_fed(davy_number_of(&sink->origin.flow), event->process.id.tgid,
                             FED_BY_INPUT);
    } else if (inode && s->in.kind == DAVY_FD_PIPE && davy_exec_writes()) {
        if (event->process.image.family == DAVY_FAMILY_SHELL ||
            (speaks && s->args.program == DAVY_PROGRAM_FILE))
            return;
        if (speaks)
            kind = DAVY_WRITER_ONE_LINER;
        davy_file_fed((u64)inode, 0, s->in.pipe, kind);
    }
}

/* Which descriptors it has, and what its arguments name of them. */
static __always_inline void exec_descriptors(struct fdtable *table, struct exec_scratch *s)
{
    struct davy_event_exec *event = &s->event;
    u64 numbered = (u64)davy_fdtable_of(davy_current(), DAVY_NUMBER); /* for global functions */
    u64 named = 0;

    davy_fd_of(table, 0, &s->in, DAVY_TYPED);
    davy_fd_of(table, 1, &s->out, DAVY_TYPED);
    davy_exec_uses();
    event->stdin_kind = s->in.kind;
    event->stdout_kind = s->out.kind;
    event->stdin_inode = s->in.inode;
    event->stdout_inode = s->out.inode;
    s->open = davy_open_fds(table, DAVY_TYPED);
    /* An interpreter's arguments have been read. Others' are read where a stream could reach them.
     */
    if (event->process.image.family) {
        named = s->args.named_fds & s->open;
    } else if (has_pipe(numbered, s->open & ~7ul, s) || davy_exec_high(numbered)) {
        read_arguments(s, DAVY_FAMILY_NONE);
        event->code_fd = davy_args_code_fd(&s->args);
        named = s->args.named_fds & s->open;
    }
    davy_find_pipes((u64)numbered, named);
    if ((named & ~7ull) || s->args.high_fd)
        remember_named(s, s->out.kind == DAVY_FD_PIPE);
}

/* It may be the end of a chain: an interpreter that reads a descriptor as its code. */
static __always_inline u32 exec_sink(struct fdtable *table, struct exec_scratch *s,
                                     struct sink_work *sink)
{
    struct davy_event_exec *event = &s->event;
    u32 verdict = DAVY_ALLOW;

    if (event->process.image.family && event->code_fd >= 0) {
        davy_fd_of(table, event->code_fd, &s->code, DAVY_TYPED);
        davy_exec_uses();
        if (s->code.kind == DAVY_FD_INET) {
            verdict = sink_of_socket(sink, s->code.file, DAVY_REACH_SOURCE);
        } else if (s->code.kind == DAVY_FD_PIPE) {
            verdict = davy_become_sink(DAVY_SINK_EXEC, s->code.pipe, s->code.inode);
        }
    }
    /* A process that read code before, and runs another program now, reads none any more. */
    if (s->code.kind != DAVY_FD_PIPE || event->code_fd < 0)
        bpf_map_delete_elem(&sinks, &sink->me.id.tgid);
    return verdict;
}

/* It may be the beginning, with a socket as its stdin, or a stage between two pipes. */
static __always_inline u32 exec_stages(struct exec_scratch *s, struct sink_work *sink, u32 verdict)
{
    u32 found;

    if (s->in.kind == DAVY_FD_INET) {
        davy_flow_of(davy_sock_of(s->in.file), &sink->origin.flow);
        for (int o = 0; o < OUTPUTS_MAX && sink->origin.flow.family; o++) {
            if (!s->outputs[o])
                continue;
            found = davy_become_source(DAVY_SINK_EXEC, s->outputs[o]);
            verdict = found > verdict ? found : verdict;
        }
    }
    for (int i = 0; i < INPUTS_MAX; i++) {
        for (int o = 0; o < OUTPUTS_MAX; o++) {
            if (!s->inputs[i] || !s->outputs[o] || s->inputs[i] == s->outputs[o])
                continue;
            found = davy_become_stage(DAVY_SINK_EXEC, s->inputs[i], s->outputs[o]);
            verdict = found > verdict ? found : verdict;
        }
    }
    return verdict;
}

static __always_inline u32 exec_chain(struct task_struct *task, struct exec_scratch *s,
                                      struct file *exe)
{
    struct davy_event_exec *event = &s->event;
    struct fdtable *table = davy_fdtable_of(task, DAVY_TYPED);
    struct sink_work *sink = davy_sink_working(DAVY_SINK_EXEC);
    bool lately = davy_fed_lately();
    u32 verdict;

    if (!sink)
        return DAVY_ALLOW;
    sink->me.id = event->process.id;
    __builtin_memcpy(sink->me.comm, event->process.comm, DAVY_COMM_MAX);
    sink->me.image = davy_image_key(&event->process.image);
    sink->me.uid = event->process.uid;
    sink->origin.flow.family = 0;
    /* What the old image fetched is not the new one's. */
    bpf_map_delete_elem(&fed_processes, &sink->me.id.tgid);
    bpf_map_delete_elem(&program_inputs, &sink->me.id.tgid);
    exec_descriptors(table, s);
    verdict = exec_stages(s, sink, exec_sink(table, s, sink));
    if (settings.window_ns && verdict == DAVY_ALLOW) {
        if (s->in.kind == DAVY_FD_PIPE && s->out.kind == DAVY_FD_PIPE)
            davy_watch_writer();
        if (lately || s->in.kind == DAVY_FD_INET)
            davy_exec_input();
        exec_output(s, sink);
        if (event->process.image.family && s->args.program == DAVY_PROGRAM_FILE)
            davy_exec_awaits(davy_args_address(task, DAVY_TYPED) + s->args.program_at);
        if (event->code_fd >= 0 && exec_is_language(event))
            davy_keep_input((u64)s->code.file, davy_number_of(task));
        if (lately)
            verdict = exec_provenance(task, s, exe);
    }
    return verdict;
}
