/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Forks and ends of processes: telemetry for the engine, and removal of what the maps have about a
 * process. */
#include "../vmlinux.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "../chain/fed_files.h"
#include "../chain/long_lines.h"
#include "../chain/text_kept.h"
#include "../chain/text_passed.h"
#include "../compat.h"
#include "../condemned.h"
#include "../image/loader.h"

/* A fork of a loader runs what the loader runs, until it execs. */
static __always_inline void inherit_loaded(struct task_struct *parent, struct task_struct *child)
{
    struct loaded *l = davy_task_loaded(parent), fresh;
    u32 tgid = child->tgid;

    if (!l)
        return;
    fresh = *l;
    fresh.start_ns = child->start_boottime;
    bpf_map_update_elem(&loaded, &tgid, &fresh, BPF_ANY);
}

/* copy_process() is done; a new thread is no new process. */
static __always_inline void forked(struct task_struct *parent, struct task_struct *child)
{
    struct davy_event_fork *event;

    if (child->pid != child->tgid || !davy_in_scope())
        return;
    inherit_loaded(parent, child);
    if (!settings.telemetry)
        return;
    event = bpf_ringbuf_reserve(&telemetry, sizeof(*event), 0);
    if (!event) {
        davy_count_loss(DAVY_LOSS_TELEMETRY_RING);
        return;
    }
    davy_header(&event->header, DAVY_EVENT_FORK, sizeof(*event), DAVY_ALLOW);
    davy_process_id_of(parent, &event->parent, DAVY_TYPED);
    davy_process_id_of(child, &event->child, DAVY_TYPED);
    davy_comm_of(child, event->comm);
    bpf_ringbuf_submit(event, davy_telemetry_flags());
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(davy_fork, struct task_struct *parent, struct task_struct *child)
{
    davy_hold_cpu();
    forked(parent, child);
    davy_let_go_of_cpu();
    return 0;
}

/* A net-fed process ends: it writes no more. */
__noinline int davy_fed_ends(void)
{
    struct task_struct *task = davy_current();
    u64 pipe = davy_pipe_at((u64)task, 1);

    return pipe ? davy_readers_fed((u64)davy_parent_of(task), pipe) : 0;
}

/* What the chain's tables know of a process ends with it, wherever it is by now: an entry that
 * stayed would take the room of another. */
static __always_inline void forget(u32 tgid)
{
    struct text_writer *writer;

    bpf_map_delete_elem(&sinks, &tgid);
    bpf_map_delete_elem(&named_outputs, &tgid);
    bpf_map_delete_elem(&readers, &tgid);
    bpf_map_delete_elem(&one_liners, &tgid);
    davy_forget_long_line(tgid);
    if (davy_fed_lately())
        davy_input_ends(tgid);
    if (bpf_map_lookup_elem(&fed_processes, &tgid))
        davy_fed_ends();
    writer = direct_map ? bpf_map_lookup_elem(&text_writers, &tgid) : NULL;
    if (writer) {
        /* Once its first write was seen, the pipe has only the text's end. */
        if (davy_fed_lately()) {
            if (!writer->taken)
                davy_keep_text();
            davy_text_passed();
        }
        bpf_map_delete_elem(&text_writers, &tgid);
    }
    bpf_map_delete_elem(&fed_processes, &tgid);
}

/* In do_exit(). The process ends with its last thread: signal->live is 0 by then (every kernel
 * since 5.10 decrements it before the tracepoint). */
static __always_inline void ended(struct task_struct *task)
{
    struct davy_event_exit *event;
    struct davy_process_id id = {};
    u32 code;

    if (task->signal->live.counter != 0)
        return;
    if (settings.mode[DAVY_DETECTION_CHAIN])
        forget(task->tgid);
    davy_acquit(task->tgid);
    if (!davy_in_scope())
        return;
    davy_process_id_of(task, &id, DAVY_TYPED);
    if (loaders_used)
        bpf_map_delete_elem(&loaded, &id.tgid);
    if (!settings.telemetry)
        return;
    event = bpf_ringbuf_reserve(&telemetry, sizeof(*event), 0);
    if (!event) {
        davy_count_loss(DAVY_LOSS_TELEMETRY_RING);
        return;
    }
    davy_header(&event->header, DAVY_EVENT_EXIT, sizeof(*event), DAVY_ALLOW);
    code = task->signal->group_exit_code;
    event->exit_code = code ? code : task->exit_code;
    event->id = id;
    event->reserved = 0;
    event->cpu_ns = task->signal->sum_sched_runtime + task->se.sum_exec_runtime;
    davy_comm_of(task, event->comm);
    bpf_ringbuf_submit(event, davy_telemetry_flags());
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(davy_exit, struct task_struct *task)
{
    davy_hold_cpu();
    ended(task);
    davy_let_go_of_cpu();
    return 0;
}
