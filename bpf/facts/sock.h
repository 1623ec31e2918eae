/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* struct sock → whose it is, and where. */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

/* BPF's own socket type has neither owner nor namespace, and the verifier lets nobody cast it: it
 * goes through a map's value as a number. Per CPU: a packet's program is not preempted by another
 * of its kind. */
struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, u32);
    __type(value, u64);
} sock_numbers SEC(".maps");

static __always_inline struct sock *davy_skb_sock(struct __sk_buff *skb)
{
    u32 zero = 0;
    u64 *number = bpf_map_lookup_elem(&sock_numbers, &zero);

    if (!number || !skb->sk)
        return NULL;
    *number = (u64)skb->sk;
    return (struct sock *)*(volatile u64 *)number;
}

/* Inode of the socket's network namespace. */
static __always_inline u32 davy_network_of(struct sock *sock)
{
    return BPF_CORE_READ(sock, __sk_common.skc_net.net, ns.inum);
}

/* Inode of the current task's network namespace. */
static __always_inline u32 davy_current_network(void)
{
    struct task_struct *task = (struct task_struct *)bpf_get_current_task();

    return BPF_CORE_READ(task, nsproxy, net_ns, ns.inum);
}
