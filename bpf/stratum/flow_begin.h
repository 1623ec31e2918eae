/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where a flow begins, and which side opened it if its connect was not seen. */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "../facts/packet.h"

/* Whether a listener has the flow's local port. */
static __always_inline bool has_listener(struct __sk_buff *skb, const struct davy_segment *segment)
{
    struct bpf_sock_tuple tuple = {};
    struct bpf_sock *listener;
    bool accepted;
    u32 size;

    if (segment->flow.family == 4) {
        __builtin_memcpy(&tuple.ipv4.daddr, segment->flow.local + 12, 4);
        tuple.ipv4.dport = bpf_htons(segment->flow.local_port);
        tuple.ipv4.saddr = tuple.ipv4.daddr;
        size = sizeof(tuple.ipv4);
    } else {
        __builtin_memcpy(tuple.ipv6.daddr, segment->flow.local, 16);
        __builtin_memcpy(tuple.ipv6.saddr, segment->flow.local, 16);
        tuple.ipv6.dport = bpf_htons(segment->flow.local_port);
        size = sizeof(tuple.ipv6);
    }
    listener = bpf_sk_lookup_tcp(skb, &tuple, size, BPF_F_CURRENT_NETNS, 0);
    if (!listener)
        return false;
    accepted = listener->state == BPF_TCP_LISTEN;
    bpf_sk_release(listener);
    return accepted;
}

/* Whether the segment begins the flow, also where no handshake was seen: the other end has
 * acknowledged no byte, or we have received none (RFC 4898's counters in struct tcp_sock; a SYN may
 * count as one). */
static __always_inline bool is_first(struct bpf_sock *sk, u32 direction, u32 seq)
{
    struct bpf_tcp_sock *tcp = bpf_tcp_sock(sk);
    u32 sent, received;

    if (!tcp)
        return false;
    /* Read separately: clang would merge both by arithmetic on the pointer, which the verifier
     * refuses. */
    sent = tcp->bytes_acked <= 1 && tcp->snd_una == seq;
    barrier_var(sent);
    received = tcp->bytes_received == 0 && tcp->rcv_nxt == seq;
    barrier_var(received);
    return direction == DAVY_TO_SERVER ? sent : received;
}

/* Whether the socket of a flow whose connect we did not see was accepted. An accepted socket has no
 * byte acknowledged before it has sent one; a connected one has its SYN (tcp_snd_una_update(),
 * net/ipv4/tcp_input.c). A flow that has sent something before us is told by its port: it is only
 * reported, whatever the answer is. */
static __always_inline bool was_accepted(struct __sk_buff *skb, struct bpf_sock *sk, u32 direction,
                                         const struct davy_segment *segment)
{
    struct bpf_tcp_sock *tcp = bpf_tcp_sock(sk);
    u64 acked;

    if (!tcp)
        return false;
    acked = tcp->bytes_acked;
    if (!acked)
        return direction != DAVY_TO_SERVER || !segment->syn;
    return acked > 1 && has_listener(skb, segment);
}
