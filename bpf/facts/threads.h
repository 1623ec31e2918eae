/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The threads of a process. */
#pragma once

#include "task.h"

#define DAVY_THREADS 256 /* whose time is added up */

static __always_inline struct task_struct *davy_thread_at(u64 node)
{
    return (void *)node - bpf_core_field_offset(struct task_struct, thread_node);
}

/* The time of a thread, by its node in the list of threads, and the node before. A function each,
 * so that what relocates them is verified once and not once a thread. */
__noinline u64 davy_thread_ns(u64 node)
{
    return BPF_CORE_READ(davy_thread_at(node), se.sum_exec_runtime);
}

__noinline u64 davy_thread_before(u64 node)
{
    return (u64)BPF_CORE_READ(davy_thread_at(node), thread_node.prev);
}

/* User and system time of all threads of `task`, ns. Of running ones as of the last tick. */
__noinline u64 davy_cpu_ns(u64 task_address)
{
    struct task_struct *task = (struct task_struct *)task_address;
    struct signal_struct *signal = BPF_CORE_READ(task, signal);
    u64 head = (u64)signal + bpf_core_field_offset(struct signal_struct, thread_head);
    u64 at = (u64)BPF_CORE_READ(signal, thread_head.prev);
    u64 sum = BPF_CORE_READ(signal, sum_sched_runtime);

    for (u32 i = 0; i < DAVY_THREADS && at && at != head; i++) {
        sum += davy_thread_ns(at);
        at = davy_thread_before(at);
    }
    return sum;
}

static __always_inline bool davy_is_first_thread(struct task_struct *task)
{
    return BPF_CORE_READ(task, pid) == BPF_CORE_READ(task, tgid);
}

/* A thread that has ended has given its memory away. */
static __always_inline bool davy_has_memory(struct task_struct *task)
{
    return BPF_CORE_READ(task, mm) != NULL;
}

/* A typed thread as the number that global functions take: from its neighbour in the list of
 * threads. */
static __always_inline struct task_struct *davy_thread_number(struct task_struct *thread)
{
    return davy_thread_at((u64)BPF_CORE_READ(thread, thread_node.prev, next));
}
