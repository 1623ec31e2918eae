/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* TCP port 53: DNS, or what hides behind its port. Its first bytes tell (rules/dns.h). DNS makes
 * nobody fed, and is read for the names in it; anything else is a flow like any other. */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "../facts/packet.h"
#include "maps.h"

#include "davylamp/rules/dns.h"

#define DNS_PORT 53

/* Whether a flow to port 53 is DNS, as far as it has come. */
static __noinline int is_dns_flow(struct __sk_buff *skb, struct flow_state *state, u32 direction)
{
    struct davy_segment *segment;
    u8 head[DAVY_DNS_STREAM_HEAD] = {}, other = 1;
    u64 cookie;
    u32 size;

    if (state->port_53 != PORT_53_UNKNOWN)
        return state->port_53 == PORT_53_DNS;
    segment = &state->segment[davy_index(direction, 2)];
    __builtin_memset(segment, 0, sizeof(*segment));
    if (davy_segment_of(skb, direction, segment) || !segment->size)
        return 0;
    size = segment->size;
    if (size >= sizeof(head)) {
        if (bpf_skb_load_bytes(skb, segment->payload, head, sizeof(head)))
            return 0;
    } else {
        /* 1..7 in a form that old verifiers follow. */
        size = ((size - 1) & (sizeof(head) - 1)) + 1;
        if (bpf_skb_load_bytes(skb, segment->payload, head, size))
            return 0;
    }
    if (davy_dns_is_stream(head, segment->size, direction == DAVY_TO_CLIENT)) {
        state->port_53 = PORT_53_DNS;
        return 1;
    }
    state->port_53 = PORT_53_OTHER;
    cookie = bpf_get_socket_cookie(skb);
    bpf_map_update_elem(&other_than_dns, &cookie, &other, BPF_ANY);
    return 0;
}

/* Whether bytes that came by a flow to this port make a download of what they are written to. */
static __always_inline bool davy_is_no_dns(const struct davy_flow *flow)
{
    u64 cookie = flow->cookie;

    return flow->remote_port != DNS_PORT || flow->protocol != IPPROTO_TCP ||
           bpf_map_lookup_elem(&other_than_dns, &cookie);
}
