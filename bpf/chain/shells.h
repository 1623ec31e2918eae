/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whether a process runs a shell, by its image, and which file is its script. */
#pragma once

#include "../facts/fd.h"
#include "../facts/pages.h"
#include "../facts/task.h"
#include "../scratch.h"

#include "davylamp/rules/interpreter.h"

struct beginning {
    u64 word[DAVY_CONTENT_BYTES / 8];
};
#define BEGINNING_EXEC 0
#define BEGINNING_EVALUATE 1
#define BEGINNINGS 2
DAVY_SCRATCHES(beginnings, BEGINNINGS, struct beginning, beginning_working)
/* A wake-up has its own: it may interrupt the others. */
DAVY_SCRATCH(waking_beginning, struct beginning, davy_waking_beginning)

static __always_inline u32 family_of_task(struct task_struct *task, struct beginning *b)
{
    struct davy_image_row *row = davy_policy_row(davy_exe_inode(task));
    u64 hash = DAVY_HASH_BEGIN;

    if (row && row->family)
        return row->family;
    if (b && !davy_file_read(davy_exe_inode(task), b->word, sizeof(b->word))) {
        for (int i = 0; i < DAVY_CONTENT_BYTES / 8; i++)
            hash = davy_content_step(hash, b->word[i]);
        row = bpf_map_lookup_elem(&content_rows, &hash);
        if (row && row->family)
            return row->family;
    }
    hash = davy_file_name_hash((u64)davy_exe_of(task));
    row = bpf_map_lookup_elem(&name_rows, &hash);
    return row ? row->family : DAVY_FAMILY_NONE;
}

/* DAVY_FAMILY_* of the file that `task` runs: by policy's row for the file, by how it begins (a
 * copy under another name), or by its name. `which` is BEGINNING_*. */
__noinline u32 davy_family_of_task(u64 task, u32 which)
{
    return family_of_task((struct task_struct *)task, beginning_working(which));
}

/* The same in a wake-up. */
__noinline u32 davy_family_waking(u64 task)
{
    return family_of_task((struct task_struct *)task, davy_waking_beginning());
}

/* A busybox is one that may be a shell. `waking` is a constant. */
static __always_inline bool davy_is_shell(struct task_struct *task, const bool waking)
{
    u32 family =
        waking ? davy_family_waking((u64)task) : davy_family_of_task((u64)task, BEGINNING_EXEC);

    return family == DAVY_FAMILY_SHELL || family == DAVY_FAMILY_MULTICALL;
}

/* A regular file behind descriptor `number` that is closed on exec; 0: none. */
__noinline u64 davy_private_file(u64 table_address, u32 number)
{
    struct fdtable *table = (struct fdtable *)table_address;
    struct file *file;

    if (!davy_closed_on_exec(table, number))
        return 0;
    file = davy_file_at(table, number, DAVY_NUMBER);
    if (!file || davy_inode_type(davy_inode_of(file)) != S_IFREG)
        return 0;
    return (u64)davy_inode_of(file);
}

/* The inode of the script that the shell `task` runs, as far as its descriptors tell; 0: unknown.
 * Shells move it out of their commands' way and close it on exec: bash to
 * DAVY_BASH_SCRIPT_FD, the others to the first free from 10 on, before they save anything else
 * there. */
#define SCRIPT_FIRST 10
#define SCRIPT_FDS 4 /* looked at */
__noinline u64 davy_script_of(u64 task_address)
{
    struct fdtable *table = davy_fdtable_of((struct task_struct *)task_address, DAVY_NUMBER);
    u64 rest = davy_open_fds(table, DAVY_NUMBER) >> SCRIPT_FIRST << SCRIPT_FIRST;
    u64 inode = davy_private_file((u64)table, DAVY_BASH_SCRIPT_FD);

    for (int i = 0; i < SCRIPT_FDS && rest && !inode; i++) {
        inode = davy_private_file((u64)table, davy_lowest_bit(rest));
        rest &= rest - 1;
    }
    return inode;
}
