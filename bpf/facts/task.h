/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* struct task_struct → who it is. */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "davylamp/abi/process_record.h"
#include "file.h"

#include "davylamp/rules/image_taken.h"
#include "davylamp/rules/reach.h"

/* The file that pid 1 runs, and its cgroup; the first sweep meets it. */
extern volatile __u64 init_inode, init_cgroup;
extern volatile __u32 init_device;

static __always_inline struct task_struct *davy_current(void)
{
    return (struct task_struct *)bpf_get_current_task();
}

/* In the initial pid namespace. */
static __always_inline u32 davy_tgid_of(struct task_struct *task)
{
    return BPF_CORE_READ(task, tgid);
}

static __always_inline struct task_struct *davy_leader_of(struct task_struct *task)
{
    return BPF_CORE_READ(task, group_leader);
}

/* When its process started, CLOCK_BOOTTIME, ns. */
static __always_inline u64 davy_start_of(struct task_struct *task)
{
    return BPF_CORE_READ(task, group_leader, start_boottime);
}

/* Its real uid, in the initial user namespace. */
static __always_inline u32 davy_uid_of(struct task_struct *task)
{
    return BPF_CORE_READ(task, real_cred, uid.val);
}

/* Its saved uid: what a program that sets its user may return to. */
static __always_inline u32 davy_saved_uid_of(struct task_struct *task)
{
    return BPF_CORE_READ(task, real_cred, suid.val);
}

/* Who logged in, in the initial user namespace; -1: nobody, or the kernel does not know. */
static __always_inline u32 davy_login_of(struct task_struct *task)
{
    return bpf_core_field_exists(task->loginuid) ? BPF_CORE_READ(task, loginuid.val) : 0xffffffff;
}

/* Whether the process that started then lives. `leader`: where its first thread was; memory that
 * has become somebody else's has another number or start. */
static __always_inline bool davy_lives(u64 leader, u32 tgid, u64 start_ns)
{
    struct task_struct *task = (struct task_struct *)leader;

    return davy_tgid_of(task) == tgid && BPF_CORE_READ(task, start_boottime) == start_ns &&
           !(BPF_CORE_READ(task, flags) & PF_EXITING);
}

/* Its name, which it can choose; DAVY_COMM_MAX bytes. */
static __always_inline void davy_comm_of(struct task_struct *task, char *comm)
{
    bpf_probe_read_kernel(comm, DAVY_COMM_MAX, &task->comm);
}

/* Whether it was forked and has not become another program since. Its first thread's word: every
 * other has the flag from its own start. */
static __always_inline bool davy_is_fork(struct task_struct *task)
{
    return BPF_CORE_READ(task, group_leader, flags) & PF_FORKNOEXEC;
}

/* Whether it is stopped, or on its way into a stop or out of one: cgroup_enter_frozen() (5.2) sets
 * it as a task stops, for a signal or a tracer, and the task itself clears it afterwards. */
static __always_inline bool davy_is_stopped(struct task_struct *task)
{
    return BPF_CORE_READ_BITFIELD_PROBED(task, frozen);
}

/* Whether it is within execve, and so has run none of its new program. */
static __always_inline bool davy_is_starting(struct task_struct *task)
{
    return bpf_core_field_exists(task->in_execve) && BPF_CORE_READ_BITFIELD_PROBED(task, in_execve);
}

/* Whether the program that it has just become is its first: until now it was a fork. */
static __always_inline bool davy_was_fork(struct task_struct *task)
{
    return BPF_CORE_READ(task, self_exec_id) == BPF_CORE_READ(task, parent_exec_id) + 1;
}

/* Its memory as a number; exec gives it another. */
static __always_inline u64 davy_memory_of(struct task_struct *task)
{
    return (u64)BPF_CORE_READ(task, mm);
}

static __always_inline struct task_struct *davy_parent_of(struct task_struct *task)
{
    return BPF_CORE_READ(task, real_parent);
}

/* Whether its parent may have forked it. The first process of a container, and any subreaper, is
 * also the parent of what others forked and left behind: their descendants that were exec'd more
 * often than it has been itself. */
static __always_inline bool davy_is_own_child(struct task_struct *task)
{
    return BPF_CORE_READ(task, parent_exec_id) <= BPF_CORE_READ(task, real_parent, self_exec_id);
}

/* Of the default hierarchy. */
static __always_inline u64 davy_cgroup_id_of(struct task_struct *task)
{
    return BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
}

/* The number in the innermost of `pid`'s namespaces. The table has one more element than the level,
 * and its size is none that a typed pointer could be indexed by. */
static __always_inline struct upid *davy_innermost(struct pid *pid, u32 level)
{
    return (void *)pid + bpf_core_field_offset(struct pid, numbers) +
           level * bpf_core_type_size(struct upid);
}

static __always_inline u32 davy_own_number(struct pid *pid, const bool direct)
{
    u32 level = DAVY_READ(direct, pid, level);
    u64 address;

    if (!level)
        return 0;
    address = (u64)davy_innermost((struct pid *)davy_number_of(pid), level);
    return BPF_CORE_READ((struct upid *)address, nr);
}

static __always_inline void davy_process_id_of(struct task_struct *task, struct davy_process_id *id,
                                               const bool direct)
{
    struct task_struct *leader = DAVY_READ(direct, task, group_leader);

    id->tgid = DAVY_READ(direct, task, tgid);
    id->start_ns = DAVY_READ(direct, leader, start_boottime);
    id->own_tgid = davy_own_number(DAVY_READ(direct, leader, thread_pid), direct);
}

/* The children of a task, the newest first: begin at davy_children_of(), and go on until NULL. */
struct davy_children {
    u64 at, head; /* struct list_head */
};

static __always_inline struct davy_children davy_children_of(u64 parent_address)
{
    struct task_struct *parent = (struct task_struct *)parent_address;
    struct davy_children children = {
        .at = (u64)BPF_CORE_READ(parent, children.prev),
        .head = parent_address + bpf_core_field_offset(struct task_struct, children),
    };
    return children;
}

static __always_inline bool davy_has_children(struct task_struct *task)
{
    struct davy_children children = davy_children_of((u64)task);

    return children.at && children.at != children.head;
}

static __always_inline struct task_struct *davy_next_child(struct davy_children *children)
{
    struct task_struct *task;

    if (!children->at || children->at == children->head)
        return NULL;
    task =
        (struct task_struct *)(children->at - bpf_core_field_offset(struct task_struct, sibling));
    children->at = (u64)BPF_CORE_READ(task, sibling.prev);
    return task;
}

static __always_inline struct file *davy_exe_of(struct task_struct *task)
{
    return BPF_CORE_READ(task, mm, exe_file);
}

static __always_inline struct inode *davy_exe_inode(struct task_struct *task)
{
    return BPF_CORE_READ(task, mm, exe_file, f_inode);
}

/* Which file `task` runs. */
static __always_inline struct davy_inode_key davy_exe_key(struct task_struct *task)
{
    return davy_inode_key_of(davy_exe_inode(task));
}

/* Where its arguments lie in its memory. */
static __always_inline u64 davy_args_address(struct task_struct *task, const bool direct)
{
    return DAVY_READ(direct, task, mm, arg_start);
}

static __always_inline u64 davy_args_end(struct task_struct *task, const bool direct)
{
    return DAVY_READ(direct, task, mm, arg_end);
}

/* The arguments of the current process, DAVY_ARGS_MAX - 1 bytes at most, to `into`, which has room
 * for DAVY_ARGS_MAX. Returns how many bytes were read; 0 where they cannot be. `all`: how many
 * there are. */
static __always_inline u32 davy_args_read(struct task_struct *task, void *into, u64 *all,
                                          const bool direct)
{
    u64 start = davy_args_address(task, direct);
    u64 size = davy_args_end(task, direct) - start;

    *all = size;
    if (size > DAVY_ARGS_MAX - 1)
        size = DAVY_ARGS_MAX - 1;
    /* Old verifiers want the bound on the register that is used. */
    asm volatile("" : "+r"(size));
    size &= DAVY_ARGS_MAX - 1;
    return bpf_probe_read_user(into, size, (void *)start) ? 0 : size;
}

/* Where its environment lies in its memory. */
static __always_inline u64 davy_environment_address(struct task_struct *task)
{
    return BPF_CORE_READ(task, mm, env_start);
}

static __always_inline u64 davy_environment_end(struct task_struct *task)
{
    return BPF_CORE_READ(task, mm, env_end);
}

/* Everything of a process but its image. */
static __always_inline void davy_process_of(struct task_struct *task, struct davy_process *process,
                                            const bool direct)
{
    const struct cred *cred = DAVY_READ(direct, task, real_cred);

    davy_process_id_of(task, &process->id, direct);
    davy_process_id_of(DAVY_READ(direct, task, real_parent), &process->parent, direct);
    process->cgroup_id = DAVY_READ(direct, task, cgroups, dfl_cgrp, kn, id);
    process->uid = DAVY_READ(direct, cred, uid.val);
    process->euid = DAVY_READ(direct, cred, euid.val);
    process->gid = DAVY_READ(direct, cred, gid.val);
    process->auid =
        bpf_core_field_exists(task->loginuid) ? DAVY_READ(direct, task, loginuid.val) : 0xffffffff;
    davy_comm_of(task, process->comm);
}

/* Whether a verdict may hit `task` for what `causer` did (rules/reach.h). */
static __always_inline bool davy_reaches(u64 causer, struct task_struct *task)
{
    return davy_may_hit(causer, davy_uid_of(task), davy_saved_uid_of(task));
}

/* Who is uid 0 in its user namespace, as a uid of the initial one. False: nobody, or a map of more
 * than five lines. */
static __always_inline bool davy_root_uid_of(struct task_struct *task, u32 *uid)
{
    struct user_namespace *users = BPF_CORE_READ(task, real_cred, user_ns);
    u32 count = BPF_CORE_READ(users, uid_map.nr_extents);

    for (u32 i = 0; i < 5; i++) {
        struct uid_gid_extent extent = {};

        if (i >= count || count > 5)
            break;
        bpf_core_read(&extent, sizeof(extent), &users->uid_map.extent[i]);
        if (!extent.first) {
            *uid = extent.lower_first;
            return true;
        }
    }
    return false;
}

/* Whether another than who runs it may have removed the last name of a file, which nobody saw. The
 * name is gone, but its dentry is still in its folder. Global, for a stack of its own and by
 * numbers, which 5.10 takes. */
__noinline int davy_could_be_taken(u64 dentry_address, u64 task_address)
{
    struct dentry *dentry = (struct dentry *)dentry_address;
    struct task_struct *task = (struct task_struct *)task_address;
    struct inode *folder = BPF_CORE_READ(dentry, d_parent, d_inode);
    u32 owner = davy_inode_owner(folder), root = 0;

    if (davy_root_uid_of(task, &root) && owner == root)
        owner = 0; /* root of the user namespace could signal it as well */
    return davy_may_be_taken(owner, BPF_CORE_READ(folder, i_mode),
                             davy_inode_owner(BPF_CORE_READ(dentry, d_inode)), davy_uid_of(task),
                             davy_saved_uid_of(task));
}

/* Marks an image that is gone as taken, where another user took it from `task` or may have. A memfd
 * never had a name. */
static __always_inline void davy_mark_taken(struct davy_image *image, u64 dentry,
                                            struct task_struct *task)
{
    struct davy_inode_key key = {.inode = image->inode, .device = image->device};
    u32 *remover;

    if (image->nlink || (image->flags & DAVY_IMAGE_MEMFD))
        return;
    remover = bpf_map_lookup_elem(&removed_by, &key);
    if (remover ? !davy_reaches(*remover, task) : davy_could_be_taken(dentry, davy_number_of(task)))
        image->flags |= DAVY_IMAGE_TAKEN;
}

/* Whether it is init, or init's own fork on its way to the program that init starts. Others who run
 * the same file (busybox, systemd --user) are not. */
static __always_inline bool davy_is_init(struct task_struct *task)
{
    struct inode *inode = davy_exe_inode(task);

    if (!init_inode || !davy_inode_is(inode, init_inode, init_device))
        return false;
    return davy_tgid_of(task) == 1 ||
           (davy_is_fork(task) && davy_tgid_of(davy_parent_of(task)) == 1 &&
            !BPF_CORE_READ(task, real_cred, euid.val) &&
            !BPF_CORE_READ(task, real_cred, user_ns, level));
}

/* Whether it may start sealed copies: policy lists the file that it runs, or it is init. */
static __always_inline bool davy_is_starter(struct task_struct *task)
{
    struct davy_image_row *row = davy_policy_row(davy_exe_inode(task));

    return (row && (row->roles & DAVY_ROLE_MAY_BE_FILELESS)) || davy_is_init(task);
}

/* The image that `task` runs, with its name; family and policy flags where policy has a row.
 * Returns the hash of the name. */
static __always_inline u64 davy_image_of(struct task_struct *task, struct file *exe,
                                         struct davy_image *image, const bool direct)
{
    struct davy_image_row *row;
    u64 name_hash;
    bool by_name;

    davy_image_links_of(DAVY_READ(direct, exe, f_inode), image, direct);
    davy_name_of(exe, image->name, &image->flags, direct);
    name_hash = davy_name_hash(davy_number_of(image->name), 0);
    row = davy_row_of(image, DAVY_READ(direct, exe, f_inode, i_generation), name_hash, &by_name);
    if (row) {
        image->family = row->family;
        /* A name alone proves nothing: anybody may name a memfd. */
        if (image->nlink == 0 && !by_name && (row->roles & DAVY_ROLE_MAY_BE_FILELESS))
            image->flags |= DAVY_IMAGE_EXEMPT;
        if (!by_name && (row->roles & DAVY_ROLE_DENIED))
            image->flags |= DAVY_IMAGE_DENIED;
    }
    /* To the rules of the chain a loader is a program like any other. */
    if (image->family == DAVY_FAMILY_LOADER) {
        image->family = DAVY_FAMILY_NONE;
        image->flags |= DAVY_IMAGE_LOADER;
    }
    davy_mark_known(image);
    davy_mark_taken(image, (u64)BPF_CORE_READ(exe, f_path.dentry), task);
    return name_hash;
}

/* The current process with its image. Global, so that it is verified once a program and not in
 * every report. */
__noinline int davy_current_process(struct davy_process *process)
{
    struct task_struct *task = davy_current();

    if (!process)
        return 0;
    davy_process_of(task, process, DAVY_NUMBER);
    davy_image_of(task, davy_exe_of(task), &process->image, DAVY_NUMBER);
    return 0;
}

/* Which file the current process runs. */
static __always_inline struct davy_inode_key davy_current_image_key(void)
{
    return davy_exe_key(davy_current());
}
