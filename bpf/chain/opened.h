/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A file or a fifo is opened: by a net-fed process that writes it, or by who will run it. */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "../compat.h"
#include "../facts/tree.h"
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
    u64 head[2];
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

/* The current process's record as a reader, since its exec; made where there is none. */
static __always_inline struct reader *open_reader(struct task_struct *task, u32 tgid)
{
    struct reader *reader = bpf_map_lookup_elem(&readers, &tgid);
    u64 start_ns = davy_start_of(task);
    struct open_scratch *s;

    if (reader && reader->start_ns == start_ns)
        return reader;
    s = open_working();
    if (!s)
        return NULL;
    __builtin_memset(&s->reader, 0, sizeof(s->reader));
    s->reader.start_ns = start_ns;
    bpf_map_update_elem(&readers, &tgid, &s->reader, BPF_ANY);
    return bpf_map_lookup_elem(&readers, &tgid);
}

/* The first pipe that the network feeds among those that the current process reads beside its
 * stdin: tar reads what it unpacks from a child. 0: none. */
#define READ_FIRST 3
#define READ_FDS 6 /* looked at */
__noinline u64 davy_fed_pipe_read(void)
{
    struct fdtable *table = davy_fdtable_of(davy_current(), DAVY_NUMBER);
    u64 rest = davy_open_fds(table, DAVY_NUMBER) >> READ_FIRST << READ_FIRST;
    struct davy_fd fd = {};

    for (int i = 0; i < READ_FDS && rest; i++) {
        davy_fd_at((u64)table, davy_lowest_bit(rest), &fd);
        if (fd.kind == DAVY_FD_PIPE && (fd.mode & FMODE_READ) && davy_source_pipe(fd.pipe))
            return fd.pipe;
        rest &= rest - 1;
    }
    return 0;
}

/* Not inlined: davy_opened() also calls deeper functions, which need the stack. */
static __noinline int opened_to_write(struct task_struct *task, struct inode *inode)
{
    struct fed_process *fed = davy_fed_process_of(task);
    struct pipe_node *node;
    struct davy_fd in = {};
    u64 pipe;
    u32 kind;

    /* cp -r: it has opened another file after the download, and writes that one now. */
    if (fed && !(fed->reads_own && davy_is_copier())) {
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
    pipe = davy_fed_pipe_read();
    if (pipe && davy_writer_kind() == DAVY_WRITER_PROGRAM)
        return davy_file_fed((u64)inode, 0, pipe, DAVY_WRITER_PROGRAM);
    /* Emptied by somebody else, and nobody writes it any more: its old bytes are lost. */
    if (!davy_inode_size(inode) && davy_inode_writers(inode) <= 1)
        davy_file_forgotten(inode);
    return 0;
}

static __always_inline bool unpacks(struct task_struct *task)
{
    return (davy_roles_of(davy_number_of(task)) & DAVY_ROLE_UNPACKER) && davy_is_hosts_root(task);
}

/* Whether a file lies `depth` steps below the working folder of the current process. */
#define SCRIPT_DEPTH 8
static __always_inline bool lies_below(struct file *file, u32 depth)
{
    u64 dentry = davy_file_at_path(file).dentry;

    if (!depth || depth > SCRIPT_DEPTH)
        return false;
    for (u32 i = 0; i < SCRIPT_DEPTH; i++) {
        if (i >= depth)
            break;
        dentry = davy_dentry_above(dentry);
    }
    return dentry == davy_folder_of(davy_current());
}

/* Whether what the current process opens to read is the script that it was started with. By the
 * last component of its name alone that is not certain: who may make a file can call it as root's
 * script is called. It is the script by the path that the interpreter was given, or (python, node)
 * that path below the working folder. What is opened after it is another. */
#define SCRIPT_OTHER 0
#define SCRIPT_ALIKE 1
#define SCRIPT_ITSELF 2
__noinline int davy_opens_script(u64 file_address, u64 path_address)
{
    u32 tgid = bpf_get_current_pid_tgid() >> 32;
    struct task_struct *task = davy_current();
    struct reader *reader = bpf_map_lookup_elem(&readers, &tgid);
    u64 name;

    if (!reader || !reader->script || reader->start_ns != davy_start_of(task))
        return SCRIPT_OTHER;
    if (reader->keeps && davy_script_of((u64)task)) {
        reader->script = 0;
        return SCRIPT_OTHER;
    }
    name = davy_user_basename(path_address);
    if (name != reader->script)
        return reader->folder && name == DAVY_HASH_OF("__main__.py") ? SCRIPT_ALIKE : SCRIPT_OTHER;
    if (davy_user_path(path_address) != reader->path &&
        !lies_below((struct file *)file_address, reader->depth))
        return SCRIPT_ALIKE;
    /* A shell may open it before, for BASH_ENV, and tells later which one it is. */
    if (!reader->keeps)
        reader->script = 0;
    return SCRIPT_ITSELF;
}

/* It was found to be a download. */
__noinline int davy_script_found(void)
{
    u32 tgid = bpf_get_current_pid_tgid() >> 32;
    struct reader *reader = bpf_map_lookup_elem(&readers, &tgid);

    if (reader)
        reader->script = 0;
    return 0;
}

/* Whether nothing of what the network brought lately can be in a file: it was changed last before
 * that. A minute is for the leap seconds. */
#define SETTLED_NS 60000000000ull
static __always_inline bool is_settled(struct inode *inode)
{
    u64 now = davy_tai_ns(), changed = davy_inode_changed(inode);

    return now && changed + settings.window_ns + SETTLED_NS < now;
}

/* By its file alone: this is asked at each open. */
static __always_inline bool is_known_shell(struct task_struct *task)
{
    struct davy_image_row *row = davy_policy_row(davy_exe_inode(task));

    return row && row->family == DAVY_FAMILY_SHELL;
}

/* Whatever the current process opened before, what it opens now is the last, and no download. */
__noinline int davy_opened_last(u64 inode_address, u64 path_address)
{
    u32 tgid = bpf_get_current_pid_tgid() >> 32;
    struct reader *reader = bpf_map_lookup_elem(&readers, &tgid);
    struct fed_process *fed = davy_fed_of(davy_current());

    if (!reader && davy_texts_lately() && is_known_shell(davy_current()))
        reader = open_reader(davy_current(), tgid);
    if (reader) {
        reader->opened = 0;
        reader->settled =
            is_settled((struct inode *)inode_address) ? davy_user_path(path_address) : 0;
    }
    if (fed)
        fed->reads_own = 1;
    return 0;
}

/* Whether the current process runs as its script what `causer` made, by what is known of it. */
static __always_inline bool runs_script(u32 as, u32 causer, struct task_struct *task)
{
    return as == SCRIPT_ITSELF || (as == SCRIPT_ALIKE && davy_reaches(causer, task));
}

/* A shell was refused a file without #!, and reads it as a script itself. */
__noinline int davy_shell_will_read(u64 path_address)
{
    struct open_scratch *s = open_working();
    u32 tgid = bpf_get_current_pid_tgid() >> 32;

    if (!s)
        return 0;
    __builtin_memset(&s->reader, 0, sizeof(s->reader));
    s->reader.start_ns = davy_start_of(davy_current());
    s->reader.script = davy_user_basename(path_address);
    s->reader.path = davy_user_path(path_address);
    bpf_map_update_elem(&readers, &tgid, &s->reader, BPF_ANY);
    return 0;
}

/* The current process reads a file from the network. As its script: the finding. As anything else:
 * a program that is no interpreter passes it on (cp, tar, gzip, base64, cat); a shell may source
 * it, which evaluate.bpf.c sees. */
static __always_inline int opened_to_read(struct task_struct *task, struct file *opened,
                                          u64 path_address)
{
    struct inode *inode = davy_inode_of(opened);
    u32 as = davy_opens_script(davy_number_of(opened), path_address);
    struct open_scratch *s = open_working();
    struct davy_conviction *c;
    struct reader *reader;
    struct fed_process *fed;
    struct fed_file *file;
    struct davy_fd out = {};
    u32 tgid = bpf_get_current_pid_tgid() >> 32;

    c = davy_conviction();
    if (!c || !s)
        return 0;
    file = davy_fed_file_of(inode, &c->file, &c->origin);
    if (!file)
        return davy_opened_last((u64)inode, path_address);
    if (runs_script(as, c->origin.uid, task)) {
        davy_script_found();
        bpf_probe_read_user_str(c->what, DAVY_PATH_MAX, (void *)path_address);
        return davy_file_convicts(c, file, 0) ? davy_convict() : 0;
    }
    __builtin_memset(&s->image, 0, sizeof(s->image));
    davy_image_of(task, davy_exe_of(task), &s->image, DAVY_NUMBER);
    if (s->image.family && s->image.family != DAVY_FAMILY_MULTICALL &&
        !davy_family_is_tool(s->image.family)) {
        if (s->image.family != DAVY_FAMILY_SHELL)
            return 0;
        reader = open_reader(task, tgid);
        if (!reader)
            return 0;
        reader->settled = 0;
        reader->opened = davy_user_path(path_address);
        reader->file = c->file;
        reader->pipe = 0;
        reader->head[0] = reader->head[1] = 0;
        if (!davy_file_read(inode, s->head, sizeof(s->head)))
            __builtin_memcpy(reader->head, s->head, sizeof(s->head));
        if (direct_map)
            davy_keep_file((u64)inode, davy_number_of(&c->origin));
        return 0;
    }
    /* Once is enough, and the first file names the source. */
    fed = davy_fed_process_of(task);
    if (fed && !davy_may_be_idle(fed)) {
        fed->reads_own = 0;
        return 0;
    }
    if (davy_reader_fed(davy_number_of(&c->origin), tgid, 0) == DAVY_WRITER_PROGRAM)
        davy_own_files_fed();
    davy_task_output(task, &out);
    if (out.kind == DAVY_FD_PIPE) {
        davy_watch_fed_writer();
        davy_pipe_fed(out.pipe, davy_number_of(&c->origin),
                      davy_passed_kind() | (unpacks(task) ? FED_BY_PACKAGE : 0));
    }
    return 0;
}

/* A fifo by its path: the script of an interpreter, or something that a shell may source. */
static __always_inline int opened_fifo(struct task_struct *task, struct file *opened,
                                       u64 path_address)
{
    u32 tgid = bpf_get_current_pid_tgid() >> 32;
    u32 as = davy_opens_script(davy_number_of(opened), path_address);
    struct reader *reader = open_reader(task, tgid);
    struct inode *inode = davy_inode_of(opened);
    struct sink_work *s;
    u64 number = davy_inode_number(inode);
    u64 pipe = davy_pipe_of_inode(inode);

    if (!reader)
        return 0;
    /* What it writes may come from there. */
    bpf_map_delete_elem(&idle_inputs, &tgid);
    if (runs_script(as, davy_inode_owner(inode), task)) {
        reader->script = 0;
        s = davy_sink_working(DAVY_SINK_OPEN);
        if (!s)
            return 0;
        davy_sink_of(task, &s->me);
        return davy_become_sink(DAVY_SINK_OPEN, pipe, number);
    }
    reader->settled = 0;
    reader->opened = davy_user_path(path_address);
    reader->head[0] = reader->head[1] = 0;
    reader->pipe = pipe;
    reader->pipe_inode = number;
    reader->owner = davy_inode_owner(inode);
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
                                  : opened_to_read(task, file, davy_syscall_path(path_second));
    if (type == S_IFIFO && (mode & FMODE_READ))
        return opened_fifo(task, file, davy_syscall_path(path_second));
    return 0;
}

/* The same where nothing was fed: only what may be the script of an interpreter that awaits one. */
__noinline int davy_script_opened(u32 fd, u32 path_second)
{
    u32 tgid = bpf_get_current_pid_tgid() >> 32;
    struct reader *reader = bpf_map_lookup_elem(&readers, &tgid);
    struct task_struct *task = davy_current();
    struct file *file;
    u32 mode;
    u16 type;

    if (!reader || !reader->script)
        return 0;
    file = davy_file_at(davy_fdtable_of(task, DAVY_NUMBER), fd, DAVY_NUMBER);
    if (!file)
        return 0;
    type = davy_inode_type(davy_inode_of(file));
    mode = davy_file_mode(file);
    if (type == S_IFREG && !(mode & FMODE_WRITE))
        return davy_opens_script(davy_number_of(file), davy_syscall_path(path_second));
    if (type == S_IFIFO && (mode & FMODE_READ))
        return opened_fifo(task, file, davy_syscall_path(path_second));
    return 0;
}
