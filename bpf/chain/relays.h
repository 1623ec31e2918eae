/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Pieces of a chain that no hook saw, found by a bounded look at the siblings. */
#pragma once

#include "../facts/fd.h"
#include "../facts/task.h"
#include "pipe_readers.h"
#include "pipes.h"
#include "sink_of.h"

/* No hook sees the pipes of a relay that never execs (curl | while read l; do echo "$l"; done |
 * bash). So this looks at a few children of `parent`, the newest first, for one that has `pipe` on
 * one side. Returns the pipe on its other side, entered as an edge, or 0. */
#define DAVY_CHILDREN_MAX 12
__noinline u64 davy_find_relay(u64 parent_address, u64 pipe, u32 as_input)
{
    struct davy_children children = davy_children_of(parent_address);

    for (int i = 0; i < DAVY_CHILDREN_MAX; i++) {
        struct task_struct *task = davy_next_child(&children);
        struct davy_process_id via = {};
        struct pipe_node *node;
        u64 other;

        if (!task)
            break;
        if (davy_pipe_at((u64)task, as_input ? 0 : 1) != pipe)
            continue;
        other = davy_pipe_at((u64)task, as_input ? 1 : 0);
        if (!other || other == pipe)
            continue;
        node = davy_pipe_node(as_input ? other : pipe);
        if (!node || !davy_pipe_node(as_input ? pipe : other))
            return 0;
        davy_process_id_of(task, &via, DAVY_NUMBER);
        davy_feeds(node, as_input ? pipe : other, &via);
        return other;
    }
    return 0;
}

/* A fifo is fed that nobody is known to read as code. An interpreter among the children of `parent`
 * may read it as its script: it has yet to open a script of the fifo's name, as far as is known,
 * and has this very fifo open. That one becomes the sink. */
__noinline int davy_find_fifo_reader(u64 parent_address, u64 fifo_name, u64 pipe)
{
    struct davy_children children = davy_children_of(parent_address);
    struct pipe_node *node = bpf_map_lookup_elem(&pipes, &pipe);

    if (!node)
        return 0;
    for (int i = 0; i < DAVY_CHILDREN_MAX; i++) {
        struct task_struct *task = davy_next_child(&children);
        struct reader *reader;
        u32 tgid;

        if (!task)
            break;
        tgid = davy_tgid_of(task);
        reader = bpf_map_lookup_elem(&readers, &tgid);
        /* The name alone is known. That proves nothing against another user. */
        if (!reader || reader->script != fifo_name || reader->start_ns != davy_start_of(task) ||
            !davy_reaches((u32)bpf_get_current_uid_gid(), task) ||
            !davy_task_reads((u64)task, pipe, 0))
            continue;
        davy_sink_of(task, &node->sink);
        davy_watch_sink(&node->sink);
        return 1;
    }
    return 0;
}

/* The same over a few relays in a row, among the siblings of the current process or of its parent,
 * which may be a group in brackets. The last pipe reached, or 0. */
#define DAVY_RELAYS_MAX 3
/* A relay between the two was found among the children of `parent`. */
__noinline int davy_relay_inherits(u64 parent, u64 from, u64 to)
{
    struct pipe_node *node = bpf_map_lookup_elem(&pipes, &to);

    if (node && davy_pipe_at(parent, 0) == from)
        node->inherited = 1;
    return 0;
}

__noinline u64 davy_find_relays(u64 pipe, u32 as_input)
{
    u64 parent = (u64)davy_parent_of(davy_current());
    u64 found = davy_find_relay(parent, pipe, as_input), next;

    if (!found) {
        parent = (u64)davy_parent_of((struct task_struct *)parent);
        found = davy_find_relay(parent, pipe, as_input);
    }
    if (found)
        davy_relay_inherits(parent, as_input ? pipe : found, as_input ? found : pipe);
    for (int i = 1; i < DAVY_RELAYS_MAX && found; i++) {
        next = davy_find_relay(parent, found, as_input);
        if (!next)
            break;
        davy_relay_inherits(parent, as_input ? found : next, as_input ? next : found);
        found = next;
    }
    return found;
}
