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
};
DAVY_OFFSET(davy_event_pool, facts, 240);
DAVY_OFFSET(davy_event_pool, tries, 248);
DAVY_OFFSET(davy_event_pool, name, 272);
DAVY_SIZE(davy_event_pool, 528);

/* rules/stratum.h judges these. */
struct davy_stratum_facts {
    __u8 dialect;   /* DAVY_DIALECT_* */
    __u8 direction; /* DAVY_TO_SERVER, DAVY_TO_CLIENT */
    __u8 midstream; /* 1: the flow's beginning was not seen */
    __u8 exempt;    /* 1: a policy row allows this destination */
    __u32 offset;   /* bytes of the flow read when the verdict fell */
};
DAVY_SIZE(davy_stratum_facts, 8);

struct davy_event_stratum {
    struct davy_event_header header; /* tgid: the owner's; 0 where the socket is older than us */
    struct davy_decision decision;
    struct davy_flow flow;
    struct davy_process_id owner; /* who connected the socket */
    __u32 owner_uid;
    __u32 payload_size; /* bytes in payload */
    char owner_comm[DAVY_COMM_MAX];
    struct davy_stratum_facts facts;
    __u64 payload_offset;           /* where in the flow payload begins */
    __u8 payload[DAVY_PAYLOAD_MAX]; /* the segment that convicted: its beginning, or what is around
                                       the byte that did */
    /* Appended since; a record without it is as good as one with zeroes (wire/event.h). */
    __u8 wraps[DAVY_WRAPS_MAX]; /* DAVY_WRAP_*, the outermost first: what the protocol lay in */
    __u8 reserved[4];
};
DAVY_OFFSET(davy_event_stratum, flow, 40);
DAVY_OFFSET(davy_event_stratum, owner, 88);
DAVY_OFFSET(davy_event_stratum, owner_comm, 112);
DAVY_OFFSET(davy_event_stratum, payload, 144);
DAVY_OFFSET(davy_event_stratum, wraps, 656);
DAVY_SIZE(davy_event_stratum, 664);
