/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the current process descends from. */
#pragma once

#include "../facts/task.h"

#define DAVY_LINEAGE_MAX 8 /* a process and its ancestors, as far as roles are looked for */

/* Whether this process, or one of its near ancestors, has a role by its image. */
__noinline int davy_has_role(u32 role)
{
    struct task_struct *task = davy_current();

    for (int i = 0; i < DAVY_LINEAGE_MAX; i++) {
        struct davy_inode_key key;
        struct davy_image_row *row;

        if (!task || davy_tgid_of(task) <= 1)
            break;
        key = davy_exe_key(task);
        row = bpf_map_lookup_elem(&image_rows, &key);
        if (row && (row->roles & role))
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
