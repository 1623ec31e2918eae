/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* DNS as it passes: questions for listed pools are reported, the addresses that answer them are
 * remembered, and so is, for the allow rules that ask for a name, which name led to which address.
 *
 * For the pools every server's answer counts: it is held against the user who asked, and against
 * nobody else. For the allow rules only those of the resolvers that policy trusts, in the sensor's
 * own network namespace: any process may ask any server for any name and be told what it likes, and
 * in a namespace of one's own a user may be every address. Never drops. */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "../chain/allowed.h"
#include "../facts/packet.h"
#include "../facts/sock.h"
#include "../facts/task.h"
#include "pools.h"

#include "davylamp/rules/dns.h"

#define MESSAGE_MAX 1024 /* bytes of a message that are read; a power of two */
#define DNS_PORT 53

/* Whose message it is. */
struct dns_asker {
    struct davy_process_id id; /* tgid 0: the current process */
    u32 uid;
    u32 network; /* inode of its namespace */
    char comm[DAVY_COMM_MAX];
    struct davy_flow flow;
};

/* Per CPU: a packet is sent and received with bottom halves off, and no program here nests in
 * another. */
struct dns_scratch {
    struct davy_dns_state dns;
    struct dns_asker asker;
    struct name_answer answer; /* of the allow rules … */
    struct name_work name;
    u8 trusted; /* … for a resolver's answer … */
    u8 wanted;  /* … to a question that one lists */
    u8 reserved[6];
    struct pool_answer listed; /* of the pools; until_ns 0: the name is not listed */
    struct pool_endpoint endpoint;
    struct davy_segment segment; /* of DNS over TCP */
    struct pool_answer answered; /* a copy of what is entered, see davy_pool_answered() */
    u8 message[MESSAGE_MAX];
};
struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, u32);
    __type(value, struct dns_scratch);
} dns_scratch SEC(".maps");

static __always_inline struct dns_scratch *davy_dns_working(void)
{
    u32 zero = 0;

    return bpf_map_lookup_elem(&dns_scratch, &zero);
}

/* An address for a name that an allow rule lists. */
static __always_inline void names_learn(struct dns_scratch *s, const struct davy_dns_state *dns)
{
    struct davy_address address;

    __builtin_memcpy(address.byte, dns->address, 16);
    s->answer.until_ns = bpf_ktime_get_boot_ns() + davy_dns_lasts_s(dns) * 1000000000ull;
    bpf_map_update_elem(&name_answers, &address, &s->answer, BPF_ANY);
}

__noinline int davy_names_suffix(u32 index)
{
    struct dns_scratch *s = davy_dns_working();

    return s && davy_allow_name_at(&s->name, index);
}

/* Whether an allow rule lists the name of the question, whose text lies there. */
__noinline int davy_names_listed(u64 text)
{
    struct dns_scratch *s = davy_dns_working();
    u32 any = 0;

    if (!s || bpf_probe_read_kernel(s->name.name.text, DAVY_DNS_NAME_MAX, (void *)text))
        return 0;
    s->answer.name = s->name.name;
    for (u32 i = 0; i < DAVY_DNS_NAME_MAX - 1; i++) {
        if (!s->name.name.text[i])
            break;
        if (davy_allow_name_begins(&s->name, i))
            any |= davy_names_suffix(i);
    }
    return any;
}

/* Once in a while for each process and name. */
static __always_inline bool was_told(u64 text, u64 tgid)
{
    u64 now = bpf_ktime_get_boot_ns(), word = 0, *told;
    struct asked_key key = {.name = DAVY_HASH_BEGIN, .tgid = tgid};

    for (u32 i = 0; i < DAVY_HOST_NAME_MAX - 1; i++) {
        u8 letter = davy_byte_at(text, i, &word);

        if (!letter)
            break;
        key.name = davy_hash_step(key.name, letter);
    }
    told = bpf_map_lookup_elem(&asked, &key);
    if (told && *told + ASKED_NS > now)
        return true;
    bpf_map_update_elem(&asked, &key, &now, BPF_ANY);
    return false;
}

__noinline int davy_question_report(u64 text, u32 row)
{
    struct dns_scratch *s = davy_dns_working();
    struct davy_pool_facts facts = {.match = DAVY_POOL_QUESTION, .row = row};
    struct davy_event_pool *event;
    u32 verdict, tgid;

    if (!s)
        return 0;
    verdict = davy_judge_pool(&facts, settings.mode[DAVY_DETECTION_STRATUM]);
    tgid = s->asker.id.tgid;
    if (!tgid)
        tgid = BPF_CORE_READ(davy_current(), tgid);
    if (verdict == DAVY_ALLOW || was_told(text, tgid))
        return 0;
    event = davy_alert_reserve(sizeof(*event));
    if (!event)
        return 0;
    davy_header_of(&event->header, DAVY_EVENT_POOL, sizeof(*event), verdict, tgid);
    davy_decide(&event->decision, DAVY_DETECTION_STRATUM, davy_pool_rule(&facts),
                davy_pool_certainty(&facts), 0, row);
    if (s->asker.id.tgid) {
        event->process.id = s->asker.id;
        event->process.uid = s->asker.uid;
        __builtin_memcpy(event->process.comm, s->asker.comm, DAVY_COMM_MAX);
    } else {
        davy_current_process(&event->process);
    }
    event->flow = s->asker.flow;
    event->facts = facts;
    bpf_probe_read_kernel(event->name, DAVY_HOST_NAME_MAX, (void *)text);
    davy_alert_submit(event);
    return 0;
}

/* A question is complete. Returns whether its message's addresses are worth reading. */
static __always_inline int davy_dns_question(struct dns_scratch *s,
                                             const struct davy_dns_state *dns,
                                             struct pool_answer *listed)
{
    u32 row = settings.has_pool_names ? davy_pool_of_name(&dns->name) : 0;
    u64 text = davy_number_of(dns->name.text);

    s->wanted = s->trusted && dns->name.length < DAVY_DNS_NAME_MAX && davy_names_listed(text);
    listed->until_ns = 0;
    if (!row)
        return s->wanted;
    if (!dns->answer)
        return davy_question_report(text, row - 1);
    listed->until_ns = 1;
    listed->row = row - 1;
    __builtin_memcpy(listed->name, dns->name.text, DAVY_HOST_NAME_MAX);
    return 1;
}

/* An address for a listed pool: from now on its user connects to it at his own risk. */
__noinline int davy_pool_answered(const struct davy_dns_state *dns, struct pool_answer *listed)
{
    struct dns_scratch *s = davy_dns_working();
    struct pool_endpoint endpoint = {};

    if (!s || !dns || !listed)
        return 0;
    __builtin_memcpy(endpoint.address, dns->address, 16);
    endpoint.uid = s->asker.uid;
    endpoint.network = s->asker.network;
    listed->until_ns = bpf_ktime_get_boot_ns() + davy_dns_lasts_s(dns) * 1000000000ull;
    /* Until 6.2 no value is entered from a pointed-to argument. One call, where a copy would be 34
     * loads and stores. */
    bpf_probe_read_kernel(&s->answered, sizeof(s->answered), listed);
    bpf_map_update_elem(&pool_answers, &endpoint, &s->answered, BPF_ANY);
    if (answers_until_ns < listed->until_ns)
        answers_until_ns = listed->until_ns;
    return 0;
}

/* A byte of a message. Global, so that it is verified once and not once a byte. */
__noinline int davy_dns_byte(struct davy_dns_state *dns, u32 byte)
{
    if (dns)
        davy_dns_step(dns, (u8)byte);
    return 0;
}

/* What a byte brought. 0 where the rest of the message need not be read. */
static __always_inline int davy_dns_brought(struct dns_scratch *s, const struct davy_dns_state *dns,
                                            struct pool_answer *listed)
{
    if (dns->brought == DAVY_DNS_QUESTION)
        return davy_dns_question(s, dns, listed);
    if (dns->brought == DAVY_DNS_ADDRESS) {
        if (s->wanted)
            names_learn(s, dns);
        if (listed->until_ns)
            davy_pool_answered(dns, listed);
    }
    return !dns->done;
}

/* A byte of the message that a datagram carries. */
__noinline int davy_datagram_byte(u32 index)
{
    struct dns_scratch *s = davy_dns_working();

    if (!s || s->dns.done)
        return 0;
    davy_dns_byte(&s->dns, s->message[davy_index(index, MESSAGE_MAX)]);
    return davy_dns_brought(s, &s->dns, &s->listed);
}

/* The datagram at `payload` of the skb. */
static __always_inline void davy_datagram_read(struct __sk_buff *skb, struct dns_scratch *s,
                                               u32 payload, u8 answer)
{
    u32 size;

    if (skb->len <= payload)
        return;
    size = skb->len - payload;
    if (size > MESSAGE_MAX)
        size = MESSAGE_MAX;
    /* 1..MESSAGE_MAX in a form that old verifiers follow. */
    size = ((size - 1) & (MESSAGE_MAX - 1)) + 1;
    if (bpf_skb_load_bytes(skb, payload, s->message, size))
        return;
    davy_dns_begin(&s->dns, answer);
    s->listed.until_ns = 0;
    s->wanted = 0;
    barrier_var(size); /* clang would drop the constant bound, which the verifier needs */
    for (u32 i = 0; i < MESSAGE_MAX; i++) {
        if (i >= size || !davy_datagram_byte(i))
            break;
    }
}

/* A packet that is no TCP segment, seen in one direction: a DNS message, or none of our business.
 */
static __noinline int davy_datagram(struct __sk_buff *skb, u32 direction)
{
    bool out = direction == DAVY_TO_SERVER;
    struct davy_address from = {};
    struct dns_scratch *s;
    struct udp_header udp;
    struct sock *sock;
    u32 offset;

    s = davy_dns_working();
    if (!s)
        return 0;
    offset = davy_udp_of(skb, direction, &s->asker.flow);
    if (!offset || bpf_skb_load_bytes(skb, offset, &udp, sizeof(udp)) ||
        (out ? udp.destination : udp.source) != bpf_htons(DNS_PORT))
        return 0;
    sock = davy_skb_sock(skb);
    if (!sock)
        return 0;
    s->asker.flow.local_port = bpf_ntohs(out ? udp.source : udp.destination);
    s->asker.flow.remote_port = DNS_PORT;
    s->asker.id.tgid = 0;
    s->asker.uid = BPF_CORE_READ(sock, sk_uid.val);
    s->asker.network = davy_network_of(sock);
    __builtin_memcpy(from.byte, s->asker.flow.remote, 16);
    s->trusted = !out && settings.has_names && s->asker.network == settings.own_network &&
                 bpf_map_lookup_elem(&resolvers, &from);
    if (s->trusted || settings.has_pool_names)
        davy_datagram_read(skb, s, offset + sizeof(udp), !out);
    return 0;
}

/* Global, so that it is verified once and not once a byte. */
__noinline int davy_dns_message(struct dns_side *side, u32 answer)
{
    if (!side)
        return 0;
    davy_dns_begin(&side->dns, answer);
    side->listed.until_ns = 0;
    return 0;
}

/* A byte of a flow's direction: of a message's length, or of a message. Whether that says
 * something now. */
static __always_inline bool davy_dns_flow_byte(struct dns_side *side, u8 byte, u8 answer)
{
    if (side->left) {
        side->left--;
        if (side->dns.done)
            return false;
        davy_dns_byte(&side->dns, byte);
        return side->dns.brought == DAVY_DNS_QUESTION || side->dns.brought == DAVY_DNS_ADDRESS;
    }
    if (!side->sized) {
        side->sized = 1;
        side->dns.size = byte;
    } else {
        side->left = side->dns.size << 8 | byte;
        side->sized = 0;
        davy_dns_message(side, answer);
    }
    return false;
}
