/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One function per kernel change. */
#pragma once

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "settings.h"

/* Until 6.0 a cgroup had its ancestors' ids, since 7f203bc89eb66 (6.1) pointers to them. */
struct cgroup___ids {
    __u64 ancestor_ids[1];
} __attribute__((preserve_access_index));
struct cgroup___pointers {
    struct cgroup *ancestors[1];
} __attribute__((preserve_access_index));

/* A scope is a cgroup subtree. The id of the ancestor at the scope's own depth tells membership in
 * one comparison, however deep the task sits. Fails closed: a task above the scope is outside. */
static __always_inline bool davy_task_in_scope(struct task_struct *task)
{
    struct cgroup *cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp);
    struct cgroup___pointers *with_pointers = (void *)cgroup;
    u32 level = settings.scope_level;
    u64 id = 0;

    if (!settings.scope_cgroup)
        return true;
    if ((u32)BPF_CORE_READ(cgroup, level) < level)
        return false;
    if (bpf_core_field_exists(with_pointers->ancestors)) {
        struct cgroup *ancestor = NULL;

        bpf_core_read(&ancestor, sizeof(ancestor), &with_pointers->ancestors[level]);
        id = BPF_CORE_READ(ancestor, kn, id);
    } else {
        struct cgroup___ids *with_ids = (void *)cgroup;

        bpf_core_read(&id, sizeof(id), &with_ids->ancestor_ids[level]);
    }
    return id == settings.scope_cgroup;
}

/* The same of the current task, by the helper where tracepoints have it. */
static __always_inline bool davy_in_scope(void)
{
    if (!settings.scope_cgroup)
        return true;
    if (settings.ancestor_read)
        return davy_task_in_scope((struct task_struct *)bpf_get_current_task());
    return bpf_get_current_ancestor_cgroup_id(settings.scope_level) == settings.scope_cgroup;
}

/* The registers that user mode entered the kernel with. The helper is there since 5.15
 * (dd6e10fbd9fb8). Before, they lay at the end of the stack. On a newer kernel that may be wrong
 * (FRED keeps room behind them). x86's stack has 16 KiB, arm64's as a rule. */
#define DAVY_STACK_SIZE (16 * 1024)

static __always_inline struct pt_regs *davy_syscall_registers(void)
{
    struct task_struct *task;

    if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs))
        return (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
    task = (struct task_struct *)bpf_get_current_task();
    return BPF_CORE_READ(task, stack) + DAVY_STACK_SIZE - bpf_core_type_size(struct pt_regs);
}

/* CLOCK_TAI, in ns, which is the clock of inodes and 0 to 37 s (leap seconds, if the host knows of
 * them). The helper is there since 6.1 (c8996c98f703b); before: 0. */
static __always_inline u64 davy_tai_ns(void)
{
    if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_ktime_get_tai_ns))
        return bpf_ktime_get_tai_ns();
    return 0;
}

/* kernfs_node.parent is __parent since 633488947ef66 (6.15), under RCU. */
struct kernfs_node___parent {
    struct kernfs_node *parent;
} __attribute__((preserve_access_index));
struct kernfs_node___rcu {
    struct kernfs_node *__parent;
} __attribute__((preserve_access_index));

static __always_inline struct kernfs_node *davy_kernfs_parent(struct kernfs_node *node)
{
    struct kernfs_node___rcu *rcu = (void *)node;
    struct kernfs_node___parent *plain = (void *)node;

    if (bpf_core_field_exists(rcu->__parent))
        return BPF_CORE_READ(rcu, __parent);
    return BPF_CORE_READ(plain, parent);
}

/* A folder's dentries, the newest first, are a list until 6.7 and an hlist since da549bdd15c29
 * (6.8). */
struct dentry___list {
    struct list_head d_subdirs;
    struct list_head d_child;
} __attribute__((preserve_access_index));
struct dentry___hlist {
    struct hlist_head d_children;
    struct hlist_node d_sib;
} __attribute__((preserve_access_index));

/* Begin at davy_dentries_of(), and go on until 0. */
struct davy_dentries {
    u64 at, end; /* of the link within the next dentry */
};

static __always_inline struct davy_dentries davy_dentries_of(u64 folder)
{
    struct dentry___hlist *hlist = (void *)folder;
    struct dentry___list *list = (void *)folder;
    struct davy_dentries in = {};

    if (bpf_core_field_exists(hlist->d_children)) {
        in.at = (u64)BPF_CORE_READ(hlist, d_children.first);
    } else {
        in.at = (u64)BPF_CORE_READ(list, d_subdirs.next);
        in.end = folder + bpf_core_field_offset(struct dentry___list, d_subdirs);
    }
    return in;
}

static __always_inline u64 davy_next_dentry(struct davy_dentries *in)
{
    struct dentry___hlist *hlist = NULL;
    u64 at = in->at;

    if (!at || at == in->end)
        return 0;
    if (bpf_core_field_exists(hlist->d_children)) {
        in->at = (u64)BPF_CORE_READ((struct hlist_node *)at, next);
        return at - bpf_core_field_offset(struct dentry___hlist, d_sib);
    }
    in->at = (u64)BPF_CORE_READ((struct list_head *)at, next);
    return at - bpf_core_field_offset(struct dentry___list, d_child);
}

/* Many programs may be preempted by another task (scratch.h says which, and by what else), and what
 * they keep per CPU would mix with what the next one on that CPU keeps. Between these two calls
 * nobody preempts, where settings.hold_cpu says that it can be forbidden (since 6.15). */
extern void bpf_preempt_disable(void) __ksym __weak;
extern void bpf_preempt_enable(void) __ksym __weak;

static __always_inline void davy_hold_cpu(void)
{
    if (settings.hold_cpu)
        bpf_preempt_disable();
}

static __always_inline void davy_let_go_of_cpu(void)
{
    if (settings.hold_cpu)
        bpf_preempt_enable();
}
