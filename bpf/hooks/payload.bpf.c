/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A flow's payload: the streaming matcher reads every TCP flow that we opened, in both directions,
 * and what comes in on those that we accepted; its state lies with the socket. cgroup_skb/egress
 * runs in ip_finish_output() (net/ipv4/ip_output.c), for retransmits too; 0 drops, and TCP keeps
 * the bytes as its send head.
 *
 * Never send a signal from here: in softirq the current task may be any process. The owner is in
 * the flow's state, written at connect; userspace ends it by pidfd. */
#include "../vmlinux.h"

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "../compat.h"
#include "../settings.h"
#include "../stratum/accepted.h"
#include "../stratum/dns_datagram.h"
#include "../stratum/dns_tcp.h"
#include "../stratum/port_53.h"
#include "../stratum/segment.h"

/* Whether an IPv4 or IPv6 packet without options is a TCP segment without payload: a handshake, an
 * acknowledgement, an end. Read in place; any other packet is read with care. */
static __always_inline bool carries_nothing(struct __sk_buff *skb)
{
    u8 *packet = (u8 *)(long)skb->data, *end = (u8 *)(long)skb->data_end;

    if (packet + 60 <= end && packet[0] >> 4 == 6 && packet[6] == IPPROTO_TCP)
        return skb->len == 40u + (packet[52] >> 4) * 4;
    if (packet + 40 <= end && packet[0] == 0x45 && packet[9] == IPPROTO_TCP)
        return skb->len == 20u + (packet[32] >> 4) * 4;
    return false;
}

/* Whether it is a datagram. Of those only DNS matters. Behind an IPv6 extension header the socket
 * tells. */
static __always_inline bool is_datagram(struct __sk_buff *skb)
{
    u8 *packet = (u8 *)(long)skb->data, *end = (u8 *)(long)skb->data_end;
    struct bpf_sock *sk = skb->sk;

    if (packet + 28 > end)
        return false;
    if (packet[0] >> 4 == 4)
        return packet[9] == IPPROTO_UDP;
    if (packet[6] == IPPROTO_UDP || packet[6] == IPPROTO_TCP || !sk)
        return packet[6] == IPPROTO_UDP;
    sk = bpf_sk_fullsock(sk);
    return sk && sk->type == SOCK_DGRAM;
}

static __always_inline int judge_packet(struct __sk_buff *skb, struct flow_state *state,
                                        u32 direction)
{
    int result;

    if (!state && is_datagram(skb)) {
        if (settings.has_pool_names || settings.has_names)
            davy_datagram(skb, direction);
        return PASS;
    }
    if (!state)
        state = flow_known(skb, direction);
    if (!state)
        return PASS;
    if (state->owner.accepted) {
        if (direction == DAVY_TO_CLIENT)
            accepted_segment(skb, state);
        return PASS;
    }
    if (skb->sk && skb->sk->dst_port == bpf_htons(DNS_PORT) && is_dns_flow(skb, state, direction) &&
        settings.has_pool_names)
        return judge_dns(skb, state, direction);
    result = judge_segment(skb, state, direction);
    if (result == CONVICT)
        return payload_convict(skb, state, direction);
    return result == LISTED ? payload_refused(skb, state) : result;
}

/* Whether nothing of this direction is read any more. */
static __always_inline bool passes(const struct flow_state *state, u32 direction)
{
    if (state->owner.accepted)
        return state->clear || direction == DAVY_TO_SERVER;
    return !state->refused && (state->clear || state->hold.side[direction].done);
}

/* Nearly every packet ends here, after one look-up. */
static __always_inline int pass_or_judge(struct __sk_buff *skb, u32 direction)
{
    struct bpf_sock *sk = skb->sk;
    struct flow_state *state;
    int result;

    if (!sk)
        return PASS;
    state = bpf_sk_storage_get(&flows, sk, NULL, 0);
    if (state && passes(state, direction))
        return PASS;
    /* A FIN says that what is held will not be completed, a SYN where the next flow begins. */
    if (!(state && (state->hold.holding || state->connected)) && carries_nothing(skb))
        return PASS;
    davy_hold_cpu();
    result = judge_packet(skb, state, direction);
    davy_let_go_of_cpu();
    return result;
}

SEC("cgroup_skb/egress")
int davy_egress(struct __sk_buff *skb) { return pass_or_judge(skb, DAVY_TO_SERVER); }

SEC("cgroup_skb/ingress")
int davy_ingress(struct __sk_buff *skb) { return pass_or_judge(skb, DAVY_TO_CLIENT); }
