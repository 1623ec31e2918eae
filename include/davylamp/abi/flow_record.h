/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A connection's two ends, as records carry them, and an outbound connection as it begins. */
#pragma once

#include <linux/types.h>

#include "davylamp/abi/check.h"
#include "davylamp/abi/process_record.h"
#include "davylamp/abi/record.h"

struct davy_flow {
    __u8 local[16]; /* IPv6, or IPv4 mapped (::ffff:a.b.c.d); zero where not known yet */
    __u8 remote[16];
    __u16 local_port; /* host byte order */
    __u16 remote_port;
    __u8 family;   /* 4 or 6 as the packets travel; 0: no flow in this record */
    __u8 protocol; /* IPPROTO_TCP, IPPROTO_UDP */
    __u16 reserved;
    __u64 cookie; /* bpf_get_socket_cookie() */
};
DAVY_OFFSET(davy_flow, cookie, 40);
DAVY_SIZE(davy_flow, 48);

struct davy_event_connect {
    struct davy_event_header header;
    struct davy_process process;
    struct davy_flow flow;
};
DAVY_SIZE(davy_event_connect, 224);
