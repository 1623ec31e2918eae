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

        if (!task || BPF_CORE_READ(task, tgid) <= 1)
            break;
        key = davy_inode_key_of(BPF_CORE_READ(task, mm, exe_file, f_inode));
        row = bpf_map_lookup_elem(&image_rows, &key);
        if (row && (row->roles & role))
            return 1;
        task = BPF_CORE_READ(task, real_parent);
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

        task = BPF_CORE_READ(task, real_parent);
        tgid = BPF_CORE_READ(task, tgid);
        if (tgid <= 1)
            break;
        if (tgid == ancestor && BPF_CORE_READ(task, group_leader, start_boottime) == start_ns)
            return 1;
    }
    return 0;
}
