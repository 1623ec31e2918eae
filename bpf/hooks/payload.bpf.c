/* What a flow says: the streaming Stratum matcher over every TCP flow that we opened, in both
 * directions, its state kept with the socket. cgroup_skb/egress runs in ip_finish_output()
 * (net/ipv4/ip_output.c) for retransmits too; 0 drops, and TCP keeps the bytes as its send head.
 *
 * Never a signal from here: in softirq the current task is anybody. The owner stands in the flow's
 * state, written at connect; userspace ends it by pidfd. */
#include "../vmlinux.h"

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "../emit.h"
#include "../facts/packet.h"
#include "../settings.h"

#include "davylamp/rules/stratum.h"

#define CHUNK 64
#define CHUNKS 256 /* 16 KiB of a segment are read; a longer one's tail is counted */
/* How often a held segment may come again without a new byte: TCP's tries after 0.2, 0.4, 0.8 s …
 */
#define PRESENTED_MAX 6
#define PASS 1
#define DROP 0

/* Where the matcher stands in a segment. */
struct payload_cursor {
    u32 offset; /* of the next byte, in the skb */
    u32 left;   /* bytes of the segment from there on; at least 1 for a call */
    u32 read;   /* bytes stepped so far */
    u32 reserved;
};

/* A byte through the matcher. Global, so that the matcher is verified once and not once a byte:
 * inlined into the loop below it cost 160,000 verified instructions and a second of every start. */
__noinline int davy_stratum_byte(struct davy_stratum_state *state, u32 byte)
{
    if (!state)
        return DAVY_STRATUM_CLEAR;
    davy_stratum_step(state, (u8)byte);
    return state->verdict;
}

/* A chunk through the matcher; global for the same reason. Returns the flow's verdict so far. */
__noinline int davy_stratum_feed(struct __sk_buff *skb, struct davy_stratum_state *state,
                                 struct payload_cursor *cursor)
{
    u8 bytes[CHUNK] = {};
    u32 size;

    if (!state || !cursor)
        return DAVY_STRATUM_CLEAR;
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
        if (i >= size || state->verdict != DAVY_STRATUM_OPEN)
            break;
        davy_stratum_byte(state, bytes[i]);
        cursor->read++;
        cursor->offset++;
        cursor->left--;
    }
    return state->verdict;
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

static __always_inline void payload_report(struct __sk_buff *skb,
                                           const struct davy_segment *segment,
                                           const struct flow_state *state,
                                           const struct davy_stratum_facts *facts, u32 verdict,
                                           u32 payload_offset)
{
    struct davy_event_stratum *event = davy_alert_reserve(sizeof(*event));
    u32 size = segment->size;

    if (!event)
        return;
    davy_header(&event->header, DAVY_EVENT_STRATUM, sizeof(*event), verdict);
    event->header.tgid = state->owner.tgid;
    davy_decide(&event->decision, DAVY_DETECTION_STRATUM, DAVY_RULE_STRATUM_PAYLOAD,
                davy_stratum_certainty(facts), davy_enforced(verdict) ? DAVY_DID_DROP : 0,
                DAVY_NO_ROW);
    event->flow = segment->flow;
    event->flow.cookie = bpf_get_socket_cookie(skb);
    event->owner = state->owner;
    event->owner_uid = state->owner_uid;
    __builtin_memcpy(event->owner_comm, state->owner_comm, DAVY_COMM_MAX);
    event->facts = *facts;
    event->payload_offset = payload_offset;
    if (size > DAVY_PAYLOAD_MAX)
        size = DAVY_PAYLOAD_MAX;
    /* 1..DAVY_PAYLOAD_MAX in a form that old verifiers follow. */
    size = ((size - 1) & (DAVY_PAYLOAD_MAX - 1)) + 1;
    if (!bpf_skb_load_bytes(skb, segment->payload, event->payload, size))
        event->payload_size = size;
    davy_alert_submit(event);
}

static __always_inline int payload_convict(struct __sk_buff *skb,
                                           const struct davy_segment *segment,
                                           struct flow_state *state, u32 direction)
{
    struct davy_stratum_facts facts = {
        .dialect = state->scan[direction].dialect,
        .direction = direction,
        .midstream = state->midstream,
        .exempt = state->exempt,
        .offset = state->bytes[direction],
    };
    u32 verdict = davy_judge_stratum(&facts, settings.mode[DAVY_DETECTION_STRATUM]);

    state->done = davy_enforced(verdict) ? DAVY_FLOW_REFUSED : DAVY_FLOW_CLEAR;
    if (verdict != DAVY_ALLOW)
        payload_report(skb, segment, state, &facts, verdict,
                       state->bytes[direction] - (state->next_seq[direction] - segment->seq));
    return state->done == DAVY_FLOW_REFUSED ? DROP : PASS;
}

/* Reads `size` bytes at `offset` of the skb into the matcher; its verdict, and how many bytes it
 * took. */
static __always_inline int payload_scan(struct __sk_buff *skb, struct davy_stratum_state *state,
                                        u32 offset, u32 size, u32 *read)
{
    struct payload_cursor cursor = {.offset = offset, .left = size};
    int verdict = DAVY_STRATUM_OPEN;

    for (int c = 0; c < CHUNKS; c++) {
        if (!cursor.left || verdict != DAVY_STRATUM_OPEN)
            break;
        verdict = davy_stratum_feed(skb, state, &cursor);
    }
    *read = cursor.read;
    return verdict;
}

/* A segment of a flow that is not yet done with, or not yet known. Not inlined: its stack and its
 * spills are no business of the packets that pass at once. */
static __noinline int judge_segment(struct __sk_buff *skb, struct flow_state *state, u32 direction)
{
    bool enforces = settings.mode[DAVY_DETECTION_STRATUM] >= DAVY_MODE_BLOCK;
    struct davy_segment segment = {};
    struct bpf_sock *sk = skb->sk;
    u32 skip, read = 0;
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
            davy_stratum_begin(&state->scan[direction], direction);
        }
        return PASS;
    }
    if (!state) {
        state = bpf_sk_storage_get(&flows, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
        if (!state) {
            davy_count_loss(DAVY_LOSS_STORAGE);
            return PASS;
        }
        if (was_accepted(skb, &segment)) {
            state->client = DAVY_FLOW_SERVER;
            state->done = DAVY_FLOW_CLEAR;
            return PASS;
        }
    }
    if (state->done == DAVY_FLOW_REFUSED)
        return DROP;

    if (!state->started[direction]) {
        state->started[direction] = 1;
        state->midstream |= !segment.syn;
        state->next_seq[direction] = segment.seq;
        davy_stratum_begin(&state->scan[direction], direction);
    }
    skip = state->next_seq[direction] - segment.seq;
    if ((s32)skip < 0) { /* bytes went by unseen: read on from here, and trust the flow less */
        state->midstream = 1;
        state->next_seq[direction] = segment.seq;
        davy_stratum_begin(&state->scan[direction], direction);
        skip = 0;
    }
    if (skip >= segment.size) { /* nothing new: a retransmit, or a held segment presented again */
        if (!state->holding || direction != DAVY_TO_SERVER ||
            (s32)(segment.seq + segment.size - state->hold_seq) <= 0)
            return PASS;
        if (++state->presented < PRESENTED_MAX)
            return DROP;
        if (davy_stratum_overdue(&state->scan[direction]))
            return payload_convict(skb, &segment, state, direction);
        state->holding = 0;
        state->let_go = 1;
        return PASS;
    }

    verdict = payload_scan(skb, &state->scan[direction], segment.payload + skip,
                           segment.size - skip, &read);
    state->bytes[direction] += read;
    if (verdict == DAVY_STRATUM_MATCH) {
        state->next_seq[direction] += read;
        return payload_convict(skb, &segment, state, direction);
    }
    if (verdict == DAVY_STRATUM_CLEAR) {
        /* One direction in another language tells of both: Stratum is JSON each way. */
        state->done = DAVY_FLOW_CLEAR;
        return PASS;
    }
    if (read < segment.size - skip)
        davy_count_loss(DAVY_LOSS_PAYLOAD);
    state->next_seq[direction] += read;
    /* In mid-stream a match is reported at most: nothing is worth waiting for. */
    if (!enforces || direction != DAVY_TO_SERVER || state->midstream)
        return PASS;
    if (!davy_stratum_holds(&state->scan[direction])) {
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

/* Nearly every packet ends here, at one look-up. */
static __always_inline int pass_or_judge(struct __sk_buff *skb, u32 direction)
{
    struct bpf_sock *sk = skb->sk;
    struct flow_state *state;

    if (!sk)
        return PASS;
    state = bpf_sk_storage_get(&flows, sk, NULL, 0);
    if (state ? state->done == DAVY_FLOW_CLEAR : carries_nothing(skb))
        return PASS;
    return judge_segment(skb, state, direction);
}

SEC("cgroup_skb/egress")
int davy_egress(struct __sk_buff *skb) { return pass_or_judge(skb, DAVY_TO_SERVER); }

SEC("cgroup_skb/ingress")
int davy_ingress(struct __sk_buff *skb) { return pass_or_judge(skb, DAVY_TO_CLIENT); }
