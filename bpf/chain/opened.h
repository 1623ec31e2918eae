/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A file or a fifo is opened: by a net-fed process that writes it, or by who will run it. */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "../compat.h"
#include "../facts/user_text.h"
#include "../scratch.h"
#include "conviction.h"
#include "fed_process.h"
#include "file_runs.h"
#include "shells.h"
#include "sink.h"
#include "text_kept.h"

struct open_scratch {
    struct davy_image image;
    struct reader reader;
};
DAVY_SCRATCH(open_scratch, struct open_scratch, open_working)

/* A shell that once connected is fed as long as it holds the connection: a container's entry point
 * that probed a port (exec 3<>/dev/tcp/db/5432; exec 3>&-) writes its own files afterwards. */
#define SHELL_FDS 16
static __noinline int holds_connection(void)
{
    struct fdtable *table = davy_fdtable_of(davy_current(), DAVY_NUMBER);
    u64 rest = davy_open_fds(table, DAVY_NUMBER);
    struct davy_fd fd = {};

    for (int i = 0; i < SHELL_FDS && rest; i++) {
        davy_fd_at((u64)table, davy_lowest_bit(rest), &fd);
        if (fd.kind == DAVY_FD_INET)
            return 1;
        rest &= rest - 1;
    }
    return 0;
}

/* The current process's record as a reader, since its exec; made where `create` says so. */
static __always_inline struct reader *open_reader(struct task_struct *task, u32 tgid, bool create)
{
    struct reader *reader = bpf_map_lookup_elem(&readers, &tgid);
    u64 start_ns = davy_start_of(task);
    struct open_scratch *s;

    if (reader && reader->start_ns == start_ns)
        return reader;
    s = create ? open_working() : NULL;
    if (!s)
        return NULL;
    __builtin_memset(&s->reader, 0, sizeof(s->reader));
    s->reader.start_ns = start_ns;
    bpf_map_update_elem(&readers, &tgid, &s->reader, BPF_ANY);
    return bpf_map_lookup_elem(&readers, &tgid);
}

/* Not inlined: davy_opened() also calls deeper functions, which need the stack. */
static __noinline int opened_to_write(struct task_struct *task, struct inode *inode)
{
    struct fed_process *fed = davy_fed_process_of(task);
    struct pipe_node *node;
    struct davy_fd in = {};
    u32 kind;

    if (fed) {
        if (fed->writer == DAVY_WRITER_SCRIPT || fed->writer == DAVY_WRITER_NONE ||
            (fed->writer == DAVY_WRITER_SHELL && !holds_connection()))
            return 0;
        return davy_file_fed((u64)inode, davy_number_of(&fed->origin), 0, fed->writer);
    }
    davy_task_input(task, &in);
    node = in.kind == DAVY_FD_PIPE ? bpf_map_lookup_elem(&pipes, &in.pipe) : NULL;
    if (node) {
        kind = davy_writer_kind();
        /* A shell that writes a file while it reads a pipe writes what it read, or anything. */
        if (kind == DAVY_WRITER_PROGRAM || kind == DAVY_WRITER_ONE_LINER)
            return davy_file_fed((u64)inode, 0, in.pipe, kind);
    }
    /* Emptied by somebody else: its old bytes are lost. */
    if (!davy_inode_size(inode))
        davy_file_forgotten(inode);
    return 0;
}

static __always_inline bool unpacks(struct task_struct *task)
{
    return (davy_roles_of(davy_number_of(task)) & DAVY_ROLE_UNPACKER) && davy_is_hosts_root(task);
}

/* The current process reads a file from the network. As its script: the finding. As anything else:
 * a program that is no interpreter passes it on (cp, tar, gzip, base64, cat); a shell may source
 * it, which evaluate.bpf.c sees. */
static __always_inline int opened_to_read(struct task_struct *task, struct inode *inode,
                                          u64 path_address)
{
    struct open_scratch *s = open_working();
    struct davy_conviction *c;
    struct reader *reader;
    struct fed_file *file;
    struct davy_fd out = {};
    u32 tgid = bpf_get_current_pid_tgid() >> 32;
    u64 name;

    c = davy_conviction();
    if (!c || !s)
        return 0;
    file = davy_fed_file_of(inode, &c->file, &c->origin);
    if (!file) {
        /* Whatever it opened before, this is the last. */
        reader = open_reader(task, tgid, false);
        if (reader)
            reader->opened = 0;
        return 0;
    }
    name = davy_user_basename(path_address);
    reader = open_reader(task, tgid, false);
    if (reader && reader->script && reader->script == name) {
        reader->script = 0;
        bpf_probe_read_user_str(c->what, DAVY_PATH_MAX, (void *)path_address);
        return davy_file_convicts(c, file, 0) ? davy_convict() : 0;
    }
    __builtin_memset(&s->image, 0, sizeof(s->image));
    davy_image_of(task, davy_exe_of(task), &s->image, DAVY_NUMBER);
    if (s->image.family && s->image.family != DAVY_FAMILY_MULTICALL &&
        !davy_family_is_tool(s->image.family)) {
        if (s->image.family != DAVY_FAMILY_SHELL)
            return 0;
        if (!reader)
            reader = open_reader(task, tgid, true);
        if (!reader)
            return 0;
        reader->opened = name;
        reader->file = c->file;
        reader->pipe = 0;
        if (direct_map)
            davy_keep_file((u64)inode, davy_number_of(&c->origin));
        return 0;
    }
    /* Once is enough, and the first file names the source. */
    if (davy_fed_process_of(task))
        return 0;
    if (davy_reader_fed(davy_number_of(&c->origin), tgid) == DAVY_WRITER_PROGRAM)
        davy_open_files_fed(davy_number_of(&c->origin), DAVY_WRITER_PROGRAM);
    davy_task_output(task, &out);
    if (out.kind == DAVY_FD_PIPE) {
        davy_watch_fed_writer();
        davy_pipe_fed(out.pipe, davy_number_of(&c->origin),
                      unpacks(task) ? DAVY_SOURCE_FED | FED_BY_PACKAGE : DAVY_SOURCE_FED);
    }
    return 0;
}

/* A fifo by its path: the script of an interpreter, or something that a shell may source. */
static __always_inline int opened_fifo(struct task_struct *task, struct inode *inode,
                                       u64 path_address)
{
    u32 tgid = bpf_get_current_pid_tgid() >> 32;
    struct reader *reader = open_reader(task, tgid, true);
    struct sink_work *s;
    u64 name, number = davy_inode_number(inode);
    u64 pipe = davy_pipe_of_inode(inode);

    if (!reader)
        return 0;
    name = davy_user_basename(path_address);
    /* A shell that has its script open reads another fifo of that name as data. */
    if (reader->script && reader->script == name && !davy_script_of((u64)task)) {
        reader->script = 0;
        s = davy_sink_working(DAVY_SINK_OPEN);
        if (!s)
            return 0;
        davy_sink_of(task, &s->me);
        return davy_become_sink(DAVY_SINK_OPEN, pipe, number);
    }
    reader->opened = name;
    reader->pipe = pipe;
    reader->pipe_inode = number;
    return 0;
}

__noinline int davy_opened(u32 fd, u32 path_second)
{
    struct task_struct *task = davy_current();
    struct inode *inode;
    struct file *file;
    u32 mode;
    u16 type;

    file = davy_file_at(davy_fdtable_of(task, DAVY_NUMBER), fd, DAVY_NUMBER);
    if (!file)
        return 0;
    inode = davy_inode_of(file);
    type = davy_inode_type(inode);
    mode = davy_file_mode(file);
    if (type == S_IFREG)
        return mode & FMODE_WRITE ? opened_to_write(task, inode)
                                  : opened_to_read(task, inode, davy_syscall_path(path_second));
    if (type == S_IFIFO && (mode & FMODE_READ))
        return opened_fifo(task, inode, davy_syscall_path(path_second));
    return 0;
}
