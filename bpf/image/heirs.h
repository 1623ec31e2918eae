/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A package manager puts a new file in the place of one that policy lists: the new file is what the
 * old one was, at once. Else dpkg's own upgrade would make a stranger of dpkg, in the middle of
 * apt's work. */
#pragma once

#include "../roles.h"

/* Whether policy lists what the current process runs as a package manager, and the host's root runs
 * it. What a user has dpkg do in a folder of his own is no upgrade. */
__noinline int davy_hosts_manager_runs(void)
{
    struct task_struct *task = davy_current();
    struct davy_image_row *row = davy_policy_row(davy_exe_inode(task));

    return row && (row->roles & DAVY_ROLE_PACKAGE_MANAGER) && davy_is_hosts_root(task) ? 1 : 0;
}

/* Only a file that nobody but root could have written. */
static __always_inline void inherit(struct inode *inode, const struct davy_image_row *row)
{
    struct davy_inode_key key = davy_inode_key_of(inode);
    struct davy_image_row heir = {.family = row->family, .roles = row->roles};

    if (davy_inode_type(inode) != S_IFREG || !davy_is_system_inode(inode, 0))
        return;
    heir.generation = davy_inode_generation(inode);
    heir.owner = davy_inode_owner(inode);
    if (bpf_map_update_elem(&image_rows, &key, &heir, BPF_ANY))
        davy_count_loss(DAVY_LOSS_ROLE_MAP);
}

static __always_inline bool is_folder(u64 dentry_address, const struct davy_inode_key *folder)
{
    struct inode *inode = davy_dentry_inode((struct dentry *)dentry_address, DAVY_NUMBER);

    return inode && davy_inode_is(inode, folder->inode, folder->device);
}

/* A file is about to get the name of `to`. Global, as the next two are, for a stack of their own
 * and by numbers, which 5.10 takes. */
__noinline int davy_inherits(u64 from_address, u64 to_address)
{
    struct inode *inode = davy_dentry_inode((struct dentry *)from_address, DAVY_NUMBER);
    u64 folder = davy_dentry_above(to_address), hash = davy_dentry_hash(to_address);

    for (u32 n = 0; n < DAVY_FOLDERS_MAX; n++) {
        u64 key = hash + n;
        struct davy_heir_row *at = bpf_map_lookup_elem(&heir_rows, &key);

        if (!at)
            break;
        if (is_folder(folder, &at->folder))
            inherit(inode, &at->row);
    }
    return 0;
}

/* The file that has just got this name in this folder. The kernel puts a dentry that is renamed
 * before all others of its folder (__d_move(), fs/dcache.c); a few may have come since. */
#define DAVY_NEWEST_MAX 16
__noinline u64 davy_newest_of_name(u64 folder, u64 name_hash)
{
    struct davy_dentries in = davy_dentries_of(folder);

    for (u32 i = 0; i < DAVY_NEWEST_MAX; i++) {
        u64 dentry = davy_next_dentry(&in);

        if (!dentry)
            break;
        if (davy_dentry_hash(dentry) == name_hash)
            return (u64)davy_dentry_inode((struct dentry *)dentry, DAVY_NUMBER);
    }
    return 0;
}

/* The same after the fact, where only the name is known. */
__noinline int davy_has_inherited(u64 name_hash)
{
    if (!davy_hosts_manager_runs())
        return 0;
    for (u32 n = 0; n < DAVY_FOLDERS_MAX; n++) {
        u64 key = name_hash + n, inode = 0;
        struct davy_heir_row *at = bpf_map_lookup_elem(&heir_rows, &key);

        if (!at)
            break;
        if (is_folder(at->folder_dentry, &at->folder))
            inode = davy_newest_of_name(at->folder_dentry, name_hash);
        if (inode)
            inherit((struct inode *)inode, &at->row);
    }
    return 0;
}
