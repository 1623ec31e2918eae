/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a process that runs a gone image does and is (struct davy_image_state). Asked for a finding
 * and by sweeps, never on a hot path. */
#pragma once

#include "../facts/task.h"
#include "../maps.h"

#define DAVY_THREADS 256 /* whose time is added up */

/* User and system time of all threads of `task`, ns. Of running ones as of the last tick. */
__noinline u64 davy_cpu_ns(u64 task_address)
{
    struct task_struct *task = (struct task_struct *)task_address;
    struct signal_struct *signal = BPF_CORE_READ(task, signal);
    u64 head = (u64)signal + bpf_core_field_offset(struct signal_struct, thread_head);
    u64 at = (u64)BPF_CORE_READ(signal, thread_head.prev);
    u64 sum = BPF_CORE_READ(signal, sum_sched_runtime);

    for (u32 i = 0; i < DAVY_THREADS && at && at != head; i++) {
        struct task_struct *thread =
            (void *)at - bpf_core_field_offset(struct task_struct, thread_node);

        sum += BPF_CORE_READ(thread, se.sum_exec_runtime);
        at = (u64)BPF_CORE_READ(thread, thread_node.prev);
    }
    return sum;
}

/* Global: verified once. */
__noinline int davy_state_of(u64 task_address, struct davy_image_state *state)
{
    struct task_struct *task = (struct task_struct *)task_address, *parent;
    u32 tgid = BPF_CORE_READ(task, tgid);

    if (!state)
        return 0;
    parent = BPF_CORE_READ(task, real_parent);
    state->cpu_ns = davy_cpu_ns(task_address);
    state->reserved = 0;
    state->flags = 0;
    if (bpf_map_lookup_elem(&fed_processes, &tgid))
        state->flags |= DAVY_STATE_NET_FED;
    if (BPF_CORE_READ(parent, tgid) == 1 || davy_is_starter(parent))
        state->flags |= DAVY_STATE_STARTER;
    if (init_cgroup && BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id) == init_cgroup)
        state->flags |= DAVY_STATE_INITS_CGROUP;
    return 0;
}
