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

static __always_inline bool davy_in_hosts_users(struct task_struct *task)
{
    return !BPF_CORE_READ(task, real_cred, user_ns, level);
}

/* Whether it acts as root of the host: as uid 0 of the initial user namespace. */
static __always_inline bool davy_is_hosts_root(struct task_struct *task)
{
    return !BPF_CORE_READ(task, real_cred, euid.val) && davy_in_hosts_users(task);
}

static __always_inline u32 davy_effective_uid_of(struct task_struct *task)
{
    return BPF_CORE_READ(task, real_cred, euid.val);
}

/* Whether it is in the mount namespace of its own user namespace, so that what is mounted there is
 * that namespace's doing. */
static __always_inline bool davy_owns_its_mounts(struct task_struct *task)
{
    return BPF_CORE_READ(task, nsproxy, mnt_ns, user_ns) == BPF_CORE_READ(task, real_cred, user_ns);
}

/* struct pid_namespace * */
static __always_inline u64 davy_pids_of(struct task_struct *task)
{
    struct pid *pid = BPF_CORE_READ(task, thread_pid);
    struct upid *own = davy_innermost(pid, BPF_CORE_READ(pid, level));

    return (u64)BPF_CORE_READ(own, ns);
}

/* Whether two tasks see the same pids, mounts and users. */
static __always_inline bool davy_same_world(struct task_struct *one, struct task_struct *other)
{
    return davy_mounts_of(one, DAVY_NUMBER) == davy_mounts_of(other, DAVY_NUMBER) &&
           BPF_CORE_READ(one, real_cred, user_ns) == BPF_CORE_READ(other, real_cred, user_ns) &&
           davy_pids_of(one) == davy_pids_of(other);
}

/* Whether it is root of the host, or has one of its capabilities: nobody's own program. */
static __always_inline bool davy_is_privileged(struct task_struct *task)
{
    const struct cred *cred = BPF_CORE_READ(task, real_cred);
    u64 capabilities = 0;

    bpf_core_read(&capabilities, sizeof(capabilities), &cred->cap_effective);
    return !BPF_CORE_READ(cred, user_ns, level) && (!BPF_CORE_READ(cred, euid.val) || capabilities);
}

static __always_inline u32 davy_user_namespace_of(struct task_struct *task)
{
    return BPF_CORE_READ(task, real_cred, user_ns, ns.inum);
}
