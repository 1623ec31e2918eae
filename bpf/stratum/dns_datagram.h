/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads the DNS messages in datagrams. Never drops. */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "../facts/packet.h"
#include "../facts/sock.h"
#include "dns_asked.h"
#include "dns_message.h"

/* A byte of the message that a datagram carries. */
__noinline int davy_datagram_byte(struct __sk_buff *skb, u32 place, u32 index)
{
    struct dns_work *s = davy_dns_working(place);

    if (!s || s->dns.done)
        return 0;
    davy_dns_byte(&s->dns, s->message[davy_index(index, MESSAGE_MAX)]);
    return davy_dns_brought(skb, place, s, &s->dns, &s->listed);
}

/* Part `part` of a message of `size` bytes. Returns whether more of it is of interest. */
#define DATAGRAM_PART 32
__noinline int davy_datagram_part(struct __sk_buff *skb, u32 place, u32 part, u32 size)
{
    for (u32 i = 0; i < DATAGRAM_PART; i++) {
        u32 index = part * DATAGRAM_PART + i;

        if (index >= size || !davy_datagram_byte(skb, place, index))
            return 0;
    }
    return 1;
}

/* The datagram at `payload` of the skb. */
static __always_inline void davy_datagram_read(struct __sk_buff *skb, u32 place, struct dns_work *s,
                                               u32 payload, u8 answer)
{
    u32 size;

    if (skb->len <= payload)
        return;
    size = skb->len - payload;
    if (size > MESSAGE_MAX)
        size = MESSAGE_MAX;
    /* 1..MESSAGE_MAX in a form that old verifiers follow. */
    size = ((size - 1) & (MESSAGE_MAX - 1)) + 1;
    if (bpf_skb_load_bytes(skb, payload, s->message, size))
        return;
    davy_dns_begin(&s->dns, answer);
    s->listed.until_ns = 0;
    s->wanted = 0;
    for (u32 part = 0; part < MESSAGE_MAX / DATAGRAM_PART; part++) {
        if (!davy_datagram_part(skb, place, part, size))
            break;
    }
}

/* Whether the datagram goes to a name server or comes from one. Asked for every datagram, before a
 * place is claimed. Netfilter may send a question elsewhere before it comes here (Docker's resolver
 * is on another port): then it is one by where the process sends it. */
static __always_inline bool is_dns(struct __sk_buff *skb, u32 direction, u32 offset)
{
    struct bpf_sock *sk = skb->sk;
    struct udp_header udp;

    if (!sk || bpf_skb_load_bytes(skb, offset, &udp, sizeof(udp)))
        return false;
    if (direction == DAVY_TO_CLIENT)
        return udp.source == bpf_htons(DNS_PORT);
    return udp.destination == bpf_htons(DNS_PORT) || sk->dst_port == bpf_htons(DNS_PORT) ||
           (!sk->dst_port && davy_named_server_of(sk));
}

/* Reads the message if the pool lists or an allow rule need it. */
static __always_inline void davy_datagram_judge(struct __sk_buff *skb, u32 direction, u32 place,
                                                u32 offset)
{
    bool out = direction == DAVY_TO_SERVER;
    struct dns_work *s = davy_dns_working(place);
    struct sock *sock = davy_skb_sock(skb);
    struct davy_dns_server *named;
    struct bpf_sock *sk = skb->sk;
    struct udp_header udp;

    if (!s || !sock || bpf_skb_load_bytes(skb, offset, &udp, sizeof(udp)))
        return;
    davy_udp_ends(skb, direction, &s->asker.flow);
    davy_dns_asker_of(s, sock);
    if (out && sk && !s->asker.peer.remote_port && (named = davy_named_server_of(sk)))
        __builtin_memcpy(s->asker.peer.remote, named, 16);
    s->asker.flow.local_port = bpf_ntohs(out ? udp.source : udp.destination);
    s->asker.flow.remote_port = DNS_PORT;
    s->asker.id.tgid = 0;
    /* A datagram leaves in its sender's context (a resent one does not exist). Who was given
     * another user's socket learns nothing for him. */
    s->foreign = out && davy_effective_uid_of(davy_current()) != s->asker.uid;
    s->trusted = out ? may_be_trusted(&s->asker) : is_trusted(&s->asker);
    if (!s->trusted && !settings.has_pool_names)
        return;
    if (out && !s->foreign &&
        skb->gso_segs > 1) /* several questions (UDP_SEGMENT), of which one would be read */
        davy_question_unread(skb, s);
    davy_datagram_read(skb, place, s, offset + sizeof(udp), !out);
}

/* A packet that is not a TCP segment, in one direction. Reads it if it is a DNS message. */
static __noinline int davy_datagram(struct __sk_buff *skb, u32 direction)
{
    u32 offset = davy_udp_at(skb);
    u32 place;

    if (!offset || !is_dns(skb, direction, offset))
        return 0;
    place = davy_dns_claim();
    if (place == DNS_PLACES)
        return 0;
    davy_datagram_judge(skb, direction, place, offset);
    davy_dns_release(place);
    return 0;
}
