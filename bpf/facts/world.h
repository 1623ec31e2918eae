/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The world that a task sees: its namespaces and its root folder. Namespaces by the inode numbers
 * that /proc/PID/ns/ has, or by address where they are only compared. */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "read.h"
#include "task.h"

/* struct mnt_namespace * */
static __always_inline u64 davy_mounts_of(struct task_struct *task, const bool direct)
{
    return (u64)DAVY_READ(direct, task, nsproxy, mnt_ns);
}

/* struct dentry * of its root folder. */
static __always_inline u64 davy_root_of(struct task_struct *task, const bool direct)
{
    return (u64)DAVY_READ(direct, task, fs, root.dentry);
}

/* How many pid namespaces lie around its own; 0: it is in the initial one. */
static __always_inline u32 davy_pid_level_of(struct task_struct *task, const bool direct)
{
    return DAVY_READ(direct, task, thread_pid, level);
}

static __always_inline u32 davy_pid_namespace_of(struct task_struct *task, u32 level)
{
    struct pid *pid = BPF_CORE_READ(task, thread_pid);

    return BPF_CORE_READ(davy_innermost(pid, level), ns, ns.inum);
}

static __always_inline u32 davy_mount_namespace_of(struct task_struct *task)
{
    return BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum);
}

static __always_inline u32 davy_task_network(struct task_struct *task)
{
    return BPF_CORE_READ(task, nsproxy, net_ns, ns.inum);
}

static __always_inline u32 davy_user_namespace_of(struct task_struct *task)
{
    return BPF_CORE_READ(task, real_cred, user_ns, ns.inum);
}
