/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* An outbound connection: the first moment at which a downloader shows what it is, and the last at
 * which its script has not been served. cgroup/connect4 and 6 run in the caller's context inside
 * inet_stream_connect() and inet_dgram_connect() (net/ipv4/af_inet.c), for io_uring as well, before
 * the first packet; 0 gives the caller EPERM. Fails open: what cannot be read is not judged. */
#include "../vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "../compat.h"
#include "../facts/sock.h"
#include "../image/loader.h"
#include "../place.h"
#include "../stratum/pools.h"
#include "../chain/fed.h"
#include "../image/state.h"

#include "davylamp/rules/image.h"
#include "davylamp/rules/pool.h"

/* Beside the facts of a connect to what was learnt. */
struct pool_learnt {
    u32 tries, ttl_s;
    u32 silent; /* 1: a record was written just now */
};

/* `gone`: the process has lost its image, which is worth saving before it ends. */
static __always_inline u16 connect_refused(u32 verdict, const bool gone)
{
    u16 did = DAVY_DID_REFUSE;

    /* The refusal alone stops the syscall; the signal ends the process that made it. */
    if (verdict == DAVY_KILL && settings.signal_in_connect)
        did |= gone ? davy_end_current() : davy_kill_current();
    return did;
}

/* The deleted executable that talks: exact, path-free, and what matters most. */
static __noinline u32 connect_gone(struct davy_flow *flow)
{
    u8 mode = settings.mode[DAVY_DETECTION_IMAGE];
    struct task_struct *task = davy_current();
    struct file *exe = davy_exe_of(task);
    struct davy_event_image *event;
    struct davy_image image = {};
    u16 did = 0;
    u32 verdict;

    if (!exe)
        return DAVY_ALLOW; /* a kernel thread */
    davy_program_of(task, exe, &image);
    verdict = davy_judge_image(&image, DAVY_RULE_IMAGE_TALKING, mode);
    if (verdict == DAVY_ALLOW)
        return verdict;
    if (davy_enforced(verdict))
        did = connect_refused(verdict, true);
    event = davy_alert_of_current(sizeof(*event));
    if (event) {
        davy_image_finding(event, &image, DAVY_RULE_IMAGE_TALKING, verdict, did);
        davy_process_of(task, &event->process, DAVY_NUMBER);
        event->process.image = image;
        event->flow = *flow;
        davy_state_of((u64)task, &event->state);
        davy_alert_submit(event);
    }
    return verdict;
}

/* The flow's address, as what was learnt of it is kept: for the current user and network. */
static __always_inline void connect_endpoint(const struct davy_flow *flow,
                                             struct pool_endpoint *endpoint)
{
    __builtin_memcpy(endpoint->address, flow->remote, 16);
    endpoint->uid = bpf_get_current_uid_gid();
    endpoint->network = davy_current_network();
}

/* What was learnt of the flow's address: that DNS gave it for a listed name, or that it spoke
 * Stratum. Global, for a stack of its own. */
__noinline int connect_learnt(const struct davy_flow *flow, struct davy_pool_facts *facts,
                              struct pool_learnt *learnt)
{
    u64 now = bpf_ktime_get_boot_ns();
    struct pool_endpoint endpoint = {};
    struct pool_answer *answer;
    struct proven_pool *proven;

    if (!flow || !facts || !learnt)
        return 0;
    connect_endpoint(flow, &endpoint);
    if (now < answers_until_ns) {
        answer = bpf_map_lookup_elem(&pool_answers, &endpoint);
        if (answer && now < answer->until_ns) {
            facts->match = DAVY_POOL_ANSWER;
            facts->row = answer->row;
            learnt->ttl_s = (answer->until_ns - now) / 1000000000ull;
            return 0;
        }
    }
    if (now >= proven_until_ns)
        return 0;
    endpoint.port = flow->remote_port;
    proven = bpf_map_lookup_elem(&proven_pools, &endpoint);
    if (!proven || now >= proven->until_ns)
        return 0;
    facts->match = DAVY_POOL_PROVEN;
    learnt->tries = ++proven->tries; /* two at once may count as one */
    learnt->silent =
        settings.mode[DAVY_DETECTION_STRATUM] != DAVY_MODE_KILL && now < proven->told_ns + TOLD_NS;
    if (!learnt->silent) {
        proven->told_ns = now;
        proven->tries = 0;
    }
    return 0;
}

/* The name that an address was the answer for. */
__noinline int connect_name(const struct davy_flow *flow, struct davy_event_pool *event)
{
    struct pool_endpoint endpoint = {};
    struct pool_answer *answer;

    if (!flow || !event)
        return 0;
    connect_endpoint(flow, &endpoint);
    answer = bpf_map_lookup_elem(&pool_answers, &endpoint);
    if (answer)
        __builtin_memcpy(event->name, answer->name, DAVY_HOST_NAME_MAX);
    return 0;
}

static __noinline u32 connect_pool(struct davy_flow *flow)
{
    u8 mode = settings.mode[DAVY_DETECTION_STRATUM];
    struct davy_pool_facts facts = {.row = DAVY_NO_ROW, .port_refuses = settings.port_refuses};
    struct pool_learnt learnt = {};
    struct davy_event_pool *event;
    u16 did = 0;
    u32 verdict, *row;

    if (settings.has_pools) {
        u32 listed = davy_pool_of_address(flow->remote);

        if (listed) {
            facts.match = DAVY_POOL_ADDRESS;
            facts.row = listed - 1;
        }
    }
    if (settings.has_ports && !facts.match) {
        row = bpf_map_lookup_elem(&pool_ports, &flow->remote_port);
        if (row) {
            facts.match = DAVY_POOL_PORT;
            facts.row = *row;
        }
    }
    if (!facts.match && (answers_until_ns || proven_until_ns))
        connect_learnt(flow, &facts, &learnt);
    verdict = davy_judge_pool(&facts, mode);
    if (verdict == DAVY_ALLOW)
        return verdict;
    if (davy_enforced(verdict))
        did = connect_refused(verdict, false);
    event = learnt.silent ? NULL : davy_alert_of_current(sizeof(*event));
    if (event) {
        davy_header(&event->header, DAVY_EVENT_POOL, sizeof(*event), verdict);
        davy_decide(&event->decision, DAVY_DETECTION_STRATUM, davy_pool_rule(&facts),
                    davy_pool_certainty(&facts), did, facts.row);
        davy_current_process(&event->process);
        event->flow = *flow;
        event->facts = facts;
        event->tries = learnt.tries;
        event->ttl_s = learnt.ttl_s;
        if (facts.match == DAVY_POOL_ANSWER)
            connect_name(flow, event);
        davy_alert_submit(event);
    }
    return verdict;
}

/* From the interpreter that reads `node` back to its source, for the stages in between; NULL where
 * there is no room for the walk. */
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
    walk->from = walk->sink_pipe = node->sink_pipe;
    walk->sink_inode = node->sink_inode;
    walk->sink = node->sink;
    walk->sink_image = node->sink_image;
    __builtin_memcpy(walk->sink_comm, node->sink_comm, DAVY_COMM_MAX);
    davy_walk_connect(key);
    return walk;
}

/* Nobody is known to run what comes out of `node`. A relay that never exec'd may stand between it
 * and somebody who does, or an interpreter wait for the fifo as its script: then `node` gets that
 * sink. */
static __always_inline bool connect_looked(struct pipe_node *node, u64 pipe)
{
    struct task_struct *parent = BPF_CORE_READ(davy_current(), real_parent);
    struct pipe_node *last;
    struct file *file = davy_file_at(davy_fdtable_of(davy_current(), DAVY_NUMBER), 1, DAVY_NUMBER);
    u64 found, name;

    if (file && davy_pipe_at((u64)davy_current(), 1) == pipe && !davy_is_pipefs(file)) {
        name = davy_file_name_hash((u64)file);
        if (!davy_find_fifo_reader((u64)parent, name, pipe) &&
            !davy_find_fifo_reader((u64)BPF_CORE_READ(parent, real_parent), name, pipe))
            return false;
        node->sink_pipe = pipe;
        node->sink_inode = BPF_CORE_READ(file, f_inode, i_ino);
        return true;
    }
    found = davy_find_relays(pipe, 1);
    if (!found)
        return false;
    last = bpf_map_lookup_elem(&pipes, &found);
    if (!last || !davy_sink_lives(&last->sink))
        return false;
    node->sink = last->sink;
    node->sink_pipe = last->sink_pipe;
    node->sink_inode = last->sink_inode;
    node->sink_image = last->sink_image;
    __builtin_memcpy(node->sink_comm, last->sink_comm, DAVY_COMM_MAX);
    return true;
}

/* The current process is net-fed from here on; so is `pipe`, which it writes. */
static __noinline u32 connect_pipe(u64 pipe, struct davy_flow *flow)
{
    struct davy_chain_facts facts = {.source = DAVY_SOURCE_CONNECT, .reads_code = 1};
    struct pipe_node *node = davy_pipe_node(pipe);
    struct davy_process_id me = {}, before, sink;
    u64 key = bpf_get_current_pid_tgid();
    struct davy_walk *walk;
    u32 verdict;
    u16 did = 0;

    if (!node)
        return DAVY_ALLOW;
    davy_process_id_of(davy_current(), &me, DAVY_NUMBER);
    before = node->source;
    node->flow = *flow;
    node->source_kind = DAVY_SOURCE_FED;
    bpf_get_current_comm(node->source_comm, DAVY_COMM_MAX);
    node->source = me;
    davy_publish(node);
    if (!davy_sink_lives(&node->sink) && !connect_looked(node, pipe))
        return DAVY_ALLOW;
    sink = node->sink;
    walk = connect_stages(key, node);
    facts.hops = walk ? walk->hops : 1;
    struct davy_allow_query query = {.flow = flow, .interpreter = node->sink_image};
    davy_chain_allowed(&query, &facts);
    verdict = davy_judge_chain(&facts, settings.mode[DAVY_DETECTION_CHAIN]);
    sink.own_tgid &= ~DAVY_UNWATCHED;
    if (davy_enforced(verdict)) {
        did = connect_refused(verdict, false);
        if (verdict == DAVY_KILL)
            did |= davy_kill_peer(&sink);
        node->source = before; /* nothing was served: the pipe is as clean as it was */
    }
    struct davy_chain_report report = {
        .pipe_inode = node->sink_inode,
        .flow = flow,
        .source = &me,
        .source_comm = node->source_comm,
        .sink = &sink,
        .sink_comm = node->sink_comm,
        .walk = walk,
    };
    davy_report_chain(&facts, verdict, did, &report);
    if (walk)
        bpf_map_delete_elem(&walks, &key);
    return verdict;
}

/* Every pipe that this process writes: `pipe`, its stdout as it is now (a forked subshell never
 * execs), and what its arguments named at exec. */
static __always_inline u32 connect_chain(struct davy_flow *flow, u64 pipe)
{
    u32 verdict = DAVY_ALLOW, found, tgid = bpf_get_current_pid_tgid() >> 32;
    struct task_struct *task = davy_current();
    struct named_pipes *named;

    if (pipe)
        verdict = connect_pipe(pipe, flow);
    named = bpf_map_lookup_elem(&named_outputs, &tgid);
    if (!named || named->start_ns != BPF_CORE_READ(task, group_leader, start_boottime))
        return verdict;
    for (int i = 0; i < DAVY_NAMED_MAX; i++) {
        if (!named->pipe[i])
            break;
        found = connect_pipe(named->pipe[i], flow);
        verdict = found > verdict ? found : verdict;
    }
    return verdict;
}

/* The owner of the flow is whoever connects it; egress happens in anybody's context. */
static __noinline void connect_owns(struct bpf_sock_addr *ctx, u64 cookie)
{
    u32 index = cookie & (FLOW_OWNERS - 1);
    struct flow_owner_slot *slot;
    struct flow_state *state;

    if (!settings.mode[DAVY_DETECTION_STRATUM] || !ctx->sk)
        return;
    slot = bpf_map_lookup_elem(&flow_owners, &index);
    if (!slot)
        return;
    slot->cookie = 0;
    barrier();
    davy_process_id_of(davy_current(), &slot->owner.id, DAVY_NUMBER);
    bpf_get_current_comm(slot->owner.comm, DAVY_COMM_MAX);
    slot->owner.uid = bpf_get_current_uid_gid();
    barrier();
    slot->cookie = cookie;
    state = bpf_sk_storage_get(&flows, ctx->sk, NULL, 0);
    if (!state)
        return;
    /* The socket has been connected before: this is another flow. */
    state->begun = state->done = state->holding = state->let_go = 0;
    state->started[0] = state->started[1] = state->midstream[0] = state->midstream[1] = 0;
    state->owner = slot->owner;
}

/* The connection will be made: the process, whose stdout is `pipe`, is net-fed from here on. */
static __always_inline void connect_feeds(struct davy_flow *flow, u64 pipe)
{
    u32 tgid = bpf_get_current_pid_tgid() >> 32;

    davy_process_fed(davy_number_of(flow), tgid);
    if (direct_map && pipe)
        davy_watch_fed_writer(tgid);
}

static __always_inline int judge_connect(struct bpf_sock_addr *ctx, struct davy_flow *flow)
{
    u32 verdict = DAVY_ALLOW, found;
    bool stream = ctx->type == SOCK_STREAM, feeds;
    u64 pipe = 0;

    flow->protocol = stream ? IPPROTO_TCP : ctx->protocol;
    flow->remote_port = bpf_ntohs(ctx->user_port);
    flow->cookie = bpf_get_socket_cookie(ctx);

    if (settings.mode[DAVY_DETECTION_IMAGE] && davy_is_gone(davy_current()))
        verdict = connect_gone(flow);
    if (stream && settings.mode[DAVY_DETECTION_STRATUM] && verdict < DAVY_DENY) {
        found = connect_pool(flow);
        verdict = found > verdict ? found : verdict;
    }
    /* QUIC is TCP's heir: HTTP/3 speaks UDP to 443. DNS and the rest of UDP feed nobody. */
    feeds = settings.mode[DAVY_DETECTION_CHAIN] && (stream || flow->remote_port == 443);
    if (feeds && verdict < DAVY_DENY) {
        pipe = davy_pipe_at((u64)davy_current(), 1);
        found = connect_chain(flow, pipe);
        verdict = found > verdict ? found : verdict;
    }
    if (davy_enforced(verdict))
        return 0;
    /* A name looked up over TCP feeds nobody. */
    if (settings.window_ns && feeds && flow->remote_port != 53)
        connect_feeds(flow, pipe);
    if (stream)
        connect_owns(ctx, flow->cookie);
    if (settings.connects) {
        struct davy_event_connect *event = bpf_ringbuf_reserve(&telemetry, sizeof(*event), 0);

        if (event) {
            __builtin_memset(event, 0, sizeof(*event));
            davy_header(&event->header, DAVY_EVENT_CONNECT, sizeof(*event), verdict);
            davy_current_process(&event->process);
            event->flow = *flow;
            bpf_ringbuf_submit(event, davy_telemetry_flags());
        } else {
            davy_count_loss(DAVY_LOSS_TELEMETRY_RING);
        }
    }
    return 1;
}

static __always_inline int hold_and_judge(struct bpf_sock_addr *ctx, struct davy_flow *flow)
{
    int result;

    davy_hold_cpu();
    result = judge_connect(ctx, flow);
    davy_let_go_of_cpu();
    return result;
}

static __always_inline bool is_self(void)
{
    return settings.self_tgid && bpf_get_current_pid_tgid() >> 32 == settings.self_tgid;
}

SEC("cgroup/connect4")
int davy_connect4(struct bpf_sock_addr *ctx)
{
    struct davy_flow flow = {.family = 4};
    u32 address = ctx->user_ip4;

    if (is_self())
        return 1;
    flow.remote[10] = flow.remote[11] = 0xff;
    __builtin_memcpy(flow.remote + 12, &address, 4);
    return hold_and_judge(ctx, &flow);
}

SEC("cgroup/connect6")
int davy_connect6(struct bpf_sock_addr *ctx)
{
    struct davy_flow flow = {.family = 6};
    u32 address[4] = {ctx->user_ip6[0], ctx->user_ip6[1], ctx->user_ip6[2], ctx->user_ip6[3]};

    if (is_self())
        return 1;
    __builtin_memcpy(flow.remote, address, 16);
    /* ::ffff:a.b.c.d travels as IPv4. */
    if (!address[0] && !address[1] && address[2] == bpf_htonl(0xffff))
        flow.family = 4;
    return hold_and_judge(ctx, &flow);
}
