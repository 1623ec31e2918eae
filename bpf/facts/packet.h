/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A TCP segment or a datagram as cgroup_skb sees it: from the IP header on, segmentation offload
 * not yet done. */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "davylamp/abi/records.h"
#include "flow_address.h"

#define IPV6_EXTENSIONS 6 /* headers walked before TCP; more is no honest stack's */

struct davy_segment {
    struct davy_flow flow; /* local and remote by direction; ports too */
    u32 seq;               /* of the first payload byte */
    u32 payload;           /* offset of it in the skb */
    u32 size;              /* payload bytes */
    u8 syn, fin, urgent, reserved;
};

struct ipv4_header { /* RFC 791 */
    u8 version_ihl, tos;
    __be16 total;
    __be32 fragment;
    u8 ttl, protocol;
    __be16 checksum;
    u8 source[4], destination[4];
};

struct ipv6_header { /* RFC 8200 */
    __be32 version_class_flow;
    __be16 payload;
    u8 next, hop_limit;
    u8 source[16], destination[16];
};

struct tcp_header { /* RFC 9293 */
    __be16 source, destination;
    __be32 seq, ack;
    u8 offset, flags;
    __be16 window;
};

struct udp_header { /* RFC 768 */
    __be16 source, destination, size, checksum;
};

/* Where the header of `protocol` begins in an IPv6 packet whose first header names `next`, or 0.
 * Hop-by-hop, routing and destination options (RFC 8200 4) stand before it: a process can ask for
 * them, so they must not hide what follows. */
static __always_inline u32 davy_behind_extensions(struct __sk_buff *skb, u8 next, u8 protocol)
{
    u32 offset = sizeof(struct ipv6_header);

    for (int i = 0; i < IPV6_EXTENSIONS; i++) {
        u8 extension[2];

        if (next != 0 && next != 43 && next != 60)
            break;
        if (bpf_skb_load_bytes(skb, offset, extension, 2))
            return 0;
        next = extension[0];
        offset += (extension[1] + 1) * 8;
    }
    return next == protocol ? offset : 0;
}

/* 0, or -1 where this is no TCP segment that can be read. */
static __always_inline int davy_segment_of(struct __sk_buff *skb, u32 direction,
                                           struct davy_segment *segment)
{
    bool out = direction == DAVY_TO_SERVER;
    struct davy_flow *flow = &segment->flow;
    u8 *source = out ? flow->local : flow->remote;
    u8 *destination = out ? flow->remote : flow->local;
    struct tcp_header tcp;
    u32 offset;
    u8 version;

    if (bpf_skb_load_bytes(skb, 0, &version, 1))
        return -1;
    if (version >> 4 == 4) {
        struct ipv4_header ip;

        if (bpf_skb_load_bytes(skb, 0, &ip, sizeof(ip)) || ip.protocol != IPPROTO_TCP)
            return -1;
        flow->family = 4;
        davy_map_ipv4(source, ip.source);
        davy_map_ipv4(destination, ip.destination);
        offset = (ip.version_ihl & 15) * 4;
    } else {
        struct ipv6_header ip;

        if (bpf_skb_load_bytes(skb, 0, &ip, sizeof(ip)))
            return -1;
        flow->family = 6;
        __builtin_memcpy(source, ip.source, 16);
        __builtin_memcpy(destination, ip.destination, 16);
        offset = davy_behind_extensions(skb, ip.next, IPPROTO_TCP);
        if (!offset)
            return -1;
    }
    if (bpf_skb_load_bytes(skb, offset, &tcp, sizeof(tcp)))
        return -1;
    flow->protocol = IPPROTO_TCP;
    flow->local_port = bpf_ntohs(out ? tcp.source : tcp.destination);
    flow->remote_port = bpf_ntohs(out ? tcp.destination : tcp.source);
    offset += (tcp.offset >> 4) * 4;
    segment->fin = tcp.flags & 1;
    segment->syn = !!(tcp.flags & 2);
    segment->urgent = !!(tcp.flags & 32);
    segment->seq = bpf_ntohl(tcp.seq) + segment->syn;
    segment->payload = offset;
    segment->size = skb->len > offset ? skb->len - offset : 0;
    return 0;
}

/* Where the UDP header of a packet begins, or 0. A fragment has none that can be trusted. */
static __always_inline u32 davy_udp_at(struct __sk_buff *skb)
{
    u8 first = 0, next = 0;

    if (bpf_skb_load_bytes(skb, 0, &first, 1))
        return 0;
    if (first >> 4 == 4) {
        struct ipv4_header ip;

        if (bpf_skb_load_bytes(skb, 0, &ip, sizeof(ip)) || ip.protocol != IPPROTO_UDP ||
            (ip.fragment & bpf_htonl(0x3fff)))
            return 0;
        return (first & 15) * 4;
    }
    if (first >> 4 != 6 ||
        bpf_skb_load_bytes(skb, __builtin_offsetof(struct ipv6_header, next), &next, 1))
        return 0;
    return davy_behind_extensions(skb, next, IPPROTO_UDP);
}

/* Between which addresses a datagram travels. */
static __always_inline void davy_udp_ends(struct __sk_buff *skb, u32 direction,
                                          struct davy_flow *flow)
{
    bool out = direction == DAVY_TO_SERVER;
    u8 *source = out ? flow->local : flow->remote;
    u8 *destination = out ? flow->remote : flow->local;
    u8 first = 0;

    __builtin_memset(flow, 0, sizeof(*flow));
    flow->protocol = IPPROTO_UDP;
    if (bpf_skb_load_bytes(skb, 0, &first, 1))
        return;
    if (first >> 4 == 4) {
        struct ipv4_header ip;

        if (bpf_skb_load_bytes(skb, 0, &ip, sizeof(ip)))
            return;
        flow->family = 4;
        davy_map_ipv4(source, ip.source);
        davy_map_ipv4(destination, ip.destination);
    } else {
        struct ipv6_header ip;

        if (bpf_skb_load_bytes(skb, 0, &ip, sizeof(ip)))
            return;
        flow->family = 6;
        __builtin_memcpy(source, ip.source, 16);
        __builtin_memcpy(destination, ip.destination, 16);
    }
}
