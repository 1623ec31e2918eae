/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* An outbound connection: the first moment at which a downloader can be recognised, and the last
 * before its script is served. cgroup/connect4 and 6 run in the caller's context inside
 * inet_stream_connect() and inet_dgram_connect() (net/ipv4/af_inet.c), for io_uring as well, before
 * the first packet; 0 gives the caller EPERM. Fails open: what cannot be read is not judged. */
#include "../vmlinux.h"

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "../chain/downloader.h"
#include "../compat.h"
#include "../facts/flow_address.h"
#include "../image/talking.h"
#include "../stratum/owners.h"
#include "../stratum/pool_connect.h"
#include "../stratum/port_53.h"

/* The pipes that the current process writes: 1 and 2 (curl -o /dev/stderr 2>&1 >/dev/null). */
static __always_inline u64 written_pipe(void)
{
    u64 pipe = davy_pipe_at((u64)davy_current(), 1);

    return pipe ? pipe : davy_pipe_at((u64)davy_current(), 2);
}

/* A name server's answers are no download, unless a program asks that prints what they say. */
static __always_inline bool prints_answers(void)
{
    struct davy_image_row *row = davy_policy_row(davy_exe_inode(davy_current()));

    return row && (row->roles & DAVY_ROLE_ASKS_DNS);
}

static __always_inline int judge_connect(struct bpf_sock_addr *ctx, struct davy_flow *flow)
{
    u32 verdict = DAVY_ALLOW, found;
    bool stream = ctx->type == SOCK_STREAM, feeds;
    u64 pipe = 0;

    davy_set_family(flow);
    flow->protocol = stream ? IPPROTO_TCP : ctx->protocol;
    flow->remote_port = bpf_ntohs(ctx->user_port);
    flow->cookie = bpf_get_socket_cookie(ctx);

    if (settings.mode[DAVY_DETECTION_IMAGE] && davy_is_gone(davy_current()))
        verdict = connect_gone(flow);
    if (stream && settings.mode[DAVY_DETECTION_STRATUM] && verdict < DAVY_DENY) {
        found = connect_pool(flow);
        verdict = found > verdict ? found : verdict;
    }
    /* HTTP/3 uses UDP to port 443. Other UDP sockets are connected to see which way a packet would
     * go (getaddrinfo() does so), and make nobody fed. */
    feeds =
        settings.mode[DAVY_DETECTION_CHAIN] &&
        (stream || flow->remote_port == 443 || (flow->remote_port == DNS_PORT && prints_answers()));
    if (feeds && verdict < DAVY_DENY) {
        pipe = written_pipe();
        found = connect_chain(flow, pipe);
        verdict = found > verdict ? found : verdict;
    }
    if (davy_enforced(verdict))
        return 0;
    /* DNS over TCP makes nobody fed. Whether it is DNS its first bytes will tell (port_53.h). */
    if (settings.window_ns && feeds &&
        (flow->remote_port != DNS_PORT || settings.mode[DAVY_DETECTION_STRATUM]))
        connect_feeds(flow, pipe);
    if (stream && !connect_owns(ctx))
        return 0;
    if (settings.connects) {
        struct davy_event_connect *event = bpf_ringbuf_reserve(&telemetry, sizeof(*event), 0);

        if (event) {
            __builtin_memset(event, 0, sizeof(*event));
            davy_header(&event->header, DAVY_EVENT_CONNECT, sizeof(*event), verdict);
            davy_current_process(&event->process);
            event->flow = *flow;
            bpf_ringbuf_submit(event, davy_telemetry_flags());
        } else {
            davy_count_loss(DAVY_LOSS_TELEMETRY_RING);
        }
    }
    return 1;
}

static __always_inline int hold_and_judge(struct bpf_sock_addr *ctx, struct davy_flow *flow)
{
    int result;

    davy_hold_cpu();
    result = judge_connect(ctx, flow);
    davy_let_go_of_cpu();
    return result;
}

SEC("cgroup/connect4")
int davy_connect4(struct bpf_sock_addr *ctx)
{
    struct davy_flow flow = {};
    u32 address = ctx->user_ip4;

    if (davy_is_self(davy_current()))
        return 1;
    davy_map_ipv4(flow.remote, &address);
    return hold_and_judge(ctx, &flow);
}

SEC("cgroup/connect6")
int davy_connect6(struct bpf_sock_addr *ctx)
{
    struct davy_flow flow = {};
    u32 address[4] = {ctx->user_ip6[0], ctx->user_ip6[1], ctx->user_ip6[2], ctx->user_ip6[3]};

    if (davy_is_self(davy_current()))
        return 1;
    __builtin_memcpy(flow.remote, address, 16);
    return hold_and_judge(ctx, &flow);
}

/* Whether what the current process sends on this socket was judged already, and not long ago. */
static __always_inline bool sent_before(u64 cookie)
{
    u32 tgid = bpf_get_current_pid_tgid() >> 32;
    struct fed_process *fed = bpf_map_lookup_elem(&fed_processes, &tgid);

    return fed && fed->origin.flow.cookie == cookie &&
           fed->start_ns == davy_start_of(davy_current()) &&
           fed_until_ns > bpf_ktime_get_boot_ns() + settings.window_ns / 2;
}

/* A datagram from a socket that is not connected (tftp). What comes back makes its process fed, as
 * a connection does. */
static __always_inline int judge_send(struct bpf_sock_addr *ctx, struct davy_flow *flow)
{
    u64 pipe;

    flow->cookie = bpf_get_socket_cookie(ctx);
    if (sent_before(flow->cookie))
        return 1;
    davy_set_family(flow);
    flow->protocol = ctx->protocol;
    flow->remote_port = bpf_ntohs(ctx->user_port);
    pipe = written_pipe();
    if (davy_enforced(connect_chain(flow, pipe)))
        return 0;
    if (settings.window_ns)
        connect_feeds(flow, pipe);
    return 1;
}

static __always_inline int hold_and_judge_send(struct bpf_sock_addr *ctx, struct davy_flow *flow)
{
    int result;

    davy_hold_cpu();
    result = judge_send(ctx, flow);
    davy_let_go_of_cpu();
    return result;
}

/* udp_sendmsg() and udpv6_sendmsg(), in the caller's context; 0 gives it EPERM. */
SEC("cgroup/sendmsg4")
int davy_send4(struct bpf_sock_addr *ctx)
{
    struct davy_flow flow = {};
    u32 address = ctx->user_ip4;

    if ((ctx->user_port == bpf_htons(DNS_PORT) && !prints_answers()) ||
        davy_is_self(davy_current()))
        return 1;
    davy_map_ipv4(flow.remote, &address);
    return hold_and_judge_send(ctx, &flow);
}

SEC("cgroup/sendmsg6")
int davy_send6(struct bpf_sock_addr *ctx)
{
    struct davy_flow flow = {};
    u32 address[4] = {ctx->user_ip6[0], ctx->user_ip6[1], ctx->user_ip6[2], ctx->user_ip6[3]};

    if ((ctx->user_port == bpf_htons(DNS_PORT) && !prints_answers()) ||
        davy_is_self(davy_current()))
        return 1;
    __builtin_memcpy(flow.remote, address, 16);
    return hold_and_judge_send(ctx, &flow);
}
