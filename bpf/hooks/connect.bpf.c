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
    /* HTTP/3 uses UDP to port 443. DNS and all other UDP make nobody fed. */
    feeds = settings.mode[DAVY_DETECTION_CHAIN] && (stream || flow->remote_port == 443);
    if (feeds && verdict < DAVY_DENY) {
        pipe = davy_pipe_at((u64)davy_current(), 1);
        /* curl -o /dev/stderr 2>&1 >/dev/null */
        if (!pipe)
            pipe = davy_pipe_at((u64)davy_current(), 2);
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
