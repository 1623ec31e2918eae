/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The paths of a place under way (maps.h: place_work): its cgroup's, and its image's in the
 * filesystem and as the process sees it. */
#pragma once

#include "emit.h"
#include "facts/tree.h"

static __always_inline struct place_work *davy_placing(void)
{
    u64 key = bpf_get_current_pid_tgid();

    return bpf_map_lookup_elem(&place_work, &key);
}

/* Adds a component to work->text. Loop counters are kept in the map and stepped in global
 * functions: there the verifier knows nothing of their values, and walks each step once. 0: no
 * room. */
__noinline int davy_place_append(u64 node, u32 is_cgroup)
{
    struct place_work *work = davy_placing();
    const void *name;
    u32 at;
    s32 size;

    if (!work)
        return 0;
    at = davy_index(work->at, DAVY_PLACE_PATH_MAX);
    name = is_cgroup ? davy_kernfs_name((struct kernfs_node *)node)
                     : davy_dentry_text((struct dentry *)node);
    work->text[at] = '/';
    size = bpf_probe_read_kernel_str(&work->text[at + 1], 255, name);
    if (size < 2 || at + size >= DAVY_PLACE_PATH_MAX) {
        work->text[at] = 0;
        return 0;
    }
    work->at = at + size; /* the slash for the NUL */
    return 1;
}

/* The names of work->node, work->count of them from the last to the first, as a path in work->text.
 * 0: they did not fit. */
__noinline int davy_place_text(u32 is_cgroup)
{
    struct place_work *work = davy_placing();
    u32 count;

    if (!work)
        return 0;
    work->text[0] = 0;
    work->at = 0;
    count = work->count;
    if (count > DAVY_PLACE_DEPTH)
        return 0;
    for (u32 i = 0; i < DAVY_PLACE_DEPTH; i++) {
        if (i >= count)
            break;
        if (!davy_place_append(work->node[davy_index(count - 1 - i, DAVY_PLACE_DEPTH)], is_cgroup))
            return 0;
    }
    return 1;
}

__noinline int davy_place_cgroup(u64 task_address)
{
    struct place_work *work = davy_placing();
    struct kernfs_node *node;
    u32 level;

    if (!work)
        return 0;
    node = davy_cgroup_node_of((struct task_struct *)task_address, &level);
    work->event.cgroup_id = davy_kernfs_id(node);
    for (u32 i = 0; i < DAVY_PLACE_DEPTH; i++) {
        if (i >= level)
            break;
        work->node[i] = (u64)node;
        node = davy_kernfs_parent(node);
    }
    work->count = level;
    if (!davy_place_text(1))
        work->event.flags |= DAVY_PLACE_CGROUP_CUT;
    bpf_probe_read_kernel_str(work->event.cgroup, DAVY_CGROUP_PATH_MAX, work->text);
    return 0;
}

/* From the root of the file's filesystem, whatever is mounted where. */
__noinline int davy_place_inside(u64 dentry_address)
{
    struct place_work *work = davy_placing();
    u64 dentry = dentry_address, parent;

    if (!work)
        return 0;
    work->count = 0;
    for (u32 i = 0; i <= DAVY_PLACE_DEPTH; i++) {
        parent = davy_dentry_above(dentry);
        if (parent == dentry)
            break;
        work->node[i & (DAVY_PLACE_DEPTH - 1)] = dentry;
        work->count = i + 1;
        dentry = parent;
    }
    if (!davy_place_text(0))
        work->event.flags |= DAVY_PLACE_PATH_CUT;
    bpf_probe_read_kernel_str(work->event.inside, DAVY_PLACE_PATH_MAX, work->text);
    return 0;
}

/* One folder or mount up. 0: this is the top. */
__noinline int davy_place_up(void)
{
    struct place_work *work = davy_placing();
    struct davy_at above;
    u64 dentry, mount;
    u32 count;

    if (!work)
        return 0;
    dentry = work->dentry;
    mount = work->mount;
    count = work->count;
    if ((dentry == work->root && mount == work->root_mount) || count > DAVY_PLACE_DEPTH)
        return 0;
    if (davy_is_mount_root(dentry, mount)) {
        above = davy_mount_above(mount);
        if (!above.mount)
            return 0;
        work->dentry = above.dentry;
        work->mount = above.mount;
        return 1;
    }
    work->node[davy_index(count, DAVY_PLACE_DEPTH)] = dentry;
    work->count = count + 1;
    work->dentry = davy_dentry_above(dentry);
    return 1;
}

/* From the root of the process, through the mounts that it sees, as d_path() goes (fs/d_path.c). A
 * file that lies below no root of its own ends at the root of its mount namespace. */
__noinline int davy_place_path(u64 task_address, u64 file_address)
{
    struct place_work *work = davy_placing();
    struct davy_at at;

    if (!work)
        return 0;
    at = davy_file_at_path((struct file *)file_address);
    work->dentry = at.dentry;
    work->mount = at.mount;
    at = davy_root_at_path((struct task_struct *)task_address);
    work->root = at.dentry;
    work->root_mount = at.mount;
    work->count = 0;
    for (u32 i = 0; i < 2 * DAVY_PLACE_DEPTH; i++) {
        if (!davy_place_up())
            break;
    }
    if (!davy_place_text(0))
        work->event.flags |= DAVY_PLACE_PATH_CUT;
    bpf_probe_read_kernel_str(work->event.path, DAVY_PLACE_PATH_MAX, work->text);
    return 0;
}
