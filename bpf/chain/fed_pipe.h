/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A pipe that is fed: where its bytes come from, and who carries bytes of the network into it. */
#pragma once

#include "judge.h"
#include "pipes.h"

#include "../stratum/port_53.h"

/* Who feeds a pipe from the network. Fills `origin`; 1 where there is one. */
__noinline int davy_pipe_origin(u64 pipe, struct fed_origin *origin)
{
    struct pipe_node *node = davy_pipe_source(pipe);

    if (!origin || !node)
        return 0;
    *origin = node->origin;
    return 1;
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
