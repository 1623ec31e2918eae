/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Text that came out of a net-fed pipe or file, kept for who read it: taken as its reader is woken
 * and when the writer ends. */
#pragma once

#include "../facts/fd.h"
#include "fed_lately.h"
#include "fed_pipe.h"
#include "pipe_readers.h"
#include "relays.h"
#include "shells.h"
#include "text_owned.h"

/* Keeps the sample in the scratch for `task`, which read it and so may run it. What comes from a
 * user who may not signal `task` is kept for a shell alone. */
static __always_inline void davy_keep_for(struct text_scratch *s, struct task_struct *task,
                                          u64 number, const bool waking)
{
    struct fed_text_key key = {
        .tgid = davy_tgid_of(task),
        .slot = number & (DAVY_TEXTS_EACH - 1),
    };

    if (key.tgid <= 1)
        return;
    s->text.start_ns = davy_start_of(task);
    s->text.leader = davy_number_of(davy_leader_of(task));
    s->text.carried = 0;
    s->text.foreign = !davy_reaches((u32)bpf_get_current_uid_gid(), task) ||
                      !davy_reaches(s->text.origin.uid, task);
    if (s->text.foreign && !davy_is_shell(task, waking))
        return;
    davy_text_owned(s, &key);
}

/* The youngest of the children of `parent` whose stdin is `pipe`; 0: none. */
__noinline u64 davy_reading_child(u64 parent_address, u64 pipe)
{
    struct davy_children children = davy_children_of(parent_address);

    for (int i = 0; i < DAVY_CHILDREN_MAX; i++) {
        struct task_struct *task = davy_next_child(&children);

        if (!task)
            break;
        if (davy_pipe_at((u64)task, 0) == pipe)
            return (u64)task;
    }
    return 0;
}

/* Whether what the current process wrote is its own: a program's that has a net-fed stdin, has read
 * nothing of it, and took nothing from the network in another way (sed FILE in a loop over a list).
 * `waking` is a constant. */
static __always_inline bool writes_own(const bool waking)
{
    struct fed_process *fed = davy_fed_of(davy_current());
    u64 task = davy_number_of(davy_current());
    u32 family;

    if (!davy_input_idles() || (fed && !davy_may_be_idle(fed)))
        return false;
    family = waking ? davy_family_waking(task) : davy_family_of_task(task, BEGINNING_EXEC);
    return !family || davy_family_is_tool(family);
}

/* What the current process wrote to a net-fed pipe is kept, for whoever reads that pipe, and for
 * the near ancestors that read what such a reader writes: it may write what it reads.
 *
 * Who reads it? When the first write wakes somebody, that is `woken`, if it has a descriptor of the
 * pipe (a wake-up may be for anybody). At the writer's end nobody was seen asleep: its ancestors
 * then that have such a descriptor (a command substitution) and a sibling whose stdin the pipe is
 * (a loop of read). The writer's own descriptors are open still, so none of them has seen the
 * pipe's end and closed it. The pipe is the one that was its stdout when it was watched first: many
 * programs close their stdout before they end. 1 where something was kept. */
static __always_inline int keep_text(const bool waking, u64 woken)
{
    struct task_struct *task = davy_current();
    struct text_scratch *s = text_working(waking);
    u32 tgid = bpf_get_current_pid_tgid() >> 32;
    struct text_writer *writer = bpf_map_lookup_elem(&text_writers, &tgid);
    u64 pipe, from, next = 0;

    if (!s || !writer || !davy_pipe_lives(writer->inode, writer->number, writer->info))
        return 0;
    pipe = writer->pipe;
    if (waking && !davy_task_reads(woken, pipe, 0))
        return 0;
    if (!davy_pipe_origin(pipe, &s->text.origin))
        return 0;
    from = davy_place_number(&writer->from);
    if (waking ? davy_waking_pipe(writer->info, from) : davy_sample_pipe(writer->info, from))
        return 0;
    if (writes_own(waking))
        return 0;
    s->text.time_ns = bpf_ktime_get_boot_ns();
    s->text.pipe_inode = writer->number;
    texts_until_ns = s->text.time_ns + settings.window_ns;
    if (!waking) {
        u64 parent = (u64)davy_parent_of(task);

        woken = davy_reading_child(parent, pipe);
        if (!woken)
            woken = davy_reading_child((u64)davy_parent_of((struct task_struct *)parent), pipe);
    }
    if (woken) {
        davy_keep_for(s, (struct task_struct *)woken, writer->number, waking);
        next = davy_pipe_at(woken, 1);
    }
    for (int i = 0; i < DAVY_TEXT_ANCESTORS; i++) {
        u64 out;

        task = davy_parent_of(task);
        if (davy_tgid_of(task) <= 1)
            break;
        if (!davy_task_reads((u64)task, pipe, next))
            continue;
        davy_keep_for(s, task, writer->number, waking);
        out = davy_pipe_at((u64)task, 1);
        if (out)
            next = out;
    }
    return 1;
}

__noinline int davy_keep_text(void) { return keep_text(false, 0); }
__noinline int davy_keep_text_waking(u64 woken) { return keep_text(true, woken); }

/* A shell opened a file from the network, as data or to evaluate it ($(<file), a loop of read). How
 * the file begins is kept for this shell. */
__noinline int davy_keep_file(u64 inode_address, u64 origin)
{
    struct inode *inode = (struct inode *)inode_address;
    struct text_scratch *s = davy_text_working();

    if (!s || davy_file_read(inode, s->bytes, DAVY_SAMPLE_BYTES) || davy_sample_bytes())
        return 0;
    bpf_probe_read_kernel(&s->text.origin, sizeof(s->text.origin), (void *)origin);
    s->text.time_ns = bpf_ktime_get_boot_ns();
    s->text.pipe_inode = 0;
    texts_until_ns = s->text.time_ns + settings.window_ns;
    davy_keep_for(s, davy_current(), davy_inode_number(inode), false);
    return 0;
}
