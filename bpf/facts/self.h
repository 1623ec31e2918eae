/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The sensor's own process: never judged, as long as it lives. A pid alone would exempt whoever
 * gets it next, and the programs outlive the sensor. */
#pragma once

#include "task.h"

/* Pid in the initial namespace, and CLOCK_BOOTTIME, ns; 0: there is none. */
extern volatile __u32 self_tgid;
extern volatile __u64 self_start_ns;

/* Written once, by a program that the sensor itself runs. */
static __always_inline void davy_self_is(struct task_struct *task)
{
    self_start_ns = davy_start_of(task);
    self_tgid = davy_tgid_of(task);
}

static __always_inline bool davy_is_self(struct task_struct *task)
{
    return self_tgid && davy_tgid_of(task) == self_tgid && davy_start_of(task) == self_start_ns;
}
