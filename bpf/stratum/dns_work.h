/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The memory in which a DNS message is read: too large for a stack, so a scratch (scratch.h).
 *
 * What may come between two instructions of a program that reads a message, on the same CPU:
 * - While a process sends, softirqs are on: ip_finish_output() (net/ipv4/ip_output.c) asks the
 *   programs at egress before anything turns them off; owning the socket does not. A softirq may
 *   interrupt there. It receives (ingress), and sends what an acknowledgement or a timer releases
 *   (egress again).
 * - Within a softirq no other one comes, and no interrupt sends or receives IP packets.
 * - On a fully preemptible kernel that cannot keep a program on the CPU, another process may send.
 * So neither the CPU nor the direction identifies a run. Each run claims a place and releases it at
 * its end. If another process comes between a claim's test and its write, both have the same place
 * and their messages may mix. Only preemption can do that (scratch.h). */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "../emit.h"
#include "../facts/packet.h"
#include "../scratch.h"
#include "maps.h"

#define MESSAGE_MAX 1024 /* bytes of a message that are read; a power of two */

/* Whose message it is. */
struct dns_asker {
    struct davy_process_id id; /* tgid 0: the current process */
    u32 uid;
    u32 network; /* inode of its namespace */
    char comm[DAVY_COMM_MAX];
    struct davy_flow flow;
    struct davy_flow peer; /* remote: whom the process sends to, by connect or by sendto */
};

struct dns_work {
    u8 claimed; /* 1: a run uses it */
    u8 trusted; /* for the allow rules: a question, or a trusted answer … */
    u8 wanted;  /* … with a name that a rule lists … */
    u8 place;   /* its key in dns_scratch */
    u8 foreign; /* a question in a datagram that another user than its socket's sends */
    u8 reserved[3];
    struct name_answer answer; /* … and what is learnt from it */
    struct name_work name;
    struct davy_dns_state dns;
    struct dns_asker asker;
    struct davy_dns_question question; /* the message's, to be noted or looked for */
    struct pool_answer listed;         /* for the pools; until_ns 0: the name is not listed */
    struct davy_segment segment;       /* of DNS over TCP */
    struct pool_answer answered;       /* a copy of the new entry, see davy_pool_answered() */
    u8 message[MESSAGE_MAX];
};

/* A run's memory, by place: davy_dns_working(place). Softirqs make it two runs at a time; the other
 * places are for preemption (scratch.h). Full: the message is not read, which is counted. */
#define DNS_PLACES 4
DAVY_SCRATCHES(dns_scratch, DNS_PLACES, struct dns_work, davy_dns_working)

/* Claims a place for this run until davy_dns_release(); DNS_PLACES where none is free. A softirq
 * that comes between test and claim ends, and releases its own place, before the claim. */
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
