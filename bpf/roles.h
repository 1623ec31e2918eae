/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which roles of the policy a process has by the program that it runs: by file, and in a root of
 * its own by the program's place there (role_holder.h). */
#pragma once

#include "emit.h"
#include "facts/world.h"

static __always_inline u32 davy_held_roles(struct task_struct *task)
{
    u32 tgid = davy_tgid_of(task);
    struct role_holder *holder = bpf_map_lookup_elem(&host_holders, &tgid);
    u64 start_ns = davy_start_of(task);

    if (holder && holder->start_ns == start_ns)
        return holder->roles;
    holder = bpf_map_lookup_elem(&guest_holders, &tgid);
    return holder && holder->start_ns == start_ns ? holder->roles : 0;
}

/* Of a user who is not root: what he has dpkg do in a folder of his own is no upgrade. What his
 * apt-get brings (apt-get source) is installed, as what his git brings is. */
static __always_inline u32 davy_users_roles(u32 roles)
{
    if (roles & DAVY_ROLE_PACKAGE_MANAGER)
        roles = (roles & ~DAVY_ROLE_PACKAGE_MANAGER) | DAVY_ROLE_INSTALLER;
    return roles;
}

/* DAVY_ROLE_*. A package manager of the host is one for the host's root. Global, for a stack of its
 * own and by a number, which 5.10 takes. */
__noinline int davy_roles_of(u64 task_address)
{
    struct task_struct *task = (struct task_struct *)task_address;
    struct davy_image_row *row = davy_policy_row(davy_exe_inode(task));
    u32 roles = row ? row->roles : 0;

    if (!davy_is_hosts_root(task))
        roles = davy_users_roles(roles);
    if (!davy_is_fork(task))
        return roles | davy_held_roles(task);
    return roles | davy_held_roles(davy_parent_of(task));
}
