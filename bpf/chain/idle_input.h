/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Programs that read nothing from their stdin, be it a pipe, a file or a connection: what a shell
 * starts in `curl LIST | while read -r NAME; do …; done` has the list as its stdin, and seldom
 * looks at it.
 */
#pragma once

#include "../facts/fd.h"
#include "../facts/pages.h"
#include "../facts/task.h"
#include "maps.h"

/* By tgid. Written at exec and at exit, while something was fed lately. Full: the least recently
 * used counts as one that read. */
struct idle_input {
    u64 start_ns;
    u64 time_ns; /* of the exec; CLOCK_BOOTTIME */
    u64 pipe;    /* davy_pipe_id(); 0: a file or a socket */
    u64 inode;   /* struct inode *, only ever read through bpf_probe_read_kernel() */
    u64 number;  /* of the inode */
    u64 input;   /* struct pipe_inode_info *, or struct file *, read in the same way */
    u64 place;   /* from where it would be read: davy_place_number(), or the position */
    u64 ended;   /* 1: the program has ended, and it would still be */
};
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 4096);
    __type(key, u32);
    __type(value, struct idle_input);
} idle_inputs SEC(".maps");

static __always_inline u64 idle_place(u64 pipe, u64 input)
{
    struct davy_pipe_place place;

    if (!pipe)
        return davy_input_position((struct file *)input);
    place = davy_pipe_beginning((struct pipe_inode_info *)input);
    return davy_place_number(&place);
}

static __always_inline bool idle_is_there(const struct idle_input *idle)
{
    struct inode *inode = (struct inode *)idle->inode;

    if (idle->pipe)
        return davy_pipe_lives(idle->inode, idle->number, idle->input);
    return davy_inode_of((struct file *)idle->input) == inode &&
           davy_inode_number(inode) == idle->number;
}

/* The current process has become another program, whose stdin is the file at this address. Global,
 * for a stack of its own. */
__noinline int davy_input_begins(u32 tgid, u64 file_address, u64 pipe)
{
    struct file *file = (struct file *)file_address;
    struct inode *inode = davy_inode_of(file);
    struct idle_input idle = {
        .start_ns = davy_start_of(davy_current()),
        .time_ns = bpf_ktime_get_boot_ns(),
        .pipe = pipe,
        .inode = (u64)inode,
        .number = davy_inode_number(inode),
        .input = pipe ? (u64)davy_pipe_of(file) : (u64)file,
    };

    idle.place = idle_place(pipe, idle.input);
    bpf_map_update_elem(&idle_inputs, &tgid, &idle, BPF_ANY);
    return 0;
}

/* Whether the current process has read nothing of its stdin, and has nobody who may. Global, for a
 * stack of its own. */
__noinline int davy_input_idles(void)
{
    u32 tgid = bpf_get_current_pid_tgid() >> 32;
    struct idle_input *idle = bpf_map_lookup_elem(&idle_inputs, &tgid);

    return idle && idle->start_ns == davy_start_of(davy_current()) &&
           !davy_has_children(davy_current()) && idle_is_there(idle) &&
           idle_place(idle->pipe, idle->input) == idle->place;
}

/* The current process ends. A child that it leaves behind may read on. */
static __always_inline void davy_input_ends(u32 tgid)
{
    struct idle_input *idle = bpf_map_lookup_elem(&idle_inputs, &tgid);

    if (!idle)
        return;
    if (davy_input_idles())
        idle->ended = 1;
    else
        bpf_map_delete_elem(&idle_inputs, &tgid);
}

/* Whether nothing that `file`'s writer wrote came from the pipe that was its stdin. An
 * interpreter's text may do anything, such as leave a grandchild behind that reads. */
static __always_inline bool davy_input_was_idle(const struct fed_file *file)
{
    struct idle_input *idle = bpf_map_lookup_elem(&idle_inputs, &file->writer.tgid);

    return idle && idle->ended && idle->start_ns == file->writer.start_ns &&
           idle->pipe == file->pipe && idle->time_ns <= file->time_ns &&
           (file->pipe || (file->origin.kind & FED_BY_INPUT)) && file->kind == DAVY_WRITER_PROGRAM;
}
