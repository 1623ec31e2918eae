/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where a process is: its namespaces, its cgroup's path, and the path of its image as it sees it
 * and within its filesystem, of which userspace makes the host's (user/monitor/host_path.h). Told
 * before an alert, when the process may be gone a moment later, and at the exec of whoever sees
 * another world than the host: an exec on the host costs four reads. */
#pragma once

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "compat.h"
#include "emit.h"
#include "facts/task.h"

extern volatile __u64 host_mounts, host_root;
extern volatile __u32 host_network, host_users;

static __always_inline struct place_work *davy_placing(void)
{
    u64 key = bpf_get_current_pid_tgid();

    return bpf_map_lookup_elem(&place_work, &key);
}

/* Of the current process, which is the sensor's own. */
static __always_inline void davy_host_world(void)
{
    struct task_struct *task = davy_current();

    if (host_mounts)
        return;
    host_root = (u64)BPF_CORE_READ(task, fs, root.dentry);
    host_network = BPF_CORE_READ(task, nsproxy, net_ns, ns.inum);
    host_users = BPF_CORE_READ(task, real_cred, user_ns, ns.inum);
    host_mounts = (u64)BPF_CORE_READ(task, nsproxy, mnt_ns);
}

/* Whether it has pids, mounts or a root of its own; a network or users alone show at its alert. */
static __always_inline bool davy_is_elsewhere(struct task_struct *task, const bool direct)
{
    return (u64)DAVY_READ(direct, task, nsproxy, mnt_ns) != host_mounts ||
           DAVY_READ(direct, task, thread_pid, level) ||
           (u64)DAVY_READ(direct, task, fs, root.dentry) != host_root;
}

/* A component onto work->text. What loops count and turn on is kept in the map and stepped in
 * global functions: the verifier knows nothing of it there, and so walks each step once. 0: no
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
    name = is_cgroup ? (const void *)BPF_CORE_READ((struct kernfs_node *)node, name)
                     : (const void *)BPF_CORE_READ((struct dentry *)node, d_name.name);
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
    struct task_struct *task = (struct task_struct *)task_address;
    struct cgroup *cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp);
    struct kernfs_node *node = BPF_CORE_READ(cgroup, kn);
    u32 level = BPF_CORE_READ(cgroup, level);
    struct place_work *work = davy_placing();

    if (!work)
        return 0;
    work->event.cgroup_id = BPF_CORE_READ(node, id);
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
    struct dentry *dentry = (struct dentry *)dentry_address, *parent;
    struct place_work *work = davy_placing();

    if (!work)
        return 0;
    work->count = 0;
    for (u32 i = 0; i <= DAVY_PLACE_DEPTH; i++) {
        parent = BPF_CORE_READ(dentry, d_parent);
        if (parent == dentry)
            break;
        work->node[i & (DAVY_PLACE_DEPTH - 1)] = (u64)dentry;
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
    struct dentry *dentry;
    struct vfsmount *at;
    struct mount *mount, *above;
    u32 count;

    if (!work)
        return 0;
    dentry = (struct dentry *)work->dentry;
    at = (struct vfsmount *)work->mount;
    count = work->count;
    if ((work->dentry == work->root && work->mount == work->root_mount) || count > DAVY_PLACE_DEPTH)
        return 0;
    if (dentry == BPF_CORE_READ(at, mnt_root)) {
        mount = (void *)at - bpf_core_field_offset(struct mount, mnt);
        above = BPF_CORE_READ(mount, mnt_parent);
        if (above == mount || !above)
            return 0;
        work->dentry = (u64)BPF_CORE_READ(mount, mnt_mountpoint);
        work->mount = (u64)above + bpf_core_field_offset(struct mount, mnt);
        return 1;
    }
    work->node[davy_index(count, DAVY_PLACE_DEPTH)] = (u64)dentry;
    work->count = count + 1;
    work->dentry = (u64)BPF_CORE_READ(dentry, d_parent);
    return 1;
}

/* From the root of the process, through the mounts that it sees, as d_path() goes (fs/d_path.c). A
 * file that lies below no root of its own ends at the root of its mount namespace. */
__noinline int davy_place_path(u64 task_address, u64 file_address)
{
    struct task_struct *task = (struct task_struct *)task_address;
    struct file *file = (struct file *)file_address;
    struct place_work *work = davy_placing();

    if (!work)
        return 0;
    work->dentry = (u64)BPF_CORE_READ(file, f_path.dentry);
    work->mount = (u64)BPF_CORE_READ(file, f_path.mnt);
    work->root = (u64)BPF_CORE_READ(task, fs, root.dentry);
    work->root_mount = (u64)BPF_CORE_READ(task, fs, root.mnt);
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

__noinline int davy_place_namespaces(u64 task_address)
{
    struct task_struct *task = (struct task_struct *)task_address;
    struct pid *pid = BPF_CORE_READ(task, thread_pid);
    u32 level = BPF_CORE_READ(pid, level);
    struct place_work *work = davy_placing();
    struct davy_event_place *event;

    if (!work)
        return 0;
    event = &work->event;
    event->pid_namespace = BPF_CORE_READ(davy_innermost(pid, level), ns, ns.inum);
    event->mount_namespace = BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum);
    event->network = BPF_CORE_READ(task, nsproxy, net_ns, ns.inum);
    event->user_namespace = BPF_CORE_READ(task, real_cred, user_ns, ns.inum);
    if (level)
        event->flags |= DAVY_PLACE_PIDS;
    if ((u64)BPF_CORE_READ(task, nsproxy, mnt_ns) != host_mounts)
        event->flags |= DAVY_PLACE_MOUNTS;
    if (event->network != host_network)
        event->flags |= DAVY_PLACE_NETWORK;
    if (event->user_namespace != host_users)
        event->flags |= DAVY_PLACE_USERS;
    if ((u64)BPF_CORE_READ(task, fs, root.dentry) != host_root)
        event->flags |= DAVY_PLACE_ROOT;
    return 0;
}

/* A memfd has a name and no path. */
static __always_inline bool davy_has_path(struct file *file)
{
    return file && !(BPF_CORE_READ(file, f_inode, i_sb, s_flags) & SB_NOUSER);
}

__noinline int davy_report_place(u64 task_address, u32 before_alert)
{
    struct task_struct *task = (struct task_struct *)task_address;
    struct file *exe = davy_exe_of(task);
    u64 key = bpf_get_current_pid_tgid();
    const struct place_work *blank = davy_blank_place();
    struct place_work *work;
    long lost;

    if (!host_mounts || !blank || bpf_map_update_elem(&place_work, &key, blank, BPF_ANY))
        return 0;
    work = davy_placing();
    if (!work)
        return 0;
    davy_process_id_of(task, &work->event.process, DAVY_NUMBER);
    davy_header_of(&work->event.header, DAVY_EVENT_PLACE, sizeof(work->event), DAVY_ALLOW,
                   work->event.process.tgid);
    work->event.file = davy_inode_key_of(BPF_CORE_READ(exe, f_inode));
    davy_place_namespaces(task_address);
    davy_place_cgroup(task_address);
    if (davy_has_path(exe)) {
        davy_place_inside((u64)BPF_CORE_READ(exe, f_path.dentry));
        davy_place_path(task_address, (u64)exe);
    }
    if (before_alert) {
        lost = bpf_ringbuf_output(&alerts, &work->event, sizeof(work->event), BPF_RB_NO_WAKEUP);
        if (lost)
            davy_count_loss(DAVY_LOSS_ALERT_RING);
    } else if (bpf_ringbuf_output(&telemetry, &work->event, sizeof(work->event),
                                  davy_telemetry_flags())) {
        davy_count_loss(DAVY_LOSS_TELEMETRY_RING);
    }
    bpf_map_delete_elem(&place_work, &key);
    return 0;
}

/* Room for an alert about the current process, behind the place that it is in. */
static __always_inline void *davy_alert_of_current(u32 size)
{
    davy_report_place((u64)davy_current(), 1);
    return davy_alert_reserve(size);
}
