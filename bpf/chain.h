/* The chain's bookkeeping: pipes as nodes, processes between two pipes as edges. Both ends write
 * what they are and then look for the other, so that whichever comes second sees the first. */
#pragma once

#include "allow.h"
#include "emit.h"
#include "enforce.h"
#include "facts/fd.h"
#include "facts/task.h"
#include "settings.h"

#include "davylamp/rules/chain.h"

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
static __always_inline bool davy_sink_lives(const struct davy_process_id *sink)
{
    u64 *start_ns;

    if (!sink->tgid)
        return false;
    if (sink->reserved) /* no room to watch it when it came: better once too often than never */
        return true;
    start_ns = bpf_map_lookup_elem(&sinks, &sink->tgid);
    return start_ns && *start_ns == sink->start_ns;
}

/* From a pipe upstream: tells every pipe on the way who reads it in the end, and finds the first
 * that the network feeds. Breadth first over at most DAVY_WALK_PIPES pipes. A global function, as
 * are the others that are not static: verified once, whoever calls it. */
__noinline int davy_walk_upstream(struct davy_walk *walk)
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
        node->sink_pipe = walk->sink_pipe;
        node->sink_inode = walk->sink_inode;
        node->sink_image = walk->sink_image;
        __builtin_memcpy(node->sink_comm, walk->sink_comm, DAVY_COMM_MAX);
        davy_publish(node);
        walk->hops = i + 1;
        if (node->source.tgid) {
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

/* What a chain's record says beyond its verdict. */
struct davy_chain_report {
    u64 pipe_inode;
    const struct davy_flow *flow;
    const struct davy_process_id *source, *sink;
    const char *source_comm, *sink_comm;
    const struct davy_walk *walk; /* NULL: no stages known */
};

static __always_inline void davy_report_chain(const struct davy_chain_facts *facts, u32 verdict,
                                              u16 did, const struct davy_chain_report *report)
{
    struct davy_event_chain *event = davy_alert_reserve(sizeof(*event));

    if (!event)
        return;
    davy_header(&event->header, DAVY_EVENT_CHAIN, sizeof(*event), verdict);
    davy_decide(&event->decision, DAVY_DETECTION_CHAIN, davy_chain_rule(facts),
                davy_chain_certainty(facts), did, facts->row);
    davy_current_process(&event->process);
    event->facts = *facts;
    event->flow = *report->flow;
    event->source = *report->source;
    event->sink = *report->sink;
    __builtin_memcpy(event->source_comm, report->source_comm, DAVY_COMM_MAX);
    __builtin_memcpy(event->sink_comm, report->sink_comm, DAVY_COMM_MAX);
    event->pipe_inode = report->pipe_inode;
    if (report->walk) {
        event->stages_count = report->walk->stage_count;
        __builtin_memcpy(event->stages, report->walk->stage, sizeof(event->stages));
    }
    davy_allow_report(&event->allow);
    davy_alert_submit(event);
}
