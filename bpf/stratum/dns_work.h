/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a DNS message is read with: too large for a stack, so it is a scratch (scratch.h).
 *
 * Who may come between two instructions of a program that reads a message, on the same CPU:
 * - What a process sends runs with softirqs on: ip_finish_output() (net/ipv4/ip_output.c) asks the
 *   programs at egress before anything turns them off, and to own the socket does not. A softirq
 *   may interrupt it there. It receives (ingress), and it sends what an acknowledgement or a timer
 *   sets free (egress again).
 * - Within a softirq no other one comes, and no interrupt sends or receives by IP.
 * - Where a kernel preempts fully and cannot be told to hold the CPU, another process may send.
 * So neither the CPU nor the direction tells runs apart. Each claims a place of its own and gives
 * it back at its end. Where another process comes just between a claim's question and its answer,
 * both have the same place and their messages may mix; only preemption (scratch.h) can do that. */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "../emit.h"
#include "../facts/packet.h"
#include "../scratch.h"
#include "maps.h"

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

struct dns_work {
    u8 claimed; /* 1: a run is under way with it */
    u8 trusted; /* of the allow rules: a resolver's answer … */
    u8 wanted;  /* … to a question that one lists … */
    u8 place;   /* its key in dns_scratch */
    u8 reserved[4];
    struct name_answer answer; /* … and what is learnt from it */
    struct name_work name;
    struct davy_dns_state dns;
    struct dns_asker asker;
    struct pool_answer listed;   /* of the pools; until_ns 0: the name is not listed */
    struct davy_segment segment; /* of DNS over TCP */
    struct pool_answer answered; /* a copy of what is entered, see davy_pool_answered() */
    u8 message[MESSAGE_MAX];
};

/* What a run reads with, by place: davy_dns_working(place). Two runs at a time is what softirqs
 * make of it; the other places are for preemption (scratch.h). Full: the message goes unread and is
 * counted. */
#define DNS_PLACES 4
DAVY_SCRATCHES(dns_scratch, DNS_PLACES, struct dns_work, davy_dns_working)

/* A place that is this run's own until davy_dns_release(); DNS_PLACES where there is none. A
 * softirq between the question and the claim is over before the claim, and has released its own. */
static __always_inline u32 davy_dns_claim(void)
{
    for (u32 place = 0; place < DNS_PLACES; place++) {
        struct dns_work *work = davy_dns_working(place);

        if (!work || *(volatile u8 *)&work->claimed)
            continue;
        *(volatile u8 *)&work->claimed = 1;
        barrier();
        /* Read back, so that the verifier does not follow each place on its own. */
        work->place = place;
        return *(volatile u8 *)&work->place;
    }
    davy_count_loss(DAVY_LOSS_STORAGE);
    return DNS_PLACES;
}

static __always_inline void davy_dns_release(u32 place)
{
    struct dns_work *work = davy_dns_working(place);

    barrier();
    if (work)
        *(volatile u8 *)&work->claimed = 0;
}
