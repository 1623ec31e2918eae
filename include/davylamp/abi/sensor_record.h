/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What userspace writes into recordings: losses, what became of a kill, what was saved before one.
 */
#pragma once

#include <linux/types.h>

#include "davylamp/abi/check.h"
#include "davylamp/abi/numbers.h"
#include "davylamp/abi/process_record.h"
#include "davylamp/abi/record.h"

/* Userspace writes one at the end, and whenever a count has grown. */
struct davy_event_loss {
    struct davy_event_header header;
    __u64 count[DAVY_LOSS_COUNT]; /* since the programs were loaded */
};
DAVY_SIZE(davy_event_loss, 152);

/* What became of a kill that userspace did for a record of the alert ring. */
#define DAVY_OUTCOME_KILLED 1
#define DAVY_OUTCOME_GONE 2   /* had ended already, or the pid is somebody else now */
#define DAVY_OUTCOME_SPARED 3 /* never-kill list, pid 1, Davylamp itself */
#define DAVY_OUTCOME_FAILED 4
#define DAVY_OUTCOME_SOCKET_DESTROYED 5
#define DAVY_OUTCOME_OUT_OF_REACH                                                                  \
    6 /* another user's, whom who caused it could not have signalled */

struct davy_event_outcome {
    struct davy_event_header header;
    struct davy_process_id target; /* a process, or nobody for a socket */
    __u64 cookie;                  /* of the socket, 0 for a process */
    __u16 rule;                    /* DAVY_RULE_* it was done for */
    __u16 outcome;                 /* DAVY_OUTCOME_* */
    __u32 error;                   /* errno where it failed */
};
DAVY_SIZE(davy_event_outcome, 56);

/* What userspace saved of a process before it was ended for a record of the alert ring. It comes
 * before that record. */
#define DAVY_EVIDENCE_IMAGE 0x1 /* the image, or the beginning of it */
#define DAVY_EVIDENCE_WHOLE 0x2 /* all of the image */
#define DAVY_EVIDENCE_ERROR 0x4 /* nothing was saved, or its manifest is missing; see error */

/* The folder that evidence goes into is no longer than this, so that `folder` below is never cut.
 */
#define DAVY_EVIDENCE_FOLDER_MAX 80

struct davy_event_evidence {
    struct davy_event_header header;
    struct davy_process_id target;
    __u8 sha256[32];  /* of the image as saved; zero where it is not */
    __u64 image_size; /* bytes saved of it */
    __u16 rule;       /* DAVY_RULE_* it was done for */
    __u16 flags;      /* DAVY_EVIDENCE_* */
    __u32 missing;    /* items of which nothing could be saved */
    __u32 error;      /* errno, with DAVY_EVIDENCE_ERROR */
    __u32 reserved;
    char folder[DAVY_PATH_MAX]; /* NUL terminated; empty: nothing was saved */
};
DAVY_OFFSET(davy_event_evidence, sha256, 40);
DAVY_OFFSET(davy_event_evidence, rule, 80);
DAVY_OFFSET(davy_event_evidence, folder, 96);
DAVY_SIZE(davy_event_evidence, 224);
