/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where a process is: its namespaces, its cgroup's path, and the path of its image as it sees it
 * and within its filesystem, of which userspace makes the host's (user/monitor/host_path.h). Told
 * before an alert, since the process may be gone a moment later, and at the exec of a process that
 * sees another world than the host. An exec on the host costs four reads. */
#pragma once

#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "emit.h"
#include "facts/world.h"
#include "place_paths.h"

extern volatile __u64 host_mounts, host_root;
extern volatile __u32 host_network, host_users;

/* Of the current process, which is the sensor's own. */
static __always_inline void davy_host_world(void)
{
    struct task_struct *task = davy_current();

    if (host_mounts)
        return;
    host_root = davy_root_of(task, DAVY_NUMBER);
    host_network = davy_task_network(task);
    host_users = davy_user_namespace_of(task);
    host_mounts = davy_mounts_of(task, DAVY_NUMBER);
}

/* Whether it has pids, mounts or a root of its own; a network or users alone show at its alert. */
static __always_inline bool davy_is_elsewhere(struct task_struct *task, const bool direct)
{
    return davy_mounts_of(task, direct) != host_mounts || davy_pid_level_of(task, direct) ||
           davy_root_of(task, direct) != host_root;
}

__noinline int davy_place_namespaces(u64 task_address)
{
    struct task_struct *task = (struct task_struct *)task_address;
    u32 level = davy_pid_level_of(task, DAVY_NUMBER);
    struct place_work *work = davy_placing();
    struct davy_event_place *event;

    if (!work)
        return 0;
    event = &work->event;
    event->pid_namespace = davy_pid_namespace_of(task, level);
    event->mount_namespace = davy_mount_namespace_of(task);
    event->network = davy_task_network(task);
    event->user_namespace = davy_user_namespace_of(task);
    if (level)
        event->flags |= DAVY_PLACE_PIDS;
    if (davy_mounts_of(task, DAVY_NUMBER) != host_mounts)
        event->flags |= DAVY_PLACE_MOUNTS;
    if (event->network != host_network)
        event->flags |= DAVY_PLACE_NETWORK;
    if (event->user_namespace != host_users)
        event->flags |= DAVY_PLACE_USERS;
    if (davy_root_of(task, DAVY_NUMBER) != host_root)
        event->flags |= DAVY_PLACE_ROOT;
    return 0;
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
    work->event.file = davy_inode_key_of(davy_inode_of(exe));
    davy_place_namespaces(task_address);
    davy_place_cgroup(task_address);
    if (davy_has_path(exe)) {
        davy_place_inside(davy_file_at_path(exe).dentry);
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

/* Reports where the current process is, and reserves an alert about it behind that. */
static __always_inline void *davy_alert_of_current(u32 size)
{
    davy_report_place((u64)davy_current(), 1);
    return davy_alert_reserve(size);
}
