/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* struct sock → whose it is, and where. */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "read.h"
#include "world.h"

/* The socket of a packet, or NULL. BPF's own socket type has neither owner nor namespace, and the
 * verifier lets nobody cast it: it becomes a number first. */
static __always_inline struct sock *davy_skb_sock(struct __sk_buff *skb)
{
    struct bpf_sock *sk = skb->sk;

    return sk ? (struct sock *)davy_number_of(sk) : NULL;
}

/* Of who made it. */
static __always_inline u32 davy_sock_uid(struct sock *sock)
{
    return BPF_CORE_READ(sock, sk_uid.val);
}

/* Sequence number behind the last byte that was written to a TCP socket. */
static __always_inline u32 davy_written_to(struct sock *sock)
{
    return BPF_CORE_READ((struct tcp_sock *)sock, write_seq);
}

/* The other end of a connected unix socket. */
static __always_inline u64 davy_unix_other(struct sock *sock)
{
    return (u64)BPF_CORE_READ((struct unix_sock *)sock, peer);
}

/* Whether no descriptor has it any more (sock_orphan(), include/net/sock.h). */
static __always_inline bool davy_sock_is_closed(struct sock *sock)
{
    return !BPF_CORE_READ(sock, sk_socket);
}

/* Inode of the socket's network namespace. */
static __always_inline u32 davy_network_of(struct sock *sock)
{
    return BPF_CORE_READ(sock, __sk_common.skc_net.net, ns.inum);
}

/* Inode of the current task's network namespace. */
static __always_inline u32 davy_current_network(void) { return davy_task_network(davy_current()); }
