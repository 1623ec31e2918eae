/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Programs that run through a loader (ld-linux.so ./miner): mm->exe_file is ld.so, and the program
 * is a file that it opens and maps. The kernel keeps no writer count for such a file; a process of
 * `loaded` runs it until it ends. */
#pragma once

#include "../facts/task.h"
#include "../maps.h"

/* The opens of loaders are looked at until then; 0: no loader has just started. */
extern volatile __u64 loaders_until_ns;
/* 1: there has been one. Never cleared. */
extern volatile __u32 loaders_used;

#define DAVY_LOADER_NS 2000000000ull /* from ld.so's exec to its open, generously */

/* What the process runs through a loader, or NULL. */
static __always_inline struct loaded *davy_loaded_of(u32 tgid, u64 start_ns)
{
    struct loaded *l = loaders_used ? bpf_map_lookup_elem(&loaded, &tgid) : NULL;

    return l && l->start_ns == start_ns && l->inode_address ? l : NULL;
}

static __always_inline struct loaded *davy_task_loaded(struct task_struct *task)
{
    if (!loaders_used)
        return NULL;
    return davy_loaded_of(davy_tgid_of(task), davy_start_of(task));
}

/* By which name it was opened; 0: its memory is another's by now. */
static __always_inline u64 davy_loaded_dentry(const struct loaded *l)
{
    struct inode *inode = davy_dentry_inode((struct dentry *)l->dentry_address, DAVY_NUMBER);

    return (u64)inode == l->inode_address ? l->dentry_address : 0;
}

/* The same for an image's facts. The inode is mapped and therefore alive, unless the process has
 * taken its own program out of its memory: then its number tells. 0 where there is none. */
__noinline int davy_loaded_image(u64 task_address, struct davy_image *image)
{
    struct loaded *l = davy_task_loaded((struct task_struct *)task_address);
    struct davy_image found = {};

    if (!l || !image)
        return 0;
    davy_image_links_of((struct inode *)l->inode_address, &found, DAVY_NUMBER);
    if (found.inode != l->file.inode || found.device != l->file.device)
        return 0;
    found.flags |= DAVY_IMAGE_LOADED | DAVY_IMAGE_RUNNING;
    __builtin_memcpy(found.name, l->name, DAVY_NAME_MAX);
    davy_mark_known(&found);
    davy_mark_taken(&found, davy_loaded_dentry(l), (struct task_struct *)task_address);
    *image = found;
    return 1;
}

/* What `task` runs: through a loader where it does, else its image. Returns the hash of the name of
 * the image. */
static __always_inline u64 davy_program_of(struct task_struct *task, struct file *exe,
                                           struct davy_image *image)
{
    u64 name_hash = davy_image_of(task, exe, image, DAVY_NUMBER);

    if (loaders_used && image->nlink)
        davy_loaded_image((u64)task, image);
    return name_hash;
}

/* Whether the file that `task` runs has no link any more. */
static __always_inline bool davy_is_gone(struct task_struct *task)
{
    struct loaded *l;
    struct inode *inode;

    if (!davy_nlink_of(davy_exe_inode(task)))
        return true;
    l = davy_task_loaded(task);
    if (!l)
        return false;
    inode = (struct inode *)l->inode_address;
    return !davy_nlink_of(inode) && davy_inode_number(inode) == l->file.inode;
}

/* Whether `task` runs this file, in one way or the other. */
static __always_inline bool davy_runs(struct task_struct *task, struct inode *inode)
{
    struct loaded *l;

    if (davy_exe_inode(task) == inode)
        return true;
    l = davy_task_loaded(task);
    return l && l->inode_address == (u64)inode;
}
