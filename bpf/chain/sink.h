/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The current process takes its place in a chain: at exec, or when it opens a fifo. */
#pragma once

#include "../scratch.h"
#include "judge.h"
#include "pipes.h"
#include "relays.h"
#include "sink_of.h"

/* Working memory, too large for the stack; each user has one of its own. */
struct sink_work {
    struct chain_sink me; /* what the current process would be as one: of no pipe yet */
    struct davy_walk walk;
    struct fed_origin origin; /* of a socket that it reads */
};

#define DAVY_SINK_EXEC 0
#define DAVY_SINK_OPEN 1
#define DAVY_SINK_EVALUATE 2
#define DAVY_SINKS 3
DAVY_SCRATCHES(sink_scratch, DAVY_SINKS, struct sink_work, davy_sink_working)

/* The current process takes its code from a socket. */
static __always_inline u32 sink_of_socket(struct sink_work *s, struct file *file, const u32 reach)
{
    struct davy_chain_facts facts = {.source = DAVY_SOURCE_SOCKET, .reads_code = 1};
    struct davy_chain chain = {.facts = &facts, .origin = &s->origin, .sink = &s->walk.sink};

    davy_flow_of(davy_sock_of(file), &s->origin.flow);
    __builtin_memset(&s->origin.source, 0, sizeof(s->origin.source));
    __builtin_memcpy(s->origin.comm, s->me.comm, DAVY_COMM_MAX);
    s->walk.sink = s->me;
    return s->origin.flow.family ? davy_complete_chain(&chain, reach) : DAVY_ALLOW;
}

__noinline int davy_sink_feeders(u64 which, u64 pipe)
{
    struct sink_work *s = davy_sink_working((u32)which);

    return s ? walk_feeders(&s->walk, bpf_map_lookup_elem(&pipes, &pipe)) : 0;
}

__noinline int davy_walk_sink(u32 which)
{
    struct sink_work *s = davy_sink_working(which);

    return s ? walk_upstream(&s->walk, which, davy_sink_feeders) : 0;
}

/* Walks from `walk.from` to the first pipe that the network feeds; `below`: pipes from `walk.from`
 * to the interpreter. */
static __always_inline u32 sink_walk(struct sink_work *s, u32 which, u8 below, const u32 reach)
{
    struct davy_chain_facts facts = {.reads_code = 1};
    struct davy_chain chain = {.facts = &facts, .sink = &s->walk.sink, .walk = &s->walk};
    struct pipe_node *node;
    u64 source;

    davy_walk_sink(which);
    source = s->walk.source_pipe;
    if (!source)
        return DAVY_ALLOW;
    node = bpf_map_lookup_elem(&pipes, &source);
    if (!node)
        return DAVY_ALLOW;
    facts.source = (u8)node->origin.kind;
    facts.hops = s->walk.hops + below;
    chain.origin = &node->origin;
    chain.another = davy_walk_is_anothers(&s->walk, node->origin.uid);
    return davy_complete_chain(&chain, reach);
}

/* The interpreter's own code comes through a pipe: it is the sink of everything upstream. */
static __always_inline u32 become_sink(u32 which, u64 pipe, u64 inode, const u32 reach)
{
    struct sink_work *s = davy_sink_working(which);
    struct pipe_node *node;

    if (!s)
        return DAVY_ALLOW;
    s->walk.from = pipe;
    s->walk.inherited = 0;
    s->walk.sink = s->me;
    s->walk.sink.pipe = pipe;
    s->walk.sink.inode = inode;
    node = davy_pipe_node(pipe);
    if (!node)
        return DAVY_ALLOW;
    if (!node->origin.source.tgid && !node->next_feeder)
        davy_find_relays(pipe, 0);
    davy_watch_sink(&s->walk.sink);
    return sink_walk(s, which, 0, reach);
}

__noinline int davy_become_sink(u32 which, u64 pipe, u64 inode)
{
    return become_sink(which, pipe, inode, DAVY_REACH_SOURCE);
}

__noinline int davy_become_sink_here(u32 which, u64 pipe, u64 inode)
{
    return become_sink(which, pipe, inode, DAVY_REACH_NOBODY);
}

/* This process carries what it reads from `from` to `to`. */
__noinline int davy_become_stage(u32 which, u64 from, u64 to)
{
    struct sink_work *s = davy_sink_working(which);
    struct pipe_node *node = davy_pipe_node(to);

    if (!s || !node || !davy_pipe_node(from))
        return DAVY_ALLOW;
    davy_feeds(node, from, &s->me.id);
    node->inherited |= davy_pipe_at((u64)davy_parent_of(davy_current()), 0) == from;
    if (!davy_sink_lives(&node->sink))
        return DAVY_ALLOW;
    s->walk.from = from;
    s->walk.inherited = node->inherited;
    s->walk.sink = node->sink;
    return sink_walk(s, which, 1, DAVY_REACH_SINK);
}

/* stdin is a network socket: what this process writes to `to` came from the network
 * (exec 3<>/dev/tcp/…; cat <&3 | sh). */
__noinline int davy_become_source(u32 which, u64 to)
{
    struct sink_work *s = davy_sink_working(which);
    struct davy_chain_facts facts = {.source = DAVY_SOURCE_SOCKET, .reads_code = 1, .hops = 1};
    struct pipe_node *node = davy_pipe_node(to);

    if (!s || !node)
        return DAVY_ALLOW;
    s->origin.source = s->me.id;
    s->origin.uid = s->me.uid;
    __builtin_memcpy(s->origin.comm, s->me.comm, DAVY_COMM_MAX);
    s->origin.kind = DAVY_SOURCE_SOCKET;
    node->origin = s->origin;
    davy_publish(node);
    if (!davy_sink_lives(&node->sink))
        return DAVY_ALLOW;

    struct davy_chain chain = {.facts = &facts, .origin = &s->origin, .sink = &node->sink};

    return davy_complete_chain(&chain, DAVY_REACH_SINK);
}
