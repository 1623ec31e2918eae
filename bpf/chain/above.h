/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the parent of an interpreter has to do with its standard input: the bounded second look for
 * chains whose pieces no single hook sees. */
#pragma once

#include "../facts/fd.h"
#include "../scratch.h"
#include "conviction.h"
#include "fed_process.h"
#include "one_liner_text.h"

#include "davylamp/rules/provenance.h"

#define PARENT_FDS 24 /* descriptors looked at */

/* A near ancestor that took bytes from the network: the parent, or the grandparent where the parent
 * is a shell that it started only to start us (popen("bash")). */
struct davy_above {
    struct task_struct *task;
    struct fed_process *fed; /* NULL: there is none */
};

static __always_inline void davy_fed_above(struct davy_above *above)
{
    above->task = davy_current();
    above->fed = NULL;
    for (int i = 0; i < 2 && !above->fed; i++) {
        struct task_struct *task = above->task;

        above->task = davy_parent_of(task);
        above->fed = davy_fed_of(above->task);
    }
}

/* The socket at the other end of a connected unix socket; 0 where this is none. */
static __always_inline u64 davy_unix_peer(struct file *file)
{
    struct inode *inode = davy_inode_of(file);
    struct sock *sk;

    if (davy_inode_type(inode) != S_IFSOCK)
        return 0;
    sk = davy_sock_of(file);
    if (davy_family_of(sk) != AF_UNIX)
        return 0;
    return davy_unix_other(sk);
}

/* Whether descriptor `fd` of a table is the socket `sk` or, where that is 0, a write end of `pipe`.
 */
__noinline int davy_fd_is(u64 table, u32 number, u64 sk, u64 pipe)
{
    struct file *file;
    struct davy_fd fd = {};

    davy_fd_at(table, number, &fd);
    file = fd.file;
    if (!file)
        return 0;
    if (!sk)
        return fd.kind == DAVY_FD_PIPE && fd.pipe == pipe && (fd.mode & FMODE_WRITE);
    return davy_inode_type(davy_inode_of(file)) == S_IFSOCK && (u64)davy_sock_of(file) == sk;
}

/* Whether a task holds such a descriptor. */
__noinline int davy_task_holds(u64 task_address, u64 sk, u64 pipe)
{
    struct fdtable *table = davy_fdtable_of((struct task_struct *)task_address, DAVY_NUMBER);
    u64 rest = davy_open_fds(table, DAVY_NUMBER);

    for (int i = 0; i < PARENT_FDS && rest; i++) {
        if (davy_fd_is((u64)table, davy_lowest_bit(rest), sk, pipe))
            return 1;
        rest &= rest - 1;
    }
    return 0;
}

/* What an ancestor fetched runs in the current process. Fills the conviction; false: no room. */
static __always_inline bool davy_found_above(const struct fed_process *fed, u32 source,
                                             u64 pipe_inode, u64 address)
{
    struct davy_conviction *c = davy_conviction();

    if (!c)
        return false;
    c->facts.source = source;
    c->origin = fed->origin;
    c->sink.inode = pipe_inode;
    if (address)
        bpf_probe_read_user_str(c->what, DAVY_PATH_MAX, (void *)address);
    return true;
}
