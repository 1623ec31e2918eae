/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The chain's bookkeeping: pipes as nodes, processes between two pipes as edges. Both ends write
 * what they are and then look for the other, so that whichever comes second sees the first. */
#pragma once

#include "../emit.h"
#include "../facts/fd.h"
#include "../facts/task.h"

#define DAVY_WALK_PIPES 16 /* a pipeline of more stages is followed this far, and counted */

/* A plain atomic add is a full barrier on x86 and loads on 5.10, which knows no fetching one. */
static __always_inline void davy_publish(struct pipe_node *node)
{
    __sync_fetch_and_add(&node->published, 1);
}

/* The node of a pipe, made if there is none; NULL and a counted loss where there is no room. */
static __always_inline struct pipe_node *davy_pipe_node(u64 pipe)
{
    struct pipe_node *node = bpf_map_lookup_elem(&pipes, &pipe);

    if (!node) {
        struct blank *blank = davy_blank();

        if (blank)
            bpf_map_update_elem(&pipes, &pipe, &blank->node, BPF_NOEXIST);
        node = bpf_map_lookup_elem(&pipes, &pipe);
        if (!node)
            davy_count_loss(DAVY_LOSS_PIPE_MAP);
    }
    return node;
}

/* A sink that ended, or became another program, reads no code any more. */
static __always_inline bool davy_sink_lives(const struct chain_sink *sink)
{
    u64 *start_ns;

    if (!sink->id.tgid)
        return false;
    /* Better once too often than never. */
    if (sink->unwatched)
        return true;
    start_ns = bpf_map_lookup_elem(&sinks, &sink->id.tgid);
    return start_ns && *start_ns == sink->id.start_ns;
}

/* Its end will be noticed. */
static __always_inline void davy_watch_sink(struct chain_sink *sink)
{
    sink->unwatched = bpf_map_update_elem(&sinks, &sink->id.tgid, &sink->id.start_ns, BPF_ANY) != 0;
    if (sink->unwatched)
        davy_count_loss(DAVY_LOSS_PIPE_MAP);
}

/* From a pipe upstream: tells every pipe on the way who reads it in the end, and finds the first
 * that the network feeds. Breadth first over at most DAVY_WALK_PIPES pipes. */
static __always_inline int walk_upstream(struct davy_walk *walk)
{
    if (!walk)
        return 0;
    walk->source_pipe = 0;
    walk->hops = 0;
    walk->stage_count = 0;
    walk->head = 0;
    walk->tail = 1;
    walk->queue[0] = walk->from;
    for (int i = 0; i < DAVY_WALK_PIPES; i++) {
        struct pipe_node *node;
        u64 pipe;

        if (walk->head == walk->tail)
            break;
        pipe = walk->queue[walk->head & (DAVY_WALK_QUEUE - 1)];
        walk->head++;
        node = bpf_map_lookup_elem(&pipes, &pipe);
        if (!node)
            continue;
        node->sink = walk->sink;
        davy_publish(node);
        walk->hops = i + 1;
        if (node->origin.source.tgid) {
            walk->source_pipe = pipe;
            break;
        }
        for (int f = 0; f < DAVY_FEEDERS; f++) {
            u32 stage = walk->stage_count;

            if (!node->feeder[f].pipe || walk->tail - walk->head >= DAVY_WALK_QUEUE)
                continue;
            walk->queue[walk->tail & (DAVY_WALK_QUEUE - 1)] = node->feeder[f].pipe;
            walk->tail++;
            if (stage < DAVY_STAGES_MAX) {
                walk->stage[stage] = node->feeder[f].via;
                walk->stage_count = stage + 1;
            }
        }
    }
    if (walk->head != walk->tail && !walk->source_pipe)
        davy_count_loss(DAVY_LOSS_WALK);
    return 0;
}

/* The walk of a connect hook. A global function, as are the others that are not static: verified
 * once, whoever calls it. */
__noinline int davy_walk_connect(u64 key)
{
    return walk_upstream(bpf_map_lookup_elem(&walks, &key));
}

/* Where `node` keeps the pipe `from`: where it stands already (a script that execs its program, as
 * gunzip does, is one stage and not two), else the next place. */
static __always_inline u32 davy_feeder_slot(struct pipe_node *node, u64 from)
{
    for (u32 i = 0; i < DAVY_FEEDERS; i++) {
        if (node->feeder[i].pipe == from)
            return i;
    }
    return node->next_feeder++ & (DAVY_FEEDERS - 1);
}

static __always_inline void davy_feeds(struct pipe_node *node, u64 from,
                                       const struct davy_process_id *via)
{
    u32 slot = davy_feeder_slot(node, from) & (DAVY_FEEDERS - 1);

    node->feeder[slot].via = *via;
    node->feeder[slot].pipe = from;
    davy_publish(node);
}

/* A relay that never execs (curl | while read l; do echo "$l"; done | bash) tells nobody of its two
 * pipes: a bounded look at the children of `parent`, the newest first, for one that has `pipe` on
 * one side. The pipe on the other side, entered as an edge, or 0. */
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
 * may wait for it: its script has the fifo's name. That one becomes the sink. */
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
        tgid = BPF_CORE_READ(task, tgid);
        reader = bpf_map_lookup_elem(&readers, &tgid);
        if (!reader || reader->script != fifo_name ||
            reader->start_ns != BPF_CORE_READ(task, group_leader, start_boottime))
            continue;
        davy_process_id_of(task, &node->sink.id, DAVY_NUMBER);
        bpf_probe_read_kernel(node->sink.comm, DAVY_COMM_MAX, &task->comm);
        node->sink.image = davy_inode_key_of(BPF_CORE_READ(task, mm, exe_file, f_inode));
        davy_watch_sink(&node->sink);
        return 1;
    }
    return 0;
}

/* The same over a few relays in a row, among the siblings of the current process or of its parent,
 * which may be a group in brackets. The last pipe reached, or 0. */
#define DAVY_RELAYS_MAX 3
__noinline u64 davy_find_relays(u64 pipe, u32 as_input)
{
    u64 parent = (u64)BPF_CORE_READ(davy_current(), real_parent);
    u64 found = davy_find_relay(parent, pipe, as_input), next;

    if (!found) {
        parent = (u64)BPF_CORE_READ((struct task_struct *)parent, real_parent);
        found = davy_find_relay(parent, pipe, as_input);
    }
    for (int i = 1; i < DAVY_RELAYS_MAX && found; i++) {
        next = davy_find_relay(parent, found, as_input);
        if (!next)
            break;
        found = next;
    }
    return found;
}
