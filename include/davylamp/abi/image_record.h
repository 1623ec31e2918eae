/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A process without its executable, or with one that policy denies. */
#pragma once

#include <linux/types.h>

#include "davylamp/abi/check.h"
#include "davylamp/abi/flow_record.h"
#include "davylamp/abi/process_record.h"
#include "davylamp/abi/record.h"

struct davy_event_image {
    struct davy_event_header header;
    struct davy_decision
        decision;                /* the rule says which cause: fileless, removed, talking, found */
    struct davy_process process; /* EXE-002: who removed it; else: who runs it */
    struct davy_image image;     /* the image that is gone; EXE-006: that is denied */
    struct davy_flow flow;       /* EXE-003: where to; else family 0 */
    struct davy_process_id victim; /* EXE-002: one process that runs it, where known */
    /* EXE-001, -006: as given to execve; EXE-002: the path removed, which LSM and fmod_ret know by
     * its last component alone (userspace adds the folder); EXE-005: the program to start */
    char filename[DAVY_PATH_MAX];
    /* Appended since; a record without them is as good as one with zeroes (wire/event.h). */
    struct davy_image_state state; /* of who runs the image */
};
DAVY_OFFSET(davy_event_image, image, 192);
DAVY_OFFSET(davy_event_image, flow, 272);
DAVY_OFFSET(davy_event_image, victim, 320);
DAVY_OFFSET(davy_event_image, filename, 336);
DAVY_OFFSET(davy_event_image, state, 464);
DAVY_SIZE(davy_event_image, 480);
