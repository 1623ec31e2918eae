/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Mining pools that somebody connects to or asks for, and the Stratum protocol on a flow. */
#pragma once

#include <linux/types.h>

#include "davylamp/abi/check.h"
#include "davylamp/abi/flow_record.h"
#include "davylamp/abi/numbers.h"
#include "davylamp/abi/process_record.h"
#include "davylamp/abi/record.h"

/* rules/pool.h judges these. */
#define DAVY_POOL_NONE 0
#define DAVY_POOL_ADDRESS 1 /* address or CIDR */
#define DAVY_POOL_PORT 2
#define DAVY_POOL_ANSWER 3        /* DNS gave this address for a listed name */
#define DAVY_POOL_SERVER_NAME 4   /* a listed name in a TLS ClientHello (SNI) */
#define DAVY_POOL_ALPN 5          /* a listed protocol in a TLS ClientHello */
#define DAVY_POOL_PROXY_NAME 6    /* a proxy was asked for a listed name */
#define DAVY_POOL_PROXY_ADDRESS 7 /* a proxy was asked for a listed address */
#define DAVY_POOL_QUESTION 8      /* a DNS question for a listed name */
#define DAVY_POOL_PROVEN 9        /* a connection to this address and port spoke Stratum before */

struct davy_pool_facts {
    __u8 match;        /* DAVY_POOL_* */
    __u8 port_refuses; /* 1: policy lets a bare port convict */
    __u8 reserved[2];
    /* Of stratum.addresses (ADDRESS, PROXY_ADDRESS), .ports (PORT), .names (ANSWER, SERVER_NAME,
     * PROXY_NAME, QUESTION) or .alpn (ALPN), the rows of the list files behind them; or
     * DAVY_NO_ROW. */
    __u32 row;
};
DAVY_SIZE(davy_pool_facts, 8);

struct davy_event_pool {
    struct davy_event_header header;
    struct davy_decision decision;
    /* Who connects, or asks. Seen in a packet: who connected the socket, of whom id, uid and comm
     * alone are known. */
    struct davy_process process;
    struct davy_flow flow;
    struct davy_pool_facts facts;
    /* Appended since; a record without them is as good as one with zeroes (wire/event.h). */
    __u32 tries; /* PROVEN: connects that were refused since the last record, this one included */
    __u32 ttl_s; /* ANSWER: how much longer the answer counts */
    __u8 proxied[16];              /* PROXY_ADDRESS: as in struct davy_flow */
    char name[DAVY_HOST_NAME_MAX]; /* the host or protocol that is listed; NUL terminated */
    __u64 connected_ns; /* seen in a packet: when the flow was connected; CLOCK_BOOTTIME */
    /* 1: a client may have asked for it: one asked the same user lately, or what it said could not
     * be read, or the process accepts connections. */
    __u8 relayed;
    /* Userspace's word. 1: nobody was seen to write, and another user's process has the socket. */
    __u8 anothers;
    __u8 reserved[6];
    /* Seen in a packet: who was seen to write the byte that completes the name, in a syscall of its
     * own; tgid 0: nobody was. */
    struct davy_process_id writer;
    __u32 writer_uid;
    __u32 reserved_too;
    char writer_comm[DAVY_COMM_MAX];
};
DAVY_OFFSET(davy_event_pool, facts, 240);
DAVY_OFFSET(davy_event_pool, tries, 248);
DAVY_OFFSET(davy_event_pool, name, 272);
DAVY_OFFSET(davy_event_pool, connected_ns, 528);
DAVY_OFFSET(davy_event_pool, writer, 544);
DAVY_SIZE(davy_event_pool, 584);

/* rules/stratum.h judges these. */
struct davy_stratum_facts {
    __u8 dialect;   /* DAVY_DIALECT_* */
    __u8 direction; /* DAVY_TO_SERVER, DAVY_TO_CLIENT */
    __u8 midstream; /* 1: the flow's beginning was not seen */
    __u8 exempt;    /* 1: a policy row allows this destination */
    __u32 offset;   /* bytes of the flow read when the verdict fell */
};
DAVY_SIZE(davy_stratum_facts, 8);

#define DAVY_HOLDERS_MAX 4

struct davy_event_stratum {
    struct davy_event_header header; /* tgid: the owner's; 0 where the socket is older than us */
    struct davy_decision decision;
    struct davy_flow flow;
    struct davy_process_id owner; /* who connected the socket; not known: who wrote, see below */
    __u32 owner_uid;
    __u32 payload_size; /* bytes in payload */
    char owner_comm[DAVY_COMM_MAX];
    struct davy_stratum_facts facts;
    __u64 payload_offset;           /* where in the flow payload begins */
    __u8 payload[DAVY_PAYLOAD_MAX]; /* the segment that convicted: its beginning, or what is around
                                       the byte that did */
    /* Appended since; a record without it is as good as one with zeroes (wire/event.h). */
    __u8 wraps[DAVY_WRAPS_MAX]; /* DAVY_WRAP_*, the outermost first: what the protocol lay in */
    __u8 may_be_relayed; /* 1: userspace asks the sockets of who connected and wrote; see relayed */
    /* 1: this message came in on a connection that a process of the same user, or, in userspace's
     * words, the writer or the owner, had accepted; or it may have, on one that could not be read.
     */
    __u8 relayed;
    /* Userspace's words. holds: the owner holds the socket, and it is not known who wrote. */
    __u8 holds;
    __u8 holders_count; /* in holders */
    __u64 message;      /* hash of the message up to the byte that convicted */
    /* Who was seen to write that byte, in a syscall of its own; tgid 0: nobody was. */
    struct davy_process_id writer;
    __u32 writer_uid;
    /* Userspace's word: bit N is set where holders[N] was forked from the owner or the writer since
     * the flow was connected. It is ended like them; the other holders are named and left alone. */
    __u32 heirs;
    char writer_comm[DAVY_COMM_MAX];
    /* Who else holds the socket, as userspace found them where the owner has ended, is not known,
     * or has forked. */
    struct davy_process_id holders[DAVY_HOLDERS_MAX];
    __u64 connected_ns; /* when the owner connected, CLOCK_BOOTTIME; 0: it was not seen */
};
DAVY_OFFSET(davy_event_stratum, flow, 40);
DAVY_OFFSET(davy_event_stratum, owner, 88);
DAVY_OFFSET(davy_event_stratum, owner_comm, 112);
DAVY_OFFSET(davy_event_stratum, payload, 144);
DAVY_OFFSET(davy_event_stratum, wraps, 656);
DAVY_OFFSET(davy_event_stratum, message, 664);
DAVY_OFFSET(davy_event_stratum, holders, 712);
DAVY_OFFSET(davy_event_stratum, connected_ns, 776);
DAVY_SIZE(davy_event_stratum, 784);

/* The last Stratum messages that came in on an accepted connection, as hashes like `message`. */
#define DAVY_CAME_IN_MAX 4
struct davy_came_in {
    __u64 message[DAVY_CAME_IN_MAX]; /* 0: none yet */
    __u32 next;                      /* where the next one goes, modulo DAVY_CAME_IN_MAX */
    __u8 unread;                     /* 1: more came in than was read */
    __u8 reserved[3];
};
DAVY_SIZE(davy_came_in, 40);

/* Who connected a flow, with which the state of its socket begins (bpf/stratum/maps.h). */
struct davy_flow_owner {
    struct davy_process_id id; /* tgid 0: not known */
    char comm[DAVY_COMM_MAX];
    __u64 connected_ns; /* CLOCK_BOOTTIME */
    __u32 uid;
    __u8 accepted; /* 1: accepted here: what comes in is a client's, and only noted */
    __u8 relays;   /* 1: who connected had accepted connections */
    __u8 reserved[2];
};
DAVY_OFFSET(davy_flow_owner, accepted, 44);
DAVY_SIZE(davy_flow_owner, 48);
