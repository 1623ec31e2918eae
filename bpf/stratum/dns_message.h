/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a DNS message says about pools. Reports questions for listed names, and remembers the
 * addresses in the answers to them. Every server's answer counts, but only to a question that the
 * same socket asked that server, and for the user who asked. */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "../emit.h"
#include "../facts/read.h"
#include "../facts/task.h"
#include "dns_asked.h"
#include "dns_trust.h"
#include "dns_work.h"
#include "pools.h"

#include "davylamp/rules/dns.h"

/* Whether this process's question for this name was reported within ASKED_NS. */
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

__noinline int davy_question_report(u32 place, u64 text, u32 row)
{
    struct dns_work *s = davy_dns_working(place);
    struct davy_pool_facts facts = {.match = DAVY_POOL_QUESTION, .row = row};
    struct davy_event_pool *event;
    u32 verdict, tgid;

    if (!s)
        return 0;
    verdict = davy_judge_pool(&facts, settings.mode[DAVY_DETECTION_STRATUM]);
    tgid = s->asker.id.tgid;
    if (!tgid)
        tgid = davy_tgid_of(davy_current());
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

/* A question is complete. Returns whether its message's addresses are needed. */
static __always_inline int davy_dns_question(struct __sk_buff *skb, u32 place, struct dns_work *s,
                                             const struct davy_dns_state *dns,
                                             struct pool_answer *listed)
{
    u32 row = settings.has_pool_names ? davy_pool_of_name(&dns->name) : 0;
    u64 text = davy_number_of(dns->name.text);
    u32 asked;

    s->wanted =
        s->trusted && dns->name.length < DAVY_DNS_NAME_MAX && davy_names_listed(place, text);
    listed->until_ns = 0;
    if (!row && !s->wanted)
        return 0;
    if (!dns->answer) {
        if (!s->foreign)
            davy_question_asked(skb, s, dns);
        return row ? davy_question_report(place, text, row - 1) : 0;
    }
    asked = davy_question_answered(skb, s, dns);
    if (asked != DAVY_DNS_ASKED)
        s->wanted = 0;
    if (!row || asked == DAVY_DNS_UNASKED)
        return s->wanted;
    listed->until_ns = 1;
    listed->row = row - 1;
    __builtin_memcpy(listed->name, dns->name.text, DAVY_HOST_NAME_MAX);
    return 1;
}

/* Remembers an address for a listed name: from now on the user's connects to it match. */
__noinline int davy_pool_answered(u32 place, const struct davy_dns_state *dns,
                                  struct pool_answer *listed)
{
    struct dns_work *s = davy_dns_working(place);
    struct pool_endpoint endpoint = {};

    if (!s || !dns || !listed)
        return 0;
    __builtin_memcpy(endpoint.address, dns->address, 16);
    endpoint.uid = s->asker.uid;
    endpoint.network = s->asker.network;
    listed->until_ns = bpf_ktime_get_boot_ns() + davy_dns_lasts_s(dns) * 1000000000ull;
    /* Before 6.2 a map's value cannot be behind an argument's pointer. One call: assignment would
     * be 34 loads and stores. */
    bpf_probe_read_kernel(&s->answered, sizeof(s->answered), listed);
    bpf_map_update_elem(&pool_answers, &endpoint, &s->answered, BPF_ANY);
    if (answers_until_ns < listed->until_ns)
        answers_until_ns = listed->until_ns;
    return 0;
}

/* Reads a byte of a message. Global, so that it is verified once, not for each byte. */
__noinline int davy_dns_byte(struct davy_dns_state *dns, u32 byte)
{
    if (dns)
        davy_dns_step(dns, (u8)byte);
    return 0;
}

/* Acts on what a byte completed. Returns 0 if the rest of the message is not needed. */
static __always_inline int davy_dns_brought(struct __sk_buff *skb, u32 place, struct dns_work *s,
                                            const struct davy_dns_state *dns,
                                            struct pool_answer *listed)
{
    if (dns->brought == DAVY_DNS_QUESTION)
        return davy_dns_question(skb, place, s, dns, listed);
    if (dns->brought == DAVY_DNS_ADDRESS) {
        if (s->wanted)
            names_learn(s, dns);
        if (listed->until_ns)
            davy_pool_answered(place, dns, listed);
    }
    return !dns->done;
}
