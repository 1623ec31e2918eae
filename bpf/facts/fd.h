/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Descriptors → pipes and sockets. */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "davylamp/abi/records.h"
#include "flow_address.h"
#include "read.h"

/* One number for a pipe or fifo. pipefs numbers its inodes with 32 bits on one device; a fifo lies
 * on a filesystem of its own, which may give its number again: then the generation differs, where
 * the file system counts, and nobody can foresee it. The multipliers spread what there is few of
 * over the high bits. */
static __always_inline u64 davy_pipe_id(u64 inode, u32 device, u32 generation)
{
    return inode + device * 0x9e3779b97f4a7c15ull + generation * 0xbf58476d1ce4e5b9ull;
}

#define DAVY_BASH_SCRIPT_FD 255 /* where bash keeps its script (open_shell_script(), shell.c) */

static __always_inline struct fdtable *davy_fdtable_of(struct task_struct *task, const bool direct)
{
    return DAVY_READ(direct, task, files, fdt);
}

/* What stands in the table is a number in any program: the table's own type is lost to BTF. */
static __always_inline struct file *davy_file_at(struct fdtable *table, u32 fd, const bool direct)
{
    struct file **files;
    struct file *file = NULL;

    if (fd >= DAVY_READ(direct, table, max_fds))
        return NULL;
    files = DAVY_READ(direct, table, fd);
    bpf_probe_read_kernel(&file, sizeof(file), files + fd);
    return file;
}

/* The first 64 descriptors that are open, a bit each. */
static __always_inline u64 davy_open_fds(struct fdtable *table, const bool direct)
{
    u64 open = 0;

    bpf_probe_read_kernel(&open, sizeof(open), DAVY_READ(direct, table, open_fds));
    return open;
}

/* Whether one of the next 192 is. */
static __always_inline bool davy_has_high_fds(struct fdtable *table, const bool direct)
{
    unsigned long *bits = DAVY_READ(direct, table, open_fds);
    u64 open[3] = {};

    if (DAVY_READ(direct, table, max_fds) <= 64)
        return false;
    bpf_probe_read_kernel(open, sizeof(open), bits + 1);
    return open[0] | open[1] | open[2];
}

/* Whether descriptor `number` is closed on exec. */
static __always_inline bool davy_closed_on_exec(struct fdtable *table, u32 number)
{
    unsigned long *bits = BPF_CORE_READ(table, close_on_exec);
    u64 word = 0;

    if (number >= BPF_CORE_READ(table, max_fds))
        return false;
    bpf_probe_read_kernel(&word, sizeof(word), bits + number / 64);
    return word >> (number & 63) & 1;
}

/* One number for the pipe or fifo that `inode` is. */
static __always_inline u64 davy_pipe_of_inode(struct inode *inode)
{
    return davy_pipe_id(BPF_CORE_READ(inode, i_ino), BPF_CORE_READ(inode, i_sb, s_dev),
                        BPF_CORE_READ(inode, i_generation));
}

struct davy_fd {
    struct file *file;
    u64 pipe; /* davy_pipe_id(), for a pipe */
    u64 inode;
    u32 mode; /* f_mode */
    u32 kind; /* DAVY_FD_* */
};

static __always_inline u16 davy_family_of(struct sock *sk)
{
    return BPF_CORE_READ(sk, __sk_common.skc_family);
}

static __always_inline struct sock *davy_sock_of(struct file *file)
{
    struct socket *socket = BPF_CORE_READ(file, private_data);

    return BPF_CORE_READ(socket, sk);
}

/* Where the next byte is read, whoever holds it: of a regular file or a TCP socket; else never the
 * same twice. */
static __always_inline u64 davy_input_position(struct file *file)
{
    struct sock *sk;

    if (davy_inode_type(davy_inode_of(file)) != S_IFSOCK)
        return BPF_CORE_READ(file, f_pos);
    sk = davy_sock_of(file);
    if (BPF_CORE_READ(sk, sk_protocol) != IPPROTO_TCP)
        return bpf_ktime_get_boot_ns();
    return BPF_CORE_READ((struct tcp_sock *)sk, copied_seq);
}

static __always_inline void davy_fd_of(struct fdtable *table, u32 fd, struct davy_fd *out,
                                       const bool direct)
{
    struct inode *inode;
    struct file *file; /* by itself: CO-RE would take out->file for the kernel's */
    u16 mode;

    out->pipe = 0;
    out->inode = 0;
    out->kind = DAVY_FD_OTHER;
    out->mode = 0;
    out->file = file = davy_file_at(table, fd, direct);
    if (!file)
        return;
    inode = BPF_CORE_READ(file, f_inode);
    mode = BPF_CORE_READ(inode, i_mode) & S_IFMT;
    if (mode == S_IFIFO) {
        out->mode = BPF_CORE_READ(file, f_mode);
        if (!(out->mode & (FMODE_READ | FMODE_WRITE)))
            return; /* O_PATH, which anybody may open */
        out->kind = DAVY_FD_PIPE;
        out->inode = BPF_CORE_READ(inode, i_ino);
        out->pipe = davy_pipe_of_inode(inode);
    } else if (mode == S_IFSOCK) {
        struct sock *sk = davy_sock_of(file);
        u16 family = davy_family_of(sk);

        if ((family == AF_INET || family == AF_INET6) && BPF_CORE_READ(sk, sk_type) == SOCK_STREAM)
            out->kind = DAVY_FD_INET;
    }
}

/* A descriptor of any task, by its table's address. Global, so that it is verified once and not
 * once a turn of a loop over descriptors. */
__noinline int davy_fd_at(u64 table_address, u32 fd, struct davy_fd *out)
{
    if (out)
        davy_fd_of((struct fdtable *)table_address, fd, out, DAVY_NUMBER);
    return 0;
}

/* The same, for a task that is not typed. */
static __always_inline void davy_task_fd(struct task_struct *task, u32 fd, struct davy_fd *out)
{
    davy_fd_at((u64)davy_fdtable_of(task, DAVY_NUMBER), fd, out);
}

/* A pipe is an input by its reading end (FMODE_READ), and an output by its writing end. Whoever may
 * read a fifo may have that as his stdout, and writes nothing to it. */
static __always_inline void davy_fd_used(struct davy_fd *fd, const u32 as)
{
    if (fd->kind != DAVY_FD_PIPE || (fd->mode & as))
        return;
    fd->kind = DAVY_FD_OTHER;
    fd->pipe = fd->inode = 0;
}

/* A task's stdin or stdout. */
static __always_inline void davy_task_input(struct task_struct *task, struct davy_fd *out)
{
    davy_task_fd(task, 0, out);
    davy_fd_used(out, FMODE_READ);
}

static __always_inline void davy_task_output(struct task_struct *task, struct davy_fd *out)
{
    davy_task_fd(task, 1, out);
    davy_fd_used(out, FMODE_WRITE);
}

/* The pipe that is a task's stdin (0) or stdout (1), or 0; for callers that have no stack left. */
__noinline u64 davy_pipe_at(u64 task_address, u32 number)
{
    struct davy_fd fd = {};

    davy_task_fd((struct task_struct *)task_address, number, &fd);
    davy_fd_used(&fd, number ? FMODE_WRITE : FMODE_READ);
    return fd.pipe;
}

/* The remote end of a connected stream socket; family 0 where it has none. */
static __always_inline void davy_flow_of(struct sock *sk, struct davy_flow *flow)
{
    u16 port = BPF_CORE_READ(sk, __sk_common.skc_dport);

    __builtin_memset(flow, 0, sizeof(*flow));
    if (!port)
        return;
    flow->remote_port = bpf_ntohs(port);
    flow->local_port = BPF_CORE_READ(sk, __sk_common.skc_num);
    flow->protocol = 6; /* IPPROTO_TCP; MPTCP's stream is TCP to us */
    if (davy_family_of(sk) == AF_INET) {
        u32 remote = BPF_CORE_READ(sk, __sk_common.skc_daddr);
        u32 local = BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr);

        davy_map_ipv4(flow->remote, &remote);
        davy_map_ipv4(flow->local, &local);
    } else {
        BPF_CORE_READ_INTO(&flow->remote, sk, __sk_common.skc_v6_daddr);
        BPF_CORE_READ_INTO(&flow->local, sk, __sk_common.skc_v6_rcv_saddr);
    }
    davy_set_family(flow);
}
