/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a process that runs a gone image does and is (struct davy_image_state). Asked for a finding
 * and by sweeps, never on a hot path. */
#pragma once

#include "../facts/threads.h"
#include "../maps.h"

/* Global: verified once. */
__noinline int davy_state_of(u64 task_address, struct davy_image_state *state)
{
    struct task_struct *task = (struct task_struct *)task_address, *parent;
    u32 tgid = davy_tgid_of(task);

    if (!state)
        return 0;
    parent = davy_parent_of(task);
    state->cpu_ns = davy_cpu_ns(task_address);
    state->reserved = 0;
    state->flags = 0;
    if (bpf_map_lookup_elem(&fed_processes, &tgid))
        state->flags |= DAVY_STATE_NET_FED;
    if (davy_tgid_of(parent) == 1 || davy_is_starter(parent))
        state->flags |= DAVY_STATE_STARTER;
    if (init_cgroup && davy_cgroup_id_of(task) == init_cgroup)
        state->flags |= DAVY_STATE_INITS_CGROUP;
    return 0;
}
