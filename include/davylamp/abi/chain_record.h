/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Code from the network that an interpreter runs. */
#pragma once

#include <linux/types.h>

#include "davylamp/abi/allow_rows.h"
#include "davylamp/abi/check.h"
#include "davylamp/abi/flow_record.h"
#include "davylamp/abi/kernel_policy.h"
#include "davylamp/abi/numbers.h"
#include "davylamp/abi/process_record.h"
#include "davylamp/abi/record.h"

/* rules/chain.h judges these. */
#define DAVY_SOURCE_NONE 0
#define DAVY_SOURCE_CONNECT 1   /* the writer connects out at this moment */
#define DAVY_SOURCE_FED 2       /* the writer connected out before */
#define DAVY_SOURCE_SOCKET 3    /* a network socket itself is read */
#define DAVY_SOURCE_FILE 4      /* a file that a net-fed process wrote */
#define DAVY_SOURCE_TEXT 5      /* text that came out of a net-fed pipe */
#define DAVY_SOURCE_ONE_LINER 6 /* what a one-liner fetched itself */
#define DAVY_SOURCE_ACCEPTED 7  /* the writer accepted a connection */

struct davy_chain_facts {
    __u8 source;     /* DAVY_SOURCE_* */
    __u8 reads_code; /* 1: an interpreter at the other end takes the stream as its program */
    __u8 hops;       /* pipes between source and interpreter */
    __u8 exempt;     /* 1: a policy row allows this destination */
    __u32 row;       /* that row, or DAVY_NO_ROW */
};
DAVY_SIZE(davy_chain_facts, 8);

/* Who wrote a file that came from the network; rules/provenance.h judges these. */
#define DAVY_WRITER_NONE 0
#define DAVY_WRITER_PROGRAM 1 /* a program that is no interpreter: curl, tar, a dropper in Go */
#define DAVY_WRITER_SHELL 2   /* a shell, by /dev/tcp */
#define DAVY_WRITER_ONE_LINER                                                                      \
    3                        /* an interpreter whose program stands in its arguments or came in    \
                                through standard input */
#define DAVY_WRITER_SCRIPT 4 /* an interpreter that runs a program from a file: pip, npm … */

struct davy_file_facts {
    __u8 writer; /* DAVY_WRITER_* */
    __u8 own;    /* 1: who runs it is a descendant of who wrote it */
    __u8 image;  /* 1: it runs as an image of its own; 0: an interpreter reads it */
    /* 1: who wrote it had read the download of a user who may not end him, and perhaps wrote
     * something else; of a pipe: who fed it may not have read such a user's. causer_uid is that
     * user, also to who runs it. */
    __u8 another;
    __u8 reserved[4];
};
DAVY_SIZE(davy_file_facts, 8);

struct davy_event_chain {
    struct davy_event_header header;
    struct davy_decision decision;
    struct davy_process process;   /* whose step completed the chain */
    struct davy_flow flow;         /* the source's remote end */
    struct davy_process_id source; /* who is net-fed; tgid 0 where it is a socket */
    struct davy_process_id sink;   /* the interpreter */
    char source_comm[DAVY_COMM_MAX];
    char sink_comm[DAVY_COMM_MAX];
    struct davy_chain_facts facts;
    __u64 pipe_inode;   /* the pipe that the interpreter reads */
    __u32 stages_count; /* entries used in stages */
    __u32 causer_uid;   /* who caused it, to all but the interpreter (rules/reach.h) */
    struct davy_process_id stages[DAVY_STAGES_MAX]; /* processes between them, sink's side first */
    /* Appended since; a record without them is as good as one with zeroes (wire/event.h). */
    struct davy_inode_key file; /* CHAIN-003: the file; else zero */
    __u64 fed_ns;               /* CHAIN-003: when it was written; CLOCK_BOOTTIME */
    struct davy_file_facts file_facts;
    /* CHAIN-003: its name as given; CHAIN-004, -005: how the code begins. NUL terminated, perhaps
     * cut. */
    char what[DAVY_PATH_MAX];
    struct davy_allow_facts allow; /* what the allow rules were judged on */
};
DAVY_OFFSET(davy_event_chain, process, 40);
DAVY_OFFSET(davy_event_chain, flow, 192);
DAVY_OFFSET(davy_event_chain, source, 240);
DAVY_OFFSET(davy_event_chain, facts, 304);
DAVY_OFFSET(davy_event_chain, stages, 328);
DAVY_OFFSET(davy_event_chain, file, 424);
DAVY_OFFSET(davy_event_chain, what, 456);
DAVY_OFFSET(davy_event_chain, allow, 584);
DAVY_SIZE(davy_event_chain, 1120);
