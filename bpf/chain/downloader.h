/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A process connects out: what it writes comes from the network from then on. */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "../compat.h"
#include "../emit.h"
#include "fed_process.h"
#include "judge.h"
#include "pipes.h"
#include "relays.h"

/* Walks from the interpreter that reads `node` back to its source, for the stages in between; NULL
 * where there is no room for the walk. */
static __always_inline struct davy_walk *connect_stages(u64 key, const struct pipe_node *node)
{
    struct blank *blank = davy_blank();
    struct davy_walk *walk;

    if (!blank || bpf_map_update_elem(&walks, &key, &blank->walk, BPF_ANY)) {
        davy_count_loss(DAVY_LOSS_WALK);
        return NULL;
    }
    walk = bpf_map_lookup_elem(&walks, &key);
    if (!walk)
        return NULL;
    walk->from = node->sink.pipe;
    walk->sink = node->sink;
    davy_walk_connect(key);
    return walk;
}

/* The fifo that `pipe` is, where it is one and the current process's stdout; else NULL. */
static __always_inline struct file *connect_fifo(u64 pipe)
{
    struct file *file = davy_file_at(davy_fdtable_of(davy_current(), DAVY_NUMBER), 1, DAVY_NUMBER);

    if (!file || davy_pipe_at((u64)davy_current(), 1) != pipe || davy_is_pipefs(file))
        return NULL;
    return file;
}

/* Whether the current process writes to `pipe`, which has no name, and another user has made it who
 * is not root: he started it with that. */
#define GIVEN_FDS 24 /* descriptors looked at */
__noinline int davy_pipe_given(u64 pipe)
{
    struct fdtable *table = davy_fdtable_of(davy_current(), DAVY_NUMBER);
    u64 rest = davy_open_fds(table, DAVY_NUMBER);

    for (int i = 0; i < GIVEN_FDS && rest; i++) {
        struct davy_fd fd = {};
        struct file *file;
        u32 maker;

        davy_fd_at((u64)table, davy_lowest_bit(rest), &fd);
        rest &= rest - 1;
        if (fd.pipe != pipe || !(fd.mode & FMODE_WRITE))
            continue;
        file = fd.file;
        maker = davy_inode_owner(davy_inode_of(file));
        return davy_is_pipefs(file) && maker && maker != davy_uid_of(davy_current());
    }
    return 0;
}

/* Nobody is known to run what comes out of `node`. But a relay that never exec'd may lead to
 * somebody who does, or an interpreter may wait for the fifo as its script. Then that is the sink.
 */
static __always_inline bool connect_looked(struct pipe_node *node, u64 pipe)
{
    struct task_struct *parent = davy_parent_of(davy_current());
    struct pipe_node *last;
    struct file *file = connect_fifo(pipe);
    u64 found, name;

    if (file) {
        name = davy_file_name_hash((u64)file);
        if (!davy_find_fifo_reader((u64)parent, name, pipe) &&
            !davy_find_fifo_reader((u64)davy_parent_of(parent), name, pipe))
            return false;
        node->sink.pipe = pipe;
        node->sink.inode = davy_inode_number(davy_inode_of(file));
        return true;
    }
    found = davy_find_relays(pipe, 1);
    if (!found)
        return false;
    last = bpf_map_lookup_elem(&pipes, &found);
    if (!last || !davy_sink_lives(&last->sink))
        return false;
    node->sink = last->sink;
    return true;
}

/* The current process is net-fed from here on; so is `pipe`, which it writes. Global, so that it is
 * verified once and not once a pipe. It takes the flow's address, for 5.10. */
__noinline int davy_connect_pipe(u64 pipe, u64 flow_address)
{
    struct davy_chain_facts facts = {.source = DAVY_SOURCE_CONNECT, .reads_code = 1};
    struct pipe_node *node = davy_pipe_node(pipe);
    struct davy_chain chain = {.facts = &facts};
    u64 key = bpf_get_current_pid_tgid(), cookie;
    u32 verdict;

    if (!node)
        return DAVY_ALLOW;
    bpf_probe_read_kernel(&cookie, sizeof(cookie), &((struct davy_flow *)flow_address)->cookie);
    /* The arguments may name a pipe twice. */
    if (node->origin.flow.cookie != cookie)
        node->before = node->origin;
    bpf_probe_read_kernel(&node->origin.flow, sizeof(node->origin.flow), (void *)flow_address);
    node->origin.kind = DAVY_SOURCE_FED;
    bpf_get_current_comm(node->origin.comm, DAVY_COMM_MAX);
    davy_process_id_of(davy_current(), &node->origin.source, DAVY_NUMBER);
    node->origin.uid = bpf_get_current_uid_gid();
    davy_publish(node);
    if (!davy_sink_lives(&node->sink) && !connect_looked(node, pipe))
        return DAVY_ALLOW;
    chain.origin = &node->origin;
    chain.sink = &node->sink;
    chain.walk = connect_stages(key, node);
    chain.given = davy_pipe_given(pipe);
    chain.another = chain.walk && davy_walk_is_anothers(chain.walk, node->origin.uid);
    facts.hops = chain.walk ? chain.walk->hops : 1;
    verdict = davy_complete_chain(&chain, DAVY_REACH_CONNECT);
    if (chain.walk)
        bpf_map_delete_elem(&walks, &key);
    return verdict;
}

/* The connect is refused because of one of the pipes. Nothing is served, so `pipe` becomes what it
 * was before. */
static __always_inline void connect_unfed(u64 pipe, const struct davy_flow *flow)
{
    struct pipe_node *node = bpf_map_lookup_elem(&pipes, &pipe);

    if (node && node->origin.flow.cookie == flow->cookie)
        node->origin = node->before;
}

/* The pipes that the arguments of the current process named at exec; NULL where there are none. */
static __always_inline struct named_pipes *connect_named(void)
{
    u32 tgid = bpf_get_current_pid_tgid() >> 32;
    struct named_pipes *named = bpf_map_lookup_elem(&named_outputs, &tgid);

    if (!named || named->start_ns != davy_start_of(davy_current()))
        return NULL;
    return named;
}

/* Every pipe that this process writes: `pipe`, its stdout as it is now (a forked subshell never
 * execs), and those that it named. */
static __always_inline u32 connect_chain(struct davy_flow *flow, u64 pipe)
{
    struct named_pipes *named = connect_named();
    u32 verdict = DAVY_ALLOW, found;

    if (pipe)
        verdict = davy_connect_pipe(pipe, davy_number_of(flow));
    for (int i = 0; named && i < DAVY_NAMED_MAX; i++) {
        if (!named->pipe[i])
            break;
        found = davy_connect_pipe(named->pipe[i], davy_number_of(flow));
        verdict = found > verdict ? found : verdict;
    }
    if (!davy_enforced(verdict))
        return verdict;
    if (pipe)
        connect_unfed(pipe, flow);
    for (int i = 0; named && i < DAVY_NAMED_MAX; i++) {
        if (!named->pipe[i])
            break;
        connect_unfed(named->pipe[i], flow);
    }
    return verdict;
}

/* The connection will be made: the process, whose stdout is `pipe`, is net-fed from here on. */
static __always_inline void connect_feeds(struct davy_flow *flow, u64 pipe)
{
    u32 tgid = bpf_get_current_pid_tgid() >> 32;

    davy_process_fed(davy_number_of(flow), tgid, 0);
    if (direct_map && pipe)
        davy_watch_fed_writer();
}
