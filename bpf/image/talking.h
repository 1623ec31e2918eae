/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A process without its executable connects out. */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "../compat.h"
#include "../emit.h"
#include "../enforce.h"
#include "../place.h"
#include "loader.h"
#include "state.h"

#include "davylamp/rules/image.h"

/* The deleted executable that talks: exact, path-free, and what matters most. */
static __noinline u32 connect_gone(struct davy_flow *flow)
{
    u8 mode = settings.mode[DAVY_DETECTION_IMAGE];
    struct task_struct *task = davy_current();
    struct file *exe = davy_exe_of(task);
    struct davy_event_image *event;
    struct davy_image image = {};
    u16 did = 0;
    u32 verdict;

    if (!exe)
        return DAVY_ALLOW; /* a kernel thread */
    davy_program_of(task, exe, &image);
    verdict = davy_judge_image(&image, DAVY_RULE_IMAGE_TALKING, mode);
    if (verdict == DAVY_ALLOW)
        return verdict;
    if (davy_enforced(verdict))
        did = connect_refused(verdict, true);
    event = davy_alert_of_current(sizeof(*event));
    if (event) {
        davy_image_finding(event, &image, DAVY_RULE_IMAGE_TALKING, verdict, did);
        davy_process_of(task, &event->process, DAVY_NUMBER);
        event->process.image = image;
        event->flow = *flow;
        davy_state_of((u64)task, &event->state);
        davy_alert_submit(event);
    }
    return verdict;
}
