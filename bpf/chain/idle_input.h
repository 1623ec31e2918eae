/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Programs that have a pipe as their stdin and read nothing from it: what a shell starts in
 * `curl LIST | while read -r NAME; do …; done` has the list as its stdin, and seldom looks at it.
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
    u64 pipe;    /* davy_pipe_id() */
    u64 inode;   /* struct inode * of the pipe, only ever read through bpf_probe_read_kernel() */
    u64 number;  /* of the inode */
    u64 info;    /* struct pipe_inode_info * */
    u64 place;   /* where the pipe's readers were, as davy_place_number() */
    u64 ended;   /* 1: it has ended, and they still were */
};
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 4096);
    __type(key, u32);
    __type(value, struct idle_input);
} idle_inputs SEC(".maps");

/* The current process has become another program, whose stdin is `file`. */
static __always_inline void davy_input_begins(u32 tgid, struct file *file, u64 pipe)
{
    struct pipe_inode_info *info = davy_pipe_of(file);
    struct davy_pipe_place place = davy_pipe_beginning(info);
    struct inode *inode = davy_inode_of(file);
    struct idle_input idle = {
        .start_ns = davy_start_of(davy_current()),
        .time_ns = bpf_ktime_get_boot_ns(),
        .pipe = pipe,
        .inode = (u64)inode,
        .number = davy_inode_number(inode),
        .info = (u64)info,
        .place = davy_place_number(&place),
    };

    bpf_map_update_elem(&idle_inputs, &tgid, &idle, BPF_ANY);
}

/* The current process ends. A child that it leaves behind may read on. */
static __always_inline void davy_input_ends(u32 tgid)
{
    struct idle_input *idle = bpf_map_lookup_elem(&idle_inputs, &tgid);
    struct davy_pipe_place place;

    if (!idle || idle->start_ns != davy_start_of(davy_current()))
        return;
    if (!davy_has_children(davy_current()) &&
        davy_pipe_lives(idle->inode, idle->number, idle->info)) {
        place = davy_pipe_beginning((struct pipe_inode_info *)idle->info);
        if (davy_place_number(&place) == idle->place) {
            idle->ended = 1;
            return;
        }
    }
    bpf_map_delete_elem(&idle_inputs, &tgid);
}

/* Whether nothing that `file`'s writer wrote came from the pipe that was its stdin. An
 * interpreter's text may do anything, such as leave a grandchild behind that reads. */
static __always_inline bool davy_input_was_idle(const struct fed_file *file)
{
    struct idle_input *idle = bpf_map_lookup_elem(&idle_inputs, &file->writer.tgid);

    return idle && idle->ended && idle->start_ns == file->writer.start_ns &&
           idle->pipe == file->pipe && idle->time_ns <= file->time_ns &&
           file->kind == DAVY_WRITER_PROGRAM;
}
