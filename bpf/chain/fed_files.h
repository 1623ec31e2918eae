/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Files that what comes from the network is written to. */
#pragma once

#include "../facts/fd.h"
#include "../settings.h"
#include "ancestors.h"
#include "budget_order.h"
#include "fed_lately.h"
#include "idle_input.h"
#include "pipes.h"
#include "relays.h"

#define DAVY_OPEN_FILES 8 /* descriptors looked at for files that are written already */

/* The file at that place among its owner's is forgotten, if it stands there still. */
__noinline int davy_file_pushed(u32 owner, u64 place)
{
    struct davy_inode_key key = {};
    struct budget_entry entry;
    struct fed_file *file;
    bool young;

    if (!davy_budget_takes(owner, DAVY_BUDGET_FILES, place, &entry))
        return 0;
    key.inode = entry.first;
    key.device = entry.second;
    file = bpf_map_lookup_elem(&fed_files, &key);
    if (!file || file->owner != owner || file->place != place)
        return 0;
    young = file->time_ns + settings.window_ns > bpf_ktime_get_boot_ns();
    if (bpf_map_delete_elem(&fed_files, &key) || !young)
        return 0;
    davy_budget_less(DAVY_BUDGET_FILES);
    davy_count_loss(DAVY_LOSS_FED_FILE);
    return 0;
}

/* The file that was noted is on the budget of the current user. */
static __always_inline void file_owned(struct fed_file *file, const struct davy_inode_key *key)
{
    u32 owner = davy_budget_owner();
    u64 before = file->owner == owner ? file->place : 0;
    u64 place = davy_budget_place(owner, DAVY_BUDGET_FILES, before, key->inode, key->device);

    if (place == before)
        return;
    file->owner = owner;
    file->place = place;
    davy_file_pushed(owner, davy_budget_oldest(place, owner, DAVY_BUDGET_FILES));
}

/* It is no download any more. */
static __always_inline void davy_file_forgotten(struct inode *inode)
{
    struct davy_inode_key key = davy_inode_key_of(inode);

    if (!bpf_map_delete_elem(&fed_files, &key))
        davy_budget_less(DAVY_BUDGET_FILES);
}

/* Whether nothing was written through a descriptor that its writer was only given. */
static __always_inline bool davy_file_untouched(const struct fed_file *file, u64 size,
                                                u64 changed_ns)
{
    return file->untouched && file->size == size && file->changed_ns == changed_ns;
}

/* Whether it has bytes of a download. Not so where its writer had a pipe as its stdin that nobody
 * fed (a here-document), or that it did not read. */
__noinline int davy_has_download(u64 inode_address)
{
    struct inode *inode = (struct inode *)inode_address;
    struct davy_inode_key key = davy_inode_key_of(inode);
    struct fed_file *file = bpf_map_lookup_elem(&fed_files, &key);

    if (!file || file->generation != davy_inode_generation(inode) ||
        davy_file_untouched(file, davy_inode_size(inode), davy_inode_changed(inode)))
        return 0;
    return !davy_input_was_idle(file) && (file->origin.source.tgid || davy_source_pipe(file->pipe));
}

/* Notes a regular file that the current process writes, for when somebody runs it. `origin` 0: the
 * writer's stdin is `pipe`, and what that carries will be known when the file runs. */
__noinline int davy_file_fed(u64 inode_address, u64 origin, u64 pipe, u32 kind)
{
    struct inode *inode = (struct inode *)inode_address;
    struct blank *blank = davy_blank();
    struct davy_inode_key key;
    struct fed_file *file;

    /* A fed process was asked for its role when it came to be fed. */
    if (!settings.window_ns || !blank ||
        (!origin && davy_has_role(DAVY_ROLE_INSTALLER | DAVY_ROLE_PACKAGE_MANAGER)))
        return 0;
    key = davy_inode_key_of(inode);
    file = bpf_map_lookup_elem(&fed_files, &key);
    if (!file) {
        bpf_map_update_elem(&fed_files, &key, &blank->file, BPF_NOEXIST);
        file = bpf_map_lookup_elem(&fed_files, &key);
        if (!file)
            return 0;
        if (davy_budget_more(DAVY_BUDGET_FILES))
            davy_count_loss(DAVY_LOSS_FED_FILE);
    }
    bpf_probe_read_kernel(&file->origin, sizeof(file->origin), (void *)origin); /* 0: zeroes */
    davy_process_id_of(davy_current(), &file->writer, DAVY_NUMBER);
    file->pipe = pipe;
    file->generation = davy_inode_generation(inode);
    file->kind = kind;
    file->untouched = 0;
    file->time_ns = bpf_ktime_get_boot_ns();
    fed_until_ns = file->time_ns + settings.window_ns;
    file_owned(file, &key);
    return 0;
}

/* The same of a file that its writer was only given: a script that locks itself (exec
 * 9>>"$0") hands its descriptor to all that it starts. It is a download if something is appended.
 */
__noinline int davy_given_file_fed(u64 inode_address, u64 origin, u64 pipe, u32 kind)
{
    struct inode *inode = (struct inode *)inode_address;
    struct davy_inode_key key = davy_inode_key_of(inode);
    u64 size = davy_inode_size(inode), changed_ns = davy_inode_changed(inode);
    struct fed_file *file;
    int fed = davy_has_download(inode_address);

    davy_file_fed(inode_address, origin, pipe, kind);
    file = bpf_map_lookup_elem(&fed_files, &key);
    if (!file || fed)
        return 0;
    file->untouched = 1;
    file->size = size;
    file->changed_ns = changed_ns;
    return 1;
}

/* The first `most` files among the descriptors `fds` of a table, as far as they are open for
 * writing and regular: fed by `origin` or `pipe`, as davy_file_fed() has them. `given`: the table
 * of who started the process whose descriptors `fds` are. */
static __always_inline void files_fed(struct fdtable *table, u64 fds, const int most, u64 origin,
                                      u64 pipe, u32 kind, struct fdtable *given)
{
    for (int i = 0; i < most && fds; i++) {
        u32 number = davy_lowest_bit(fds);
        struct file *file = davy_file_at(table, number, DAVY_NUMBER);
        struct inode *inode;

        fds &= fds - 1;
        if (!file || !(davy_file_mode(file) & FMODE_WRITE))
            continue;
        inode = davy_inode_of(file);
        if (davy_inode_type(inode) != S_IFREG)
            continue;
        if (number > 2 && davy_file_appends(file) &&
            davy_file_at(given, number, DAVY_NUMBER) == file)
            davy_given_file_fed((u64)inode, origin, pipe, kind);
        else
            davy_file_fed((u64)inode, origin, pipe, kind);
    }
}

/* What the current process has open for writing when it turns out to be fed: wget -O opens its file
 * before it connects, and a shell's redirection is older than the program. */
__noinline int davy_open_files_fed(u64 origin, u32 kind)
{
    struct fdtable *table = davy_fdtable_of(davy_current(), DAVY_NUMBER);
    u64 fds = davy_open_fds(table, DAVY_NUMBER) & ~5ull; /* not stdin, not stderr */

    files_fed(table, fds, DAVY_OPEN_FILES, origin, 0, kind,
              davy_fdtable_of(davy_parent_of(davy_current()), DAVY_NUMBER));
    return 0;
}

/* A pipe turns out to be fed. Who reads it may have opened the file that it writes long before
 * (tee): a bounded look at the children of `parent`. */
#define DAVY_READER_FILES 4
__noinline int davy_reader_files_fed(u64 task_address, u64 pipe)
{
    struct task_struct *task = (struct task_struct *)task_address;
    struct fdtable *table = davy_fdtable_of(task, DAVY_NUMBER);

    files_fed(table, davy_open_fds(table, DAVY_NUMBER) & ~7ull, DAVY_READER_FILES, 0, pipe,
              DAVY_WRITER_PROGRAM, davy_fdtable_of(davy_parent_of(task), DAVY_NUMBER));
    return 0;
}

__noinline int davy_readers_fed(u64 parent_address, u64 pipe)
{
    struct davy_children children = davy_children_of(parent_address);

    for (int i = 0; i < DAVY_CHILDREN_MAX; i++) {
        struct task_struct *task = davy_next_child(&children);

        if (!task)
            break;
        if (davy_pipe_at((u64)task, 0) == pipe)
            davy_reader_files_fed((u64)task, pipe);
    }
    return 0;
}
