/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A flow's payload convicts it, or what came in is reported: the record, and what is learnt about
 * the other end. */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "../compat.h"
#include "../emit.h"
#include "../facts/packet.h"
#include "../facts/sock.h"
#include "../facts/task.h"
#include "../facts/written.h"
#include "accepted.h"
#include "pools.h"

#include "davylamp/rules/flow.h"

/* Bytes of payload that a record shows before and after the convicting byte. */
#define PAYLOAD_BEFORE 256
#define PAYLOAD_AFTER 128
#define PASS 1
#define DROP 0
#define CONVICT 2 /* to payload_convict() */
#define LISTED 3  /* to payload_refused() */

/* Whether the client's message may have come in lately. Whose bytes wait for the server may have
 * been told them long ago, where he accepts connections at all. */
static __noinline int payload_relayed(struct __sk_buff *skb, const struct flow_state *state,
                                      u64 message, u32 written)
{
    struct sock *sock = davy_skb_sock(skb);

    if (sock && was_said(message, davy_sock_uid(sock), davy_network_of(sock)))
        return 1;
    return !written && flow_relays(&state->owner);
}

/* Whether the current process writes the byte that convicts, with which `consumed` bytes of the
 * segment end. */
static __noinline int payload_is_written(struct __sk_buff *skb, const struct davy_segment *segment,
                                         u32 consumed)
{
    struct sock *sock = davy_skb_sock(skb);
    u64 word = 0;

    if (!sock || consumed < sizeof(word) || consumed > segment->size ||
        bpf_skb_load_bytes(skb, segment->payload + consumed - sizeof(word), &word, sizeof(word)))
        return 0;
    return davy_writes((u64)sock, segment->seq + consumed, word);
}

/* Names the current process as the writer; as the owner too, where nobody saw who connected. */
static __always_inline void payload_writer(struct davy_event_stratum *event)
{
    struct task_struct *task = davy_current();

    davy_process_id_of(task, &event->writer, DAVY_NUMBER);
    event->writer_uid = davy_uid_of(task);
    davy_comm_of(task, event->writer_comm);
    if (event->owner.tgid)
        return;
    event->owner = event->writer;
    event->owner_uid = event->writer_uid;
    event->header.tgid = event->writer.tgid;
    __builtin_memcpy(event->owner_comm, event->writer_comm, DAVY_COMM_MAX);
}

static __always_inline void payload_report(struct __sk_buff *skb,
                                           const struct davy_segment *segment,
                                           const struct flow_state *state,
                                           const struct davy_stratum_facts *facts, u32 verdict,
                                           u32 consumed, const bool written, u32 relayed)
{
    struct davy_event_stratum *event = davy_alert_reserve(sizeof(*event));
    u32 from = 0, size;

    if (!event)
        return;
    /* From the segment's beginning, unless the convicting byte lies too far behind it. */
    if (consumed > DAVY_PAYLOAD_MAX - PAYLOAD_AFTER && consumed <= segment->size)
        from = consumed - PAYLOAD_BEFORE;
    size = segment->size - from;
    davy_header_of(&event->header, DAVY_EVENT_STRATUM, sizeof(*event), verdict,
                   state->owner.id.tgid);
    davy_decide(&event->decision, DAVY_DETECTION_STRATUM, DAVY_RULE_STRATUM_PAYLOAD,
                davy_stratum_certainty(facts), davy_enforced(verdict) ? DAVY_DID_DROP : 0,
                DAVY_NO_ROW);
    event->flow = segment->flow;
    event->flow.cookie = bpf_get_socket_cookie(skb);
    event->owner = state->owner.id;
    event->owner_uid = state->owner.uid;
    event->connected_ns = state->owner.connected_ns;
    __builtin_memcpy(event->owner_comm, state->owner.comm, DAVY_COMM_MAX);
    event->facts = *facts;
    event->message = state->scan.stratum[facts->direction & 1].message;
    event->relayed = relayed;
    /* Userspace asks the sockets of whom it would end, and where somebody's Stratum came in. */
    event->may_be_relayed = !relayed && facts->direction == DAVY_TO_SERVER &&
                            (verdict == DAVY_KILL || came_in_lately());
    if (written)
        payload_writer(event);
    event->payload_offset = facts->offset - consumed + from;
    __builtin_memcpy(event->wraps, state->scan.unwrap.wraps, DAVY_WRAPS_MAX);
    if (size > DAVY_PAYLOAD_MAX)
        size = DAVY_PAYLOAD_MAX;
    /* 1..DAVY_PAYLOAD_MAX in a form that old verifiers follow. */
    size = ((size - 1) & (DAVY_PAYLOAD_MAX - 1)) + 1;
    if (!bpf_skb_load_bytes(skb, segment->payload + from, event->payload, size))
        event->payload_size = size;
    davy_alert_submit(event);
}

static __always_inline void payload_proven(struct __sk_buff *skb,
                                           const struct davy_segment *segment,
                                           const struct flow_state *state)
{
    struct proven_key key = {
        .endpoint = {.uid = state->owner.uid, .port = segment->flow.remote_port},
        .image = davy_inode_key_of(davy_exe_inode(davy_current())),
    };
    struct sock *sock = davy_skb_sock(skb);

    if (!sock || !state->owner.id.tgid)
        return;
    __builtin_memcpy(key.endpoint.address, segment->flow.remote, 16);
    key.endpoint.network = davy_network_of(sock);
    davy_pool_proven(&key);
}

static __noinline int payload_convict(struct __sk_buff *skb, struct flow_state *state,
                                      u32 direction)
{
    const struct davy_segment *segment = &state->segment[davy_index(direction, 2)];
    struct davy_stratum_facts facts = {
        .dialect = state->scan.stratum[direction].dialect,
        .direction = direction,
        .midstream = state->hold.side[direction].midstream,
        .exempt = state->exempt,
        .offset = state->scan.read[direction],
    };
    u32 verdict = davy_judge_stratum(&facts, settings.mode[DAVY_DETECTION_STRATUM]);
    u32 consumed = state->hold.side[direction].next - segment->seq;
    bool written = direction == DAVY_TO_SERVER && payload_is_written(skb, segment, consumed);
    u32 relayed = direction == DAVY_TO_SERVER &&
                  payload_relayed(skb, state, state->scan.stratum[DAVY_TO_SERVER].message, written);

    if (davy_enforced(verdict))
        state->refused = 1;
    else if (direction == DAVY_TO_SERVER)
        state->clear = 1;
    /* A proxy leads to many hosts, and most are not pools; a relay goes where its clients want. And
     * nobody has an address refused to another user by writing to a socket that he was given, or to
     * another program by what he has this one pass on (app | nc LOGHOST). */
    if (state->refused && !state->scan.unwrap.count && !relayed && !came_in_lately() && written &&
        davy_uid_of(davy_current()) == state->owner.uid)
        payload_proven(skb, segment, state);
    if (verdict != DAVY_ALLOW)
        payload_report(skb, segment, state, &facts, verdict, consumed, written, relayed);
    return state->refused ? DROP : PASS;
}

/* The client asks for a listed host: by name, by address, or by a protocol that TLS offers.
 * `written`: the current process is the one who writes that. */
static __noinline int payload_listed(struct __sk_buff *skb, const struct davy_segment *segment,
                                     struct flow_state *state, u64 listed, u32 written)
{
    struct davy_pool_facts facts = {.match = listed >> 32, .row = (u32)listed - 1};
    u32 verdict = davy_judge_pool(&facts, settings.mode[DAVY_DETECTION_STRATUM]);
    struct bpf_sock *sk = skb->sk;
    struct sock *sock = davy_skb_sock(skb);
    struct davy_host_name *name;
    struct davy_event_pool *event;

    if (davy_enforced(verdict))
        state->refused = 1;
    event = verdict == DAVY_ALLOW ? NULL : davy_alert_reserve(sizeof(*event));
    if (event) {
        davy_header_of(&event->header, DAVY_EVENT_POOL, sizeof(*event), verdict,
                       state->owner.id.tgid);
        davy_decide(&event->decision, DAVY_DETECTION_STRATUM, davy_pool_rule(&facts),
                    davy_pool_certainty(&facts), davy_enforced(verdict) ? DAVY_DID_DROP : 0,
                    facts.row);
        event->process.id = state->owner.id;
        event->process.uid = state->owner.uid;
        event->connected_ns = state->owner.connected_ns;
        event->relayed = flow_relays(&state->owner) ||
                         (sock && was_asked(&facts, state->owner.uid, davy_network_of(sock)));
        __builtin_memcpy(event->process.comm, state->owner.comm, DAVY_COMM_MAX);
        event->flow = segment->flow;
        event->flow.cookie = bpf_get_socket_cookie(skb);
        event->facts = facts;
        if (written) {
            davy_process_id_of(davy_current(), &event->writer, DAVY_NUMBER);
            event->writer_uid = davy_uid_of(davy_current());
            davy_comm_of(davy_current(), event->writer_comm);
        }
        __builtin_memcpy(event->proxied, state->scan.unwrap.address, 16);
        name = sk ? bpf_sk_storage_get(&flow_names, sk, NULL, 0) : NULL;
        if (name && facts.match != DAVY_POOL_PROXY_ADDRESS)
            __builtin_memcpy(event->name, name->text, DAVY_HOST_NAME_MAX);
        davy_alert_submit(event);
    }
    return state->refused ? DROP : PASS;
}

/* Whether what the client asks for refuses the flow. */
static __always_inline bool refuses_flow(u64 listed)
{
    struct davy_pool_facts facts = {.match = listed >> 32, .row = (u32)listed - 1};

    return davy_enforced(davy_judge_pool(&facts, settings.mode[DAVY_DETECTION_STRATUM]));
}

/* The same for what refuses the flow, where the stack has room to find out who writes it. */
static __noinline int payload_refused(struct __sk_buff *skb, struct flow_state *state)
{
    const struct davy_segment *segment = &state->segment[DAVY_TO_SERVER];
    const struct payload_cursor *cursor = &state->cursor[DAVY_TO_SERVER];
    int written = payload_is_written(skb, segment, cursor->offset - segment->payload);

    return payload_listed(skb, segment, state, cursor->listed, written);
}
