/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the current process descends from. */
#pragma once

#include "../roles.h"

#define DAVY_LINEAGE_MAX 8 /* a process and its ancestors, as far as roles are looked for */

/* Whether this process, or one of its near ancestors, has a role by its image. A role ends where
 * pids, mounts or users change: what runs in a container is not its runtime's doing. */
__noinline int davy_has_role(u32 role)
{
    struct task_struct *task = davy_current();

    for (int i = 0; i < DAVY_LINEAGE_MAX; i++) {
        if (!task || davy_tgid_of(task) <= 1)
            break;
        if ((davy_roles_of((u64)task) & role) && davy_same_world(task, davy_current()))
            return 1;
        task = davy_parent_of(task);
    }
    return 0;
}

/* Whether `ancestor` is an ancestor of the current process. A process whose parent has ended is the
 * child of its subreaper. */
__noinline int davy_is_ancestor(u32 ancestor, u64 start_ns)
{
    struct task_struct *task = davy_current();

    for (int i = 0; i < DAVY_LINEAGE_MAX; i++) {
        u32 tgid;

        task = davy_parent_of(task);
        tgid = davy_tgid_of(task);
        if (tgid <= 1)
            break;
        if (tgid == ancestor && davy_start_of(task) == start_ns)
            return 1;
    }
    return 0;
}
