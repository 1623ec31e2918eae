/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A pipe that is fed: where its bytes come from, and who carries bytes of the network into it. */
#pragma once

#include "judge.h"
#include "pipes.h"

#include "../stratum/port_53.h"

/* Goes upstream from a pipe to the process that feeds it from the network, by each pipe's newest
 * feeder. Fills `origin`; 1 where there is one. */
#define DAVY_PIPES_BACK 6
__noinline int davy_pipe_origin(u64 pipe, struct fed_origin *origin)
{
    if (!origin)
        return 0;
    for (int i = 0; i < DAVY_PIPES_BACK; i++) {
        struct pipe_node *node = bpf_map_lookup_elem(&pipes, &pipe);

        if (!node)
            return 0;
        if (node->origin.source.tgid) {
            *origin = node->origin;
            return 1;
        }
        pipe = node->feeder[(node->next_feeder - 1) & (DAVY_FEEDERS - 1)].pipe;
        if (!pipe)
            return 0;
    }
    return 0;
}

/* The current process carries bytes of `origin` into `pipe`. If its reader runs them, the verdict
 * falls on both ends. */
__noinline int davy_pipe_fed(u64 pipe, u64 origin, u32 kind)
{
    struct davy_chain_facts facts = {.source = (u8)kind, .reads_code = 1, .hops = 1};
    struct davy_chain chain = {.facts = &facts};
    struct pipe_node *node = davy_pipe_node(pipe);

    if (!node)
        return DAVY_ALLOW;
    bpf_probe_read_kernel(&node->origin, sizeof(node->origin), (void *)origin);
    node->origin.kind = kind;
    davy_publish(node);
    if (!davy_sink_lives(&node->sink) || !davy_is_no_dns(&node->origin.flow))
        return DAVY_ALLOW;
    chain.origin = &node->origin;
    chain.sink = &node->sink;
    return davy_complete_chain(&chain, DAVY_REACH_SINK);
}
