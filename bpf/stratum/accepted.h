/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What comes in on a connection that was accepted here: a relay's client may speak Stratum, or ask
 * for a listed host, and the relay passes it on. Nothing is judged (came_in.h). */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "../emit.h"
#include "../facts/packet.h"
#include "../facts/sock.h"
#include "../settings.h"
#include "came_in.h"
#include "flow_begin.h"
#include "flow_read.h"

#define CAME_IN_AT_ONCE 4 /* messages of one segment that are looked for */
#define TLS_HANDSHAKE 0x16

/* Whether a relay's client may begin with this byte: JSON, HTTP CONNECT, a PROXY header, SOCKS, TLS
 * where names in its hello are listed. Servers of anything else pay for no more. */
static __always_inline bool may_be_passed_on(u8 first)
{
    switch (first) {
    case '{':
    case '[':
    case ' ':
    case '\t':
    case '\r':
    case '\n':
    case 'C':
    case 'P':
    case 4:
    case 5: return true;
    case TLS_HANDSHAKE: return settings.has_pool_names || settings.has_alpn;
    default: return false;
    }
}

/* What is known of the connection; where nothing is, userspace takes it for one that is not read.
 */
static __always_inline struct davy_came_in *came_in_of(struct __sk_buff *skb, u64 flags)
{
    struct bpf_sock *sk = skb->sk;

    if (sk)
        sk = bpf_sk_fullsock(sk);
    return sk ? bpf_sk_storage_get(&came_in_here, sk, NULL, flags) : NULL;
}

/* A message came in here. */
static __noinline int note_came_in(struct __sk_buff *skb, u64 message)
{
    struct sock *sock = davy_skb_sock(skb);
    struct davy_came_in *came_in = came_in_of(skb, BPF_SK_STORAGE_GET_F_CREATE);

    if (sock)
        client_asked(message | ASKED_BY_MESSAGE, davy_sock_uid(sock), davy_network_of(sock));
    if (!came_in) {
        davy_count_loss(DAVY_LOSS_STORAGE);
        return 0;
    }
    came_in->message[davy_index(came_in->next, DAVY_CAME_IN_MAX)] = message;
    came_in->next++;
    came_in_now();
    return 0;
}

/* A client asks for what davy_flow_listed() found. */
static __noinline int note_asked(struct __sk_buff *skb, u64 listed)
{
    struct davy_pool_facts facts = {.match = listed >> 32, .row = (u32)listed - 1};
    struct sock *sock = davy_skb_sock(skb);

    if (sock)
        client_asked(davy_pool_entry(&facts), davy_sock_uid(sock), davy_network_of(sock));
    return 0;
}

/* What comes in cannot be followed any more: bytes are missing, came twice or out of turn, or there
 * are too many. Whatever the client says from here on is not known. */
static __noinline int note_unread(struct __sk_buff *skb, struct flow_state *state)
{
    struct davy_came_in *came_in = came_in_of(skb, 0);
    struct sock *sock = davy_skb_sock(skb);

    state->unread = 1;
    if (came_in)
        came_in->unread = 1;
    if (sock)
        came_in_unread(davy_sock_uid(sock), davy_network_of(sock));
    return 0;
}

/* Payload that comes with the last acknowledgement of a handshake, or with a SYN: the packet is
 * still the listener's. */
static __noinline int came_in_early(struct __sk_buff *skb, u32 payload)
{
    struct sock *sock = davy_skb_sock(skb);
    u8 first;

    if (sock && !bpf_skb_load_bytes(skb, payload, &first, 1) && may_be_passed_on(first))
        came_in_unread(davy_sock_uid(sock), davy_network_of(sock));
    return 0;
}

/* Whether the first segment that we see is the connection's first. */
static __always_inline bool begins_here(struct __sk_buff *skb, u32 seq)
{
    struct bpf_sock *sk = skb->sk;

    if (sk)
        sk = bpf_sk_fullsock(sk);
    return sk && is_first(sk, DAVY_TO_CLIENT, seq);
}

/* A segment that came in. Its bytes are a client's, so they are read as those to a server. Only
 * ingress gets here, which is never in two places at once for one socket's bytes in order. */
static __noinline int accepted_segment(struct __sk_buff *skb, struct flow_state *state)
{
    struct davy_stratum_state *stratum = &state->scan.stratum[DAVY_TO_SERVER];
    struct davy_hold_side *side = &state->hold.side[DAVY_TO_SERVER];
    struct payload_cursor *cursor = &state->cursor[DAVY_TO_SERVER];
    struct davy_segment segment = {};
    struct davy_came_in *came_in;
    u32 verdict;
    u8 first;

    if (davy_segment_of(skb, DAVY_TO_CLIENT, &segment) || !segment.size)
        return 0;
    if (state->unread || (!side->started && !begins_here(skb, segment.seq)))
        return note_unread(skb, state);
    if (!side->started) {
        if (bpf_skb_load_bytes(skb, segment.payload, &first, 1) || !may_be_passed_on(first)) {
            state->clear = 1;
            return 0;
        }
        davy_hold_start(side, segment.seq);
        davy_flow_begin_side(&state->scan, DAVY_TO_SERVER);
        /* TLS hides what it carries: there nothing is known of the connection. */
        if (first != TLS_HANDSHAKE && !came_in_of(skb, BPF_SK_STORAGE_GET_F_CREATE))
            davy_count_loss(DAVY_LOSS_STORAGE);
    }
    /* TCP may throw away what came first and take what comes again; an urgent byte is not read with
     * the others. */
    if (side->next != segment.seq || segment.urgent)
        return note_unread(skb, state);
    side->next = segment.seq + segment.size;
    cursor->offset = segment.payload;
    cursor->left = segment.size;
    for (int i = 0; i < CAME_IN_AT_ONCE; i++) {
        cursor->listed = cursor->read = cursor->met = 0;
        verdict = davy_flow_segment(skb, DAVY_TO_SERVER);
        if (cursor->listed) {
            note_asked(skb, cursor->listed);
        } else if (verdict == DAVY_STRATUM_MATCH) {
            note_came_in(skb, stratum->message);
            davy_stratum_go_on(stratum);
        } else {
            break;
        }
    }
    if (verdict == DAVY_STRATUM_CLEAR &&
        state->scan.unwrap.side[DAVY_TO_SERVER].at == DAVY_AT_TLS) {
        came_in = came_in_of(skb, 0);
        if (came_in)
            came_in->unread = 1;
        state->clear = 1;
    } else if (verdict == DAVY_STRATUM_CLEAR || cursor->left) {
        return note_unread(skb, state);
    } else if (davy_stratum_overdue(stratum)) {
        note_came_in(skb, stratum->message);
    }
    return 0;
}
