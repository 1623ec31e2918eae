/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The chain's bookkeeping: pipes as nodes, processes between two pipes as edges. Both ends write
 * what they are and then look for the other, so that whichever comes second sees the first. */
#pragma once

#include "../emit.h"
#include "../facts/fd.h"
#include "../facts/task.h"

#define DAVY_WALK_PIPES 64 /* a pipeline of more stages is followed this far, and counted */

/* A plain atomic add is a full barrier on x86, and 5.10 takes it. It takes none that returns a
 * value. */
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

/* Goes upstream from a pipe to the one that a process feeds from the network, by each pipe's newest
 * feeder. 0: there is none. Global, so that it is verified once. */
__noinline u64 davy_source_pipe(u64 pipe)
{
    for (int i = 0; i < DAVY_WALK_PIPES && pipe; i++) {
        struct pipe_node *node = bpf_map_lookup_elem(&pipes, &pipe);

        if (!node)
            return 0;
        if (node->origin.source.tgid)
            return pipe;
        pipe = node->feeder[(node->next_feeder - 1) & (DAVY_FEEDERS - 1)].pipe;
    }
    return 0;
}

static __always_inline struct pipe_node *davy_pipe_source(u64 pipe)
{
    u64 source = davy_source_pipe(pipe);

    return bpf_map_lookup_elem(&pipes, &source);
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

/* Puts the pipes that feed a pipe into a walk's queue, and who is between. */
static __always_inline int walk_feeders(struct davy_walk *walk, const struct pipe_node *node)
{
    if (!walk || !node)
        return 0;
    walk->inherited |= node->inherited;
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
    return 0;
}

/* Walks upstream from a pipe: tells every pipe on the way who reads it in the end, and finds the
 * first that the network feeds. Breadth first over at most DAVY_WALK_PIPES pipes. `feeders` is
 * walk_feeders() of the walk that `key` names and of a pipe: a global function, so that it is
 * verified once and not once a pipe. */
static __always_inline int walk_upstream(struct davy_walk *walk, u64 key,
                                         int (*feeders)(u64 key, u64 pipe))
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
        feeders(key, pipe);
    }
    if (walk->head != walk->tail && !walk->source_pipe)
        davy_count_loss(DAVY_LOSS_WALK);
    return 0;
}

__noinline int davy_connect_feeders(u64 key, u64 pipe)
{
    return walk_feeders(bpf_map_lookup_elem(&walks, &key), bpf_map_lookup_elem(&pipes, &pipe));
}

/* The walk of a connect hook. A global function, as are the others that are not static: verified
 * once, whoever calls it. */
__noinline int davy_walk_connect(u64 key)
{
    return walk_upstream(bpf_map_lookup_elem(&walks, &key), key, davy_connect_feeders);
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
