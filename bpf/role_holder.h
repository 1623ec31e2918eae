/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* In a root that is not the host's (a chroot, a build's, a container's) policy lists no file, and a
 * package manager or installer is that of the root: only root could have put it there. Root is the
 * host's, or that of a user namespace which owns the mount namespace that it is in. Found when
 * the program starts, since the look at its place takes more stack than who asks for roles has. */
#pragma once

#include "facts/tree.h"
#include "roles.h"

#include "davylamp/rules/path_hash.h"

extern volatile __u64 host_root;
/* 1: there has been one. Never cleared. */
extern volatile __u32 holders_used;

/* Where the file lies below the root, if policy lists that place: its roles. Every folder on the
 * way, and the file, belongs to `owner` or to the host's root, and nobody else may write it. The
 * walk goes by folders and through no mount. Global, as the next one is, for a stack of their own
 * and by numbers, which 5.10 takes. */
__noinline int davy_roles_by_place(u64 dentry, u64 root, u32 owner)
{
    u64 hash = DAVY_PATH_HASH_BEGIN;
    u32 *roles;

    for (u32 i = 0; i < DAVY_PATH_COMPONENTS_MAX; i++) {
        hash = davy_path_step(hash, davy_dentry_hash(dentry));
        roles = bpf_map_lookup_elem(&local_roles, &hash);
        if (!roles || !davy_is_system_dentry(dentry, owner))
            return 0;
        dentry = davy_dentry_above(dentry);
        if (dentry == root)
            return davy_is_system_dentry(dentry, owner) ? *roles : 0;
    }
    return 0;
}

/* Remembers the roles that a process has so. A user who starts many such processes in namespaces of
 * his own pushes out none of the host's root. */
__noinline int davy_holds_roles(u64 task_address)
{
    struct task_struct *task = (struct task_struct *)task_address;
    u64 root = davy_root_of(task, DAVY_NUMBER);
    struct file *exe = davy_exe_of(task);
    bool host = davy_in_hosts_users(task);
    u32 tgid = davy_tgid_of(task), owner = 0;
    struct role_holder holder = {};

    if (!exe || !host_root || root == host_root)
        return 0;
    if (!host && (!davy_owns_its_mounts(task) || !davy_root_uid_of(task, &owner)))
        return 0;
    holder.roles = davy_roles_by_place(davy_file_at_path(exe).dentry, root, owner);
    if (!holder.roles)
        return 0;
    if (davy_effective_uid_of(task) != owner)
        holder.roles = davy_users_roles(holder.roles);
    holder.start_ns = davy_start_of(task);
    holders_used = 1;
    if (host)
        bpf_map_update_elem(&host_holders, &tgid, &holder, BPF_ANY);
    else
        bpf_map_update_elem(&guest_holders, &tgid, &holder, BPF_ANY);
    return 0;
}

/* The current process runs another program now. */
static __always_inline void davy_holds_none(u32 tgid)
{
    if (bpf_map_lookup_elem(&host_holders, &tgid))
        bpf_map_delete_elem(&host_holders, &tgid);
    if (bpf_map_lookup_elem(&guest_holders, &tgid))
        bpf_map_delete_elem(&guest_holders, &tgid);
}
