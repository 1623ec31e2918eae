/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a flow says: the streaming matcher over every TCP flow that we opened, in both directions,
 * its state kept with the socket. cgroup_skb/egress runs in ip_finish_output()
 * (net/ipv4/ip_output.c) for retransmits too; 0 drops, and TCP keeps the bytes as its send head.
 *
 * Never a signal from here: in softirq the current task is anybody. The owner stands in the flow's
 * state, written at connect; userspace ends it by pidfd. */
#include "../vmlinux.h"

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "../compat.h"
#include "../emit.h"
#include "../facts/packet.h"
#include "../facts/sock.h"
#include "../stratum/pools.h"
#include "../stratum/resolver.h"
#include "../settings.h"

#include "davylamp/rules/flow.h"

/* Whether global functions take numbers alone (5.10): those with pointers are verified once a call
 * then (user/sensor/old_verifier.h). */
extern const volatile __u32 numbers_only;

#define CHUNK 64
#define BLOCK 64  /* chunks */
#define BLOCKS 17 /* of a segment; the longest has 64 KiB, and a longer one's tail is counted */
#define DNS_CHUNKS 256 /* of a segment; what is said ends one */
/* How often a held segment may come again without a new byte: TCP's tries after 0.2, 0.4, 0.8 s …
 */
#define PRESENTED_MAX 6
/* Of a record's payload: what is wanted before and behind the byte that convicts. */
#define PAYLOAD_BEFORE 256
#define PAYLOAD_AFTER 128
#define PASS 1
#define DROP 0

static __always_inline struct flow_state *flow_of(struct __sk_buff *skb)
{
    struct bpf_sock *sk = skb->sk;

    return sk ? bpf_sk_storage_get(&flows, sk, NULL, 0) : NULL;
}

static __always_inline struct davy_host_name *name_of(struct __sk_buff *skb)
{
    struct bpf_sock *sk = skb->sk;

    return sk ? bpf_sk_storage_get(&flow_names, sk, NULL, 0) : NULL;
}

/* A byte through the matcher. Global, so that the matcher is verified once and not once a byte:
 * inlined into the loop below it cost 160,000 verified instructions and a second of every start. */
__noinline int davy_flow_byte(struct davy_flow_scan *scan, struct davy_host_name *name,
                              u32 direction, u32 byte)
{
    if (!scan)
        return DAVY_BYTE_WRAPPING;
    return davy_flow_step(scan, name, direction & 1, (u8)byte);
}

/* The same where the kernel's global functions take no pointers: two look-ups a byte, which others
 * are spared. */
__noinline int davy_flow_byte_of(struct __sk_buff *skb, u32 direction, u32 byte)
{
    struct flow_state *state = flow_of(skb);
    struct davy_host_name *name = NULL;

    if (!state)
        return DAVY_BYTE_WRAPPING;
    direction = davy_index(direction, 2);
    if (state->cursor[direction].named)
        name = name_of(skb);
    return davy_flow_step(&state->scan, name, direction, (u8)byte);
}

/* A chunk through the matcher, up to a verdict or a host to look up; global for the same reason.
 * Returns the direction's verdict so far. */
__noinline int davy_flow_feed(struct __sk_buff *skb, u32 direction)
{
    struct flow_state *state = flow_of(skb);
    struct davy_host_name *name = NULL;
    struct payload_cursor *cursor;
    u8 bytes[CHUNK] = {};
    u32 size, what;

    if (!state)
        return DAVY_STRATUM_CLEAR;
    direction = davy_index(direction, 2);
    cursor = &state->cursor[direction];
    if (cursor->named && !numbers_only)
        name = name_of(skb);
    size = cursor->left;
    if (size >= CHUNK) {
        size = CHUNK;
        if (bpf_skb_load_bytes(skb, cursor->offset, bytes, CHUNK))
            return DAVY_STRATUM_CLEAR;
    } else {
        /* 1..CHUNK in a form that old verifiers follow. */
        u32 rest = ((size - 1) & (CHUNK - 1)) + 1;

        if (bpf_skb_load_bytes(skb, cursor->offset, bytes, rest))
            return DAVY_STRATUM_CLEAR;
    }
    for (u32 i = 0; i < CHUNK; i++) {
        if (i >= size || davy_flow_verdict(&state->scan, direction) != DAVY_STRATUM_OPEN)
            break;
        what = numbers_only ? davy_flow_byte_of(skb, direction, bytes[i])
                            : davy_flow_byte(&state->scan, name, direction, bytes[i]);
        cursor->read++;
        cursor->offset++;
        cursor->left--;
        if (what >= DAVY_BYTE_NAME && what <= DAVY_BYTE_PROTOCOL && direction == DAVY_TO_SERVER) {
            cursor->met = what;
            break;
        }
    }
    return davy_flow_verdict(&state->scan, direction);
}

/* What lies behind the host that a flow's client asked for last. */
__noinline u64 davy_flow_asked(struct __sk_buff *skb, u32 what)
{
    struct flow_state *state = flow_of(skb);
    struct davy_host_name *name = NULL;

    if (!state)
        return 0;
    if (state->cursor[DAVY_TO_SERVER].named)
        name = name_of(skb);
    return davy_flow_listed(&state->scan, name, what);
}

/* Whether the socket was accepted rather than connected: then a listener owns its local port. Asked
 * once, and only of flows whose connect we did not see. */
static __always_inline bool was_accepted(struct __sk_buff *skb, const struct davy_segment *segment)
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

/* Whether somebody is known to have connected the socket; his name goes into the flow's state. */
static __always_inline bool is_owned(struct __sk_buff *skb, struct flow_state *state)
{
    u64 cookie = bpf_get_socket_cookie(skb);
    u32 index = cookie & (FLOW_OWNERS - 1);
    struct flow_owner_slot *slot = bpf_map_lookup_elem(&flow_owners, &index);

    if (!slot || slot->cookie != cookie)
        return false;
    state->owner = slot->owner;
    barrier();
    if (*(volatile u64 *)&slot->cookie == cookie)
        return true;
    state->owner.id.tgid = 0; /* overwritten meanwhile */
    return false;
}

static __always_inline void payload_report(struct __sk_buff *skb,
                                           const struct davy_segment *segment,
                                           const struct flow_state *state,
                                           const struct davy_stratum_facts *facts, u32 verdict,
                                           u32 consumed)
{
    struct davy_event_stratum *event = davy_alert_reserve(sizeof(*event));
    u32 from = 0, size;

    if (!event)
        return;
    /* From the segment's beginning on, unless what convicts lies beyond what is kept. */
    if (consumed > DAVY_PAYLOAD_MAX - PAYLOAD_AFTER && consumed <= segment->size)
        from = consumed - PAYLOAD_BEFORE;
    size = segment->size - from;
    davy_header_of(&event->header, DAVY_EVENT_STRATUM, sizeof(*event), verdict,
                   state->owner.id.tgid);
    davy_decide(&event->decision, DAVY_DETECTION_STRATUM, DAVY_RULE_STRATUM_PAYLOAD,
                davy_stratum_certainty(facts), davy_enforced(verdict) ? DAVY_DID_DROP : 0,
                DAVY_NO_ROW);
    event->flow = segment->flow;
    event->flow.cookie = bpf_get_socket_cookie(skb);
    event->owner = state->owner.id;
    event->owner_uid = state->owner.uid;
    __builtin_memcpy(event->owner_comm, state->owner.comm, DAVY_COMM_MAX);
    event->facts = *facts;
    event->payload_offset = facts->offset - consumed + from;
    __builtin_memcpy(event->wraps, state->scan.unwrap.wraps, DAVY_WRAPS_MAX);
    if (size > DAVY_PAYLOAD_MAX)
        size = DAVY_PAYLOAD_MAX;
    /* 1..DAVY_PAYLOAD_MAX in a form that old verifiers follow. */
    size = ((size - 1) & (DAVY_PAYLOAD_MAX - 1)) + 1;
    if (!bpf_skb_load_bytes(skb, segment->payload + from, event->payload, size))
        event->payload_size = size;
    davy_alert_submit(event);
}

/* The flow's beginning, whoever saw its handshake: the other end has acknowledged no byte of it, or
 * we have received none before it (RFC 4898's counters in struct tcp_sock; a SYN may count as one).
 */
static __always_inline bool is_first(struct bpf_sock *sk, u32 direction, u32 seq)
{
    struct bpf_tcp_sock *tcp = bpf_tcp_sock(sk);
    u32 sent, received;

    if (!tcp)
        return false;
    /* Read in place: clang would join the two ends by arithmetic on the pointer, which the verifier
     * refuses. */
    sent = tcp->bytes_acked <= 1 && tcp->snd_una == seq;
    barrier_var(sent);
    received = tcp->bytes_received == 0 && tcp->rcv_nxt == seq;
    barrier_var(received);
    return direction == DAVY_TO_SERVER ? sent : received;
}

static __always_inline void payload_proven(struct __sk_buff *skb,
                                           const struct davy_segment *segment,
                                           const struct flow_state *state)
{
    struct pool_endpoint endpoint = {.uid = state->owner.uid, .port = segment->flow.remote_port};
    struct sock *sock = davy_skb_sock(skb);

    if (!sock || !state->owner.id.tgid)
        return;
    __builtin_memcpy(endpoint.address, segment->flow.remote, 16);
    endpoint.network = davy_network_of(sock);
    davy_pool_proven(&endpoint);
}

static __noinline int payload_convict(struct __sk_buff *skb, const struct davy_segment *segment,
                                      struct flow_state *state, u32 direction)
{
    struct davy_stratum_facts facts = {
        .dialect = state->scan.stratum[direction].dialect,
        .direction = direction,
        .midstream = state->midstream[direction],
        .exempt = state->exempt,
        .offset = state->scan.read[direction],
    };
    u32 verdict = davy_judge_stratum(&facts, settings.mode[DAVY_DETECTION_STRATUM]);

    state->done = davy_enforced(verdict) ? DAVY_FLOW_REFUSED : DAVY_FLOW_CLEAR;
    /* Behind a proxy are many hosts, and most of them are no pools. */
    if (state->done == DAVY_FLOW_REFUSED && !state->scan.unwrap.count)
        payload_proven(skb, segment, state);
    if (verdict != DAVY_ALLOW)
        payload_report(skb, segment, state, &facts, verdict,
                       state->next_seq[direction] - segment->seq);
    return state->done == DAVY_FLOW_REFUSED ? DROP : PASS;
}

/* A listed host was asked for: by name, by address, or by what TLS offers. */
static __noinline int payload_listed(struct __sk_buff *skb, const struct davy_segment *segment,
                                     struct flow_state *state, u64 listed)
{
    struct davy_pool_facts facts = {.match = listed >> 32, .row = (u32)listed - 1};
    u32 verdict = davy_judge_pool(&facts, settings.mode[DAVY_DETECTION_STRATUM]);
    struct bpf_sock *sk = skb->sk;
    struct davy_host_name *name;
    struct davy_event_pool *event;

    if (davy_enforced(verdict))
        state->done = DAVY_FLOW_REFUSED;
    event = verdict == DAVY_ALLOW ? NULL : davy_alert_reserve(sizeof(*event));
    if (event) {
        davy_header_of(&event->header, DAVY_EVENT_POOL, sizeof(*event), verdict,
                       state->owner.id.tgid);
        davy_decide(&event->decision, DAVY_DETECTION_STRATUM, davy_pool_rule(&facts),
                    davy_pool_certainty(&facts), davy_enforced(verdict) ? DAVY_DID_DROP : 0,
                    facts.row);
        event->process.id = state->owner.id;
        event->process.uid = state->owner.uid;
        __builtin_memcpy(event->process.comm, state->owner.comm, DAVY_COMM_MAX);
        event->flow = segment->flow;
        event->flow.cookie = bpf_get_socket_cookie(skb);
        event->facts = facts;
        __builtin_memcpy(event->proxied, state->scan.unwrap.address, 16);
        name = sk ? bpf_sk_storage_get(&flow_names, sk, NULL, 0) : NULL;
        if (name && facts.match != DAVY_POOL_PROXY_ADDRESS)
            __builtin_memcpy(event->name, name->text, DAVY_HOST_NAME_MAX);
        davy_alert_submit(event);
    }
    return state->done == DAVY_FLOW_REFUSED ? DROP : PASS;
}

/* Whether this direction is still about what the flow is wrapped in, at this first byte: then a
 * name may come. */
static __always_inline bool is_wrapped(struct __sk_buff *skb, const struct flow_state *state,
                                       u32 direction, u32 offset)
{
    u8 at = state->scan.unwrap.side[direction & 1].at, first = 0;

    if (direction != DAVY_TO_SERVER || at == DAVY_AT_INNER || at >= DAVY_AT_FRAME)
        return false;
    if (at != DAVY_AT_BEGIN)
        return true;
    return !bpf_skb_load_bytes(skb, offset, &first, 1) && first != '{' && first != '[';
}

/* BLOCK chunks of a segment. In two levels, so that each is verified once and not once a chunk. */
__noinline int davy_flow_block(struct __sk_buff *skb, u32 direction)
{
    struct flow_state *state = flow_of(skb);
    struct payload_cursor *cursor;
    int verdict = DAVY_STRATUM_OPEN;

    if (!state)
        return DAVY_STRATUM_CLEAR;
    direction = davy_index(direction, 2);
    cursor = &state->cursor[direction];
    for (int c = 0; c < BLOCK; c++) {
        if (!cursor->left || verdict != DAVY_STRATUM_OPEN || cursor->listed)
            break;
        verdict = davy_flow_feed(skb, direction);
        if (cursor->met) {
            cursor->listed = davy_flow_asked(skb, cursor->met);
            cursor->met = 0;
        }
    }
    return verdict;
}

/* Reads a segment from the cursor on, up to a verdict or a listed host. */
__noinline int davy_flow_segment(struct __sk_buff *skb, u32 direction)
{
    struct flow_state *state = flow_of(skb);
    struct bpf_sock *sk = skb->sk;
    struct payload_cursor *cursor;
    int verdict = DAVY_STRATUM_OPEN;

    if (!state || !sk)
        return DAVY_STRATUM_CLEAR;
    direction = davy_index(direction, 2);
    cursor = &state->cursor[direction];
    cursor->named = is_wrapped(skb, state, direction, cursor->offset) &&
                    bpf_sk_storage_get(&flow_names, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
    for (int b = 0; b < BLOCKS; b++) {
        if (!cursor->left || verdict != DAVY_STRATUM_OPEN || cursor->listed)
            break;
        verdict = davy_flow_block(skb, direction);
    }
    return verdict;
}

#define DNS_ENDS 1 /* nothing more can be read */
#define DNS_SAID 2 /* a question or an address is complete */

static __always_inline struct dns_sides *sides_of(struct __sk_buff *skb)
{
    struct bpf_sock *sk = skb->sk;

    return sk ? bpf_sk_storage_get(&dns_flows, sk, NULL, 0) : NULL;
}

/* A chunk of it, up to what it says. Returns DNS_ENDS, DNS_SAID or 0. */
__noinline int davy_dns_feed(struct __sk_buff *skb, u32 direction)
{
    struct flow_state *state = flow_of(skb);
    struct dns_sides *sides = sides_of(skb);
    struct payload_cursor *cursor;
    u8 bytes[CHUNK] = {};
    u32 size;

    if (!state || !sides)
        return DNS_ENDS;
    direction = davy_index(direction, 2);
    cursor = &state->cursor[direction];
    size = cursor->left < CHUNK ? cursor->left : CHUNK;
    if (!size)
        return DNS_ENDS;
    size = ((size - 1) & (CHUNK - 1)) + 1;
    if (bpf_skb_load_bytes(skb, cursor->offset, bytes, size))
        return DNS_ENDS;
    barrier_var(size); /* clang would drop the constant bound, which the verifier needs */
    for (u32 i = 0; i < CHUNK; i++) {
        if (i >= size)
            break;
        cursor->offset++;
        cursor->left--;
        if (davy_dns_flow_byte(&sides->side[direction], bytes[i], direction == DAVY_TO_CLIENT))
            return DNS_SAID;
    }
    return 0;
}

/* What the last byte of the direction said. */
__noinline int davy_dns_said(struct __sk_buff *skb, u32 direction)
{
    struct dns_sides *sides = sides_of(skb);
    struct dns_scratch *s = davy_dns_working();
    struct dns_side *side;

    if (!sides || !s)
        return 0;
    side = &sides->side[davy_index(direction, 2)];
    return davy_dns_brought(s, &side->dns, &side->listed);
}

/* DNS over TCP: the messages of one direction, in the order in which they come; what came twice or
 * behind a gap is no message. Never drops. */
static __noinline int judge_dns(struct __sk_buff *skb, struct flow_state *state, u32 direction)
{
    struct payload_cursor *cursor;
    struct dns_scratch *s = davy_dns_working();
    struct sock *sock = davy_skb_sock(skb);
    struct davy_segment *segment;
    struct bpf_sock *sk = skb->sk;
    struct dns_sides *sides;
    u32 skip;

    if (sk && !state) {
        state = bpf_sk_storage_get(&flows, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
        if (state)
            is_owned(skb, state);
    }
    if (!s || !sock || !sk || !state)
        return PASS;
    segment = &s->segment;
    __builtin_memset(segment, 0, sizeof(*segment));
    if (davy_segment_of(skb, direction, segment) || !segment->size)
        return PASS;
    sk = bpf_sk_fullsock(sk);
    sides = sk ? bpf_sk_storage_get(&dns_flows, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE) : NULL;
    if (!sides) {
        davy_count_loss(DAVY_LOSS_STORAGE);
        return PASS;
    }
    if (!state->started[direction]) {
        state->started[direction] = 1;
        state->next_seq[direction] = segment->seq;
    }
    skip = state->next_seq[direction] - segment->seq;
    if (skip >= segment->size)
        return PASS;
    state->next_seq[direction] = segment->seq + segment->size;
    s->trusted = 0;
    s->wanted = 0;
    s->asker.id = state->owner.id;
    s->asker.uid = BPF_CORE_READ(sock, sk_uid.val);
    s->asker.network = davy_network_of(sock);
    __builtin_memcpy(s->asker.comm, state->owner.comm, DAVY_COMM_MAX);
    s->asker.flow = segment->flow;
    cursor = &state->cursor[direction];
    cursor->offset = segment->payload + skip;
    cursor->left = segment->size - skip;
    for (int c = 0; c < DNS_CHUNKS; c++) {
        int what = davy_dns_feed(skb, direction);

        if (what == DNS_ENDS)
            break;
        if (what == DNS_SAID)
            davy_dns_said(skb, direction);
    }
    return PASS;
}

/* A segment of a flow that is not yet done with, or not yet known. Not inlined: its stack and its
 * spills are no business of the packets that pass at once. */
static __noinline int judge_segment(struct __sk_buff *skb, struct flow_state *state, u32 direction)
{
    bool enforces = settings.mode[DAVY_DETECTION_STRATUM] >= DAVY_MODE_BLOCK;
    struct davy_segment segment = {};
    struct payload_cursor *cursor;
    struct bpf_sock *sk = skb->sk;
    u32 skip;
    int verdict;

    if (!sk)
        return PASS;
    sk = bpf_sk_fullsock(sk);
    if (!sk || sk->protocol != IPPROTO_TCP)
        return PASS;
    if (davy_segment_of(skb, direction, &segment))
        return PASS;
    if (!segment.size) {
        if (state && segment.syn) {
            state->next_seq[direction] = segment.seq;
            state->started[direction] = 1;
        }
        return PASS;
    }
    if (!state) {
        state = bpf_sk_storage_get(&flows, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
        if (!state) {
            davy_count_loss(DAVY_LOSS_STORAGE);
            return PASS;
        }
        if (!is_owned(skb, state) && was_accepted(skb, &segment)) {
            state->done = DAVY_FLOW_CLEAR;
            return PASS;
        }
    }
    if (state->done == DAVY_FLOW_REFUSED)
        return DROP;

    if (!state->begun) {
        state->begun = 1;
        davy_flow_begin(&state->scan);
    }
    if (!state->started[direction]) {
        state->started[direction] = 1;
        state->next_seq[direction] = segment.seq;
        if (!segment.syn && !is_first(sk, direction, segment.seq)) {
            state->midstream[direction] = 1;
            davy_flow_resume(&state->scan, direction);
        }
    }
    skip = state->next_seq[direction] - segment.seq;
    if ((s32)skip < 0) { /* bytes went by unseen: read on from here, and trust the flow less */
        state->midstream[direction] = 1;
        state->next_seq[direction] = segment.seq;
        davy_flow_resume(&state->scan, direction);
        skip = 0;
    }
    if (skip >= segment.size) { /* nothing new: a retransmit, or a held segment presented again */
        if (!state->holding || direction != DAVY_TO_SERVER ||
            (s32)(segment.seq + segment.size - state->hold_seq) <= 0)
            return PASS;
        if (++state->presented < PRESENTED_MAX)
            return DROP;
        if (davy_stratum_overdue(&state->scan.stratum[direction]))
            return payload_convict(skb, &segment, state, direction);
        state->holding = 0;
        state->let_go = 1;
        return PASS;
    }
    cursor = &state->cursor[direction];
    cursor->listed = cursor->read = cursor->met = 0;
    cursor->offset = segment.payload + skip;
    cursor->left = segment.size - skip;
    verdict = davy_flow_segment(skb, direction);
    if (cursor->listed) {
        if (payload_listed(skb, &segment, state, cursor->listed) == DROP)
            return DROP;
        cursor->listed = 0; /* reported alone: read on */
        verdict = davy_flow_segment(skb, direction);
    }
    state->next_seq[direction] += cursor->read;
    if (verdict == DAVY_STRATUM_MATCH)
        return payload_convict(skb, &segment, state, direction);
    if (verdict == DAVY_STRATUM_CLEAR) {
        /* One direction in another language tells of both: Stratum is JSON each way. */
        state->done = DAVY_FLOW_CLEAR;
        return PASS;
    }
    if (cursor->left) {
        davy_count_loss(DAVY_LOSS_PAYLOAD);
        state->next_seq[direction] = segment.seq + segment.size;
        state->midstream[direction] = 1;
        davy_flow_resume(&state->scan, direction);
    }
    /* In mid-stream a match is reported at most: nothing is worth waiting for. */
    if (!enforces || direction != DAVY_TO_SERVER || state->midstream[direction])
        return PASS;
    if (!davy_stratum_holds(&state->scan.stratum[direction])) {
        state->holding = 0;
        state->let_go = 0;
        return PASS;
    }
    if (state->let_go)
        return PASS;
    if (!state->holding) {
        state->holding = 1;
        state->hold_seq = segment.seq + skip;
    }
    state->presented = 0;
    return DROP;
}

/* Whether an IPv4 or IPv6 packet without options is a TCP segment without payload: a handshake, an
 * acknowledgement, an end. Read in place; whatever looks otherwise gets the careful reading. */
static __always_inline bool carries_nothing(struct __sk_buff *skb)
{
    u8 *packet = (u8 *)(long)skb->data, *end = (u8 *)(long)skb->data_end;

    if (packet + 60 <= end && packet[0] >> 4 == 6 && packet[6] == IPPROTO_TCP)
        return skb->len == 40u + (packet[52] >> 4) * 4;
    if (packet + 40 <= end && packet[0] == 0x45 && packet[9] == IPPROTO_TCP)
        return skb->len == 20u + (packet[32] >> 4) * 4;
    return false;
}

/* Whether it is a datagram, which is DNS or nothing to us. */
static __always_inline bool is_datagram(struct __sk_buff *skb)
{
    u8 *packet = (u8 *)(long)skb->data, *end = (u8 *)(long)skb->data_end;

    if (packet + 28 > end)
        return false;
    return packet[0] >> 4 == 4 ? packet[9] == IPPROTO_UDP : packet[6] == IPPROTO_UDP;
}

static __always_inline int judge_packet(struct __sk_buff *skb, struct flow_state *state,
                                        u32 direction)
{
    if (!state && is_datagram(skb)) {
        if (settings.has_pool_names || (settings.has_names && direction == DAVY_TO_CLIENT))
            davy_datagram(skb, direction);
        return PASS;
    }
    if (settings.has_pool_names && skb->sk && skb->sk->dst_port == bpf_htons(DNS_PORT))
        return judge_dns(skb, state, direction);
    return judge_segment(skb, state, direction);
}

/* Nearly every packet ends here, at one look-up. */
static __always_inline int pass_or_judge(struct __sk_buff *skb, u32 direction)
{
    struct bpf_sock *sk = skb->sk;
    struct flow_state *state;
    int result;

    if (!sk)
        return PASS;
    state = bpf_sk_storage_get(&flows, sk, NULL, 0);
    if (state ? state->done == DAVY_FLOW_CLEAR : carries_nothing(skb))
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
