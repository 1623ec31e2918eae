/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* DNS: answers for the allow rules that ask for a name, the questions that they must be to, and
 * whom those are sent to. */
#include "../vmlinux.h"

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "../compat.h"
#include "../stratum/dns_datagram.h"

/* Loaded only if policy has such a rule and the Stratum detection is off; else the payload hooks
 * read DNS. cgroup_skb/ingress runs when a packet is about to go to a socket of the scope
 * (sk_filter_trim_cap(), net/core/filter.c). */
SEC("cgroup_skb/ingress")
int davy_names(struct __sk_buff *skb)
{
    davy_hold_cpu();
    davy_datagram(skb, DAVY_TO_CLIENT);
    davy_let_go_of_cpu();
    return 1;
}

SEC("cgroup_skb/egress")
int davy_names_out(struct __sk_buff *skb)
{
    davy_hold_cpu();
    davy_datagram(skb, DAVY_TO_SERVER);
    davy_let_go_of_cpu();
    return 1;
}

/* Where a process sends a datagram to from a socket that is not connected (udp_sendmsg(),
 * net/ipv4/udp.c). Loaded wherever DNS is read. */
SEC("cgroup/sendmsg4")
int davy_names_to4(struct bpf_sock_addr *ctx)
{
    u32 words[4] = {0, 0, bpf_htonl(0xffff), ctx->user_ip4};

    if (ctx->sk)
        davy_server_named(ctx->sk, ctx->user_port, (struct davy_dns_server *)words);
    return 1;
}

SEC("cgroup/sendmsg6")
int davy_names_to6(struct bpf_sock_addr *ctx)
{
    u32 words[4] = {ctx->user_ip6[0], ctx->user_ip6[1], ctx->user_ip6[2], ctx->user_ip6[3]};

    if (ctx->sk)
        davy_server_named(ctx->sk, ctx->user_port, (struct davy_dns_server *)words);
    return 1;
}
