/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A connect to a pool: by its address, its port, or what was learnt about either. */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "../compat.h"
#include "../emit.h"
#include "../enforce.h"
#include "../facts/sock.h"
#include "../place.h"
#include "came_in.h"
#include "pools.h"

#include "davylamp/rules/pool.h"

/* What a learnt pool adds to the facts. */
struct pool_learnt {
    u32 tries, ttl_s;
    u32 silent; /* 1: a record was written just now */
};

/* The key of what was learnt about the flow's address, for the current user and network. */
static __always_inline void connect_endpoint(const struct davy_flow *flow,
                                             struct pool_endpoint *endpoint)
{
    __builtin_memcpy(endpoint->address, flow->remote, 16);
    endpoint->uid = bpf_get_current_uid_gid();
    endpoint->network = davy_current_network();
}

/* Looks up what was learnt about the flow's address: DNS gave it for a listed name, or it spoke
 * Stratum. Global, for a stack of its own. */
__noinline int connect_learnt(const struct davy_flow *flow, struct davy_pool_facts *facts,
                              struct pool_learnt *learnt)
{
    u64 now = bpf_ktime_get_boot_ns();
    struct proven_key key = {};
    struct pool_answer *answer;
    struct proven_pool *proven;

    if (!flow || !facts || !learnt)
        return 0;
    connect_endpoint(flow, &key.endpoint);
    if (now < answers_until_ns) {
        answer = bpf_map_lookup_elem(&pool_answers, &key.endpoint);
        if (answer && now < answer->until_ns) {
            facts->match = DAVY_POOL_ANSWER;
            facts->row = answer->row;
            learnt->ttl_s = (answer->until_ns - now) / 1000000000ull;
            return 0;
        }
    }
    if (now >= proven_until_ns)
        return 0;
    key.endpoint.port = flow->remote_port;
    key.image = davy_inode_key_of(davy_exe_inode(davy_current()));
    proven = bpf_map_lookup_elem(&proven_pools, &key);
    if (!proven || now >= proven->until_ns)
        return 0;
    facts->match = DAVY_POOL_PROVEN;
    learnt->tries = ++proven->tries; /* two at once may count as one */
    learnt->silent = now < proven->told_ns + TOLD_NS;
    if (!learnt->silent) {
        proven->told_ns = now;
        proven->tries = 0;
    }
    return 0;
}

/* The name for which DNS gave the address. */
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
    bool relays;

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
    relays = was_asked(&facts, bpf_get_current_uid_gid(), davy_current_network()) ||
             accepts_for_others((u64)davy_current());
    /* That his program spoke Stratum there before is no act of his: the connect is refused. */
    if (davy_enforced(verdict))
        did = relays || facts.match == DAVY_POOL_PROVEN ? DAVY_DID_REFUSE
                                                        : connect_refused(verdict, false);
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
        event->relayed = relays;
        if (facts.match == DAVY_POOL_ANSWER)
            connect_name(flow, event);
        davy_alert_submit(event);
    }
    return verdict;
}
