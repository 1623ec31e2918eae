/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What every record begins with. The kernel programs write records, the ring buffers carry them and
 * recordings keep them. Fixed-width fields in host byte order, padding written out and zeroed, text
 * bounded and NUL terminated unless a length says otherwise. A reader skips kinds and trailing
 * bytes that it does not know; a record may be shorter than its struct by the unused end of its
 * last field only. Each family of records has its own header; records.h includes them all. */
#pragma once

#include <linux/types.h>

#include "davylamp/abi/check.h"
#include "davylamp/abi/numbers.h"

#define DAVY_ABI_VERSION 1

/* Telemetry ring. */
#define DAVY_EVENT_FORK 1
#define DAVY_EVENT_EXEC 2
#define DAVY_EVENT_EXIT 3
#define DAVY_EVENT_CONNECT 4
#define DAVY_EVENT_PROCESS 5 /* a sweep's answer; same ring format, read through iter/task */
/* Either ring: where a process is. Before each alert, of the process that it is about; and after
 * the exec of a process that sees another world than the host. */
#define DAVY_EVENT_PLACE 6
/* Alert ring. */
#define DAVY_EVENT_CHAIN 16
#define DAVY_EVENT_IMAGE 17
#define DAVY_EVENT_POOL 18
#define DAVY_EVENT_STRATUM 19
/* Written by userspace into recordings. */
#define DAVY_EVENT_LOSS 32
#define DAVY_EVENT_OUTCOME 33
#define DAVY_EVENT_EVIDENCE 34

#define DAVY_COMM_MAX 16
#define DAVY_NAME_MAX 48
#define DAVY_PATH_MAX 128
#define DAVY_ARGS_MAX 512
#define DAVY_PAYLOAD_MAX 512
#define DAVY_STAGES_MAX 6
#define DAVY_HOST_NAME_MAX                                                                         \
    256 /* a host name has 253 characters at most (RFC 1035 2.3.4), and a NUL */

struct davy_event_header {
    __u16 version; /* DAVY_ABI_VERSION of the writer */
    __u16 kind;    /* DAVY_EVENT_* */
    __u32 size;    /* bytes, this header included */
    __u64 time_ns; /* CLOCK_BOOTTIME */
    __u32 tgid;    /* of the process that ran the hook, in the initial pid namespace; 0 unknown */
    __u32 verdict; /* DAVY_ALLOW .. DAVY_KILL */
};
DAVY_OFFSET(davy_event_header, time_ns, 8);
DAVY_OFFSET(davy_event_header, verdict, 20);
DAVY_SIZE(davy_event_header, 24);

/* Every record on the alert ring carries one: what was decided, by which rule, what was done. */
struct davy_decision {
    __u16 detection; /* DAVY_DETECTION_* */
    __u16 rule;      /* DAVY_RULE_* */
    __u8 mode;       /* the mode it was judged under */
    __u8 certainty;  /* DAVY_POSSIBLE, DAVY_CERTAIN */
    __u16 did;       /* DAVY_DID_* */
    __u32 row;       /* policy row that decided (index into its list), or DAVY_NO_ROW */
    __u8 backend;    /* DAVY_BACKEND_* */
    __u8 starts;     /* 1: the current process had not run its new program's first instruction */
    __u8 reserved[2];
};
#define DAVY_NO_ROW 0xffffffffu
DAVY_SIZE(davy_decision, 16);
