/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who took bytes from the network, and until when that is watched. */
#pragma once

#include "../facts/pages.h"
#include "fed_files.h"
#include "names_shell.h"
#include "program_input.h"
#include "writer.h"

#include "../stratum/port_53.h"

/* The record of the current process, made if it has none since its exec; `fresh`: it was made now.
 * NULL and a counted loss where there is no room. */
static __always_inline struct fed_process *davy_fed_record(u32 tgid, bool *fresh)
{
    u64 start_ns = davy_start_of(davy_current());
    struct fed_process *fed = bpf_map_lookup_elem(&fed_processes, &tgid);
    struct blank *blank;

    *fresh = !fed || fed->start_ns != start_ns;
    if (!*fresh)
        return fed;
    blank = davy_blank();
    if (!blank)
        return NULL;
    if (bpf_map_update_elem(&fed_processes, &tgid, &blank->process, BPF_ANY))
        davy_count_loss(DAVY_LOSS_FED_MAP);
    fed = bpf_map_lookup_elem(&fed_processes, &tgid);
    if (fed)
        fed->start_ns = start_ns;
    return fed;
}

/* It is fed by its stdin alone, which it may not have read. */
static __always_inline bool davy_may_be_idle(const struct fed_process *fed)
{
    return fed->origin.kind & FED_BY_INPUT;
}

/* Whether the current process writes what it opened last, one file after the other. */
static __always_inline bool davy_is_copier(void)
{
    struct davy_image_row *row = davy_policy_row(davy_exe_inode(davy_current()));

    return row && (row->roles & DAVY_ROLE_COPIER);
}

/* The current process passes on what it read from a file: from its stdin (`kind` FED_BY_INPUT), or
 * one that it opened (0). The source is still who fetched the file. Returns what the process is as
 * a writer; 0: an installer, or one that has a record already. */
__noinline int davy_reader_fed(u64 origin, u32 tgid, u32 kind)
{
    struct fed_process *fed;
    bool fresh;

    fed = davy_fed_record(tgid, &fresh);
    if (!fed || (!fresh && !davy_may_be_idle(fed) && davy_is_no_dns(&fed->origin.flow)))
        return 0;
    bpf_probe_read_kernel(&fed->origin, sizeof(fed->origin), (void *)origin);
    fed->origin.kind = (fed->origin.kind & ~FED_BY_INPUT) | kind;
    fed->reads_own = 0;
    if (!davy_reaches(fed->origin.uid, davy_current()) && !davy_is_copier())
        fed->origin.kind |= FED_BY_ANOTHER;
    fed->writer = davy_has_role(DAVY_ROLE_INSTALLER | DAVY_ROLE_PACKAGE_MANAGER)
                      ? DAVY_WRITER_NONE
                      : DAVY_WRITER_PROGRAM;
    return fed->writer;
}

/* Whether what the current process writes to files is installed, and no download: an installer's
 * and a package manager's, and theirs whom these start; and what a remote administration service
 * writes itself (sshd's internal-sftp), whose user may as well send commands. */
static __always_inline bool davy_installs(void)
{
    struct davy_image_row *row = davy_policy_row(davy_exe_inode(davy_current()));

    return (row && (row->roles & DAVY_ROLE_REMOTE_ADMIN)) ||
           davy_has_role(DAVY_ROLE_INSTALLER | DAVY_ROLE_PACKAGE_MANAGER);
}

/* Whether the connection at `address` is where bytes come from from now on. One that asks for a
 * name meanwhile is not. */
static __always_inline bool davy_flow_replaces(const struct davy_flow *before, u64 address)
{
    u16 port = 0;

    address += __builtin_offsetof(struct davy_flow, remote_port);
    bpf_probe_read_kernel(&port, sizeof(port), (void *)address);
    return port != DNS_PORT || !davy_is_no_dns(before);
}

/* The current process took bytes from `flow`, or may, by its stdin (`kind` FED_BY_INPUT; else 0).
 * If it is known already, the newest flow counts: after a redirection, the bytes come from there.
 */
__noinline int davy_process_fed(u64 flow, u32 tgid, u32 kind)
{
    struct fed_process *fed;
    bool fresh;

    fed_until_ns = bpf_ktime_get_boot_ns() + settings.window_ns;
    fed = davy_fed_record(tgid, &fresh);
    if (!fed || (!fresh && !davy_flow_replaces(&fed->origin.flow, flow)))
        return 0;
    bpf_probe_read_kernel(&fed->origin.flow, sizeof(fed->origin.flow), (void *)flow);
    if (!fresh && !davy_may_be_idle(fed))
        return 0;
    fed->origin.kind = kind;
    fed->origin.source.tgid = tgid;
    fed->origin.source.start_ns = fed->start_ns;
    fed->origin.uid = bpf_get_current_uid_gid();
    bpf_get_current_comm(fed->origin.comm, DAVY_COMM_MAX);
    fed->writer = davy_installs() ? DAVY_WRITER_NONE : davy_writer_kind();
    fed->names_shell = fed->writer == DAVY_WRITER_PROGRAM && davy_names_shell();
    if (fed->writer == DAVY_WRITER_ONE_LINER)
        davy_keep_input_late();
    if (fed->writer != DAVY_WRITER_SCRIPT && fed->writer != DAVY_WRITER_NONE)
        davy_open_files_fed(davy_number_of(&fed->origin), fed->writer);
    return 0;
}

/* The current process may write text from the network to the pipe that is its stdout, once it is
 * fed. */
__noinline int davy_watch_writer(void)
{
    struct task_struct *task = davy_current();
    struct text_writer writer = {}, *before;
    u32 tgid = bpf_get_current_pid_tgid() >> 32;
    struct davy_fd fd = {};
    struct pipe_node *node;
    struct file *file;

    if (!direct_map)
        return 0;
    davy_task_input(task, &fd);
    if (fd.kind == DAVY_FD_PIPE) {
        writer.in = fd.pipe;
        writer.in_number = fd.inode;
    }
    davy_task_output(task, &fd);
    if (fd.kind != DAVY_FD_PIPE)
        return 0;
    file = fd.file;
    writer.start_ns = davy_start_of(task);
    writer.pipe = fd.pipe;
    writer.inode = (u64)davy_inode_of(file);
    writer.number = fd.inode;
    writer.info = (u64)davy_pipe_of(file);
    writer.from = davy_pipe_end(davy_pipe_of(file));
    /* It connects a second time, and may have written what came the first time. */
    before = bpf_map_lookup_elem(&text_writers, &tgid);
    if (before && before->start_ns == writer.start_ns && before->pipe == writer.pipe &&
        !before->taken)
        writer.from = before->from;
    node = bpf_map_lookup_elem(&pipes, &writer.pipe);
    if (node && !node->has_from) {
        node->from = writer.from;
        node->has_from = 1;
    }
    bpf_map_update_elem(&text_writers, &tgid, &writer, BPF_ANY);
    return 0;
}

/* It is fed now: wake-ups are looked at. */
static __always_inline void davy_watch_fed_writer(void)
{
    watch_until_ns = bpf_ktime_get_boot_ns() + DAVY_WATCH_NS;
    davy_watch_writer();
}

/* The record of `task` itself; NULL where it has none since its exec. */
static __always_inline struct fed_process *davy_fed_of(struct task_struct *task)
{
    u32 tgid = davy_tgid_of(task);
    struct fed_process *fed = bpf_map_lookup_elem(&fed_processes, &tgid);

    return fed && fed->start_ns == davy_start_of(task) ? fed : NULL;
}

/* What the current process, which is fed, has open for writing already. */
static __always_inline void davy_own_files_fed(void)
{
    struct fed_process *fed = davy_fed_of(davy_current());

    if (fed)
        davy_open_files_fed(davy_number_of(&fed->origin), fed->writer);
}

/* The kind of what the current process passes on to a pipe. */
static __always_inline u32 davy_passed_kind(void)
{
    struct fed_process *fed = davy_fed_of(davy_current());

    return DAVY_SOURCE_FED | (fed ? fed->origin.kind & FED_BY_ANOTHER : 0);
}

/* What a process is fed with, by its own record or, where it was forked and runs its parent's
 * image still, by its parent's. */
static __always_inline struct fed_process *davy_fed_process_of(struct task_struct *task)
{
    struct fed_process *fed = davy_fed_of(task);

    if (fed || !davy_is_fork(task) || !davy_is_own_child(task))
        return fed;
    return davy_fed_of(davy_parent_of(task));
}
