/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Steps from a folder, a mount or a cgroup to what is above it, and what each is called. By
 * address, since callers keep them in a map. */
#pragma once

#include "../compat.h"
#include "file.h"

/* What is above `dentry`; the root of a filesystem is above itself. */
static __always_inline u64 davy_dentry_above(u64 dentry)
{
    return (u64)BPF_CORE_READ((struct dentry *)dentry, d_parent);
}

/* Where in the tree of mounts a walk is: struct dentry *, struct vfsmount *. */
struct davy_at {
    u64 dentry, mount;
};

static __always_inline struct davy_at davy_file_at_path(struct file *file)
{
    struct davy_at at = {
        .dentry = (u64)BPF_CORE_READ(file, f_path.dentry),
        .mount = (u64)BPF_CORE_READ(file, f_path.mnt),
    };
    return at;
}

static __always_inline struct davy_at davy_root_at_path(struct task_struct *task)
{
    struct davy_at at = {
        .dentry = (u64)BPF_CORE_READ(task, fs, root.dentry),
        .mount = (u64)BPF_CORE_READ(task, fs, root.mnt),
    };
    return at;
}

/* struct dentry * of its working folder. */
static __always_inline u64 davy_folder_of(struct task_struct *task)
{
    return (u64)BPF_CORE_READ(task, fs, pwd.dentry);
}

static __always_inline bool davy_is_mount_root(u64 dentry, u64 mount)
{
    return dentry == (u64)BPF_CORE_READ((struct vfsmount *)mount, mnt_root);
}

/* Where the mount lies in the one above it; dentry 0: nothing is above it. */
static __always_inline struct davy_at davy_mount_above(u64 mount)
{
    struct mount *whole = (void *)mount - bpf_core_field_offset(struct mount, mnt);
    struct mount *above = BPF_CORE_READ(whole, mnt_parent);
    struct davy_at at = {};

    if (above == whole || !above)
        return at;
    at.dentry = (u64)BPF_CORE_READ(whole, mnt_mountpoint);
    at.mount = (u64)above + bpf_core_field_offset(struct mount, mnt);
    return at;
}

/* The cgroup of the default hierarchy that `task` is in: its node, whose name is its folder's, and
 * how many are above it. */
static __always_inline struct kernfs_node *davy_cgroup_node_of(struct task_struct *task, u32 *level)
{
    struct cgroup *cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp);
    struct kernfs_node *node = BPF_CORE_READ(cgroup, kn);

    *level = BPF_CORE_READ(cgroup, level);
    return node;
}

static __always_inline u64 davy_kernfs_id(struct kernfs_node *node)
{
    return BPF_CORE_READ(node, id);
}

static __always_inline const void *davy_kernfs_name(struct kernfs_node *node)
{
    return BPF_CORE_READ(node, name);
}

/* Whether a file has a path: a memfd has a name and none. */
static __always_inline bool davy_has_path(struct file *file)
{
    return file && !(BPF_CORE_READ(file, f_inode, i_sb, s_flags) & SB_NOUSER);
}
