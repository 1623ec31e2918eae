/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who has a pipe or fifo open to read it. */
#pragma once

#include "../emit.h"
#include "../facts/fd.h"
#include "../facts/task.h"

#define READER_FDS 24 /* descriptors looked at */

/* Whether descriptor `number` of a table is a read end of the pipe `first` or `second`. */
__noinline int davy_fd_reads(u64 table, u32 number, u64 first, u64 second)
{
    struct davy_fd fd = {};

    davy_fd_at(table, number, &fd);
    return fd.pipe && (fd.pipe == first || fd.pipe == second) && (fd.mode & FMODE_READ);
}

/* Whether a task has such a descriptor. */
__noinline int davy_task_reads(u64 task_address, u64 first, u64 second)
{
    struct fdtable *table = davy_fdtable_of((struct task_struct *)task_address, DAVY_NUMBER);
    u64 rest = davy_open_fds(table, DAVY_NUMBER);

    for (int i = 0; i < READER_FDS && rest; i++) {
        if (davy_fd_reads((u64)table, davy_lowest_bit(rest), first, second))
            return 1;
        rest &= rest - 1;
    }
    return davy_fd_reads((u64)table, DAVY_BASH_SCRIPT_FD, first, second);
}
