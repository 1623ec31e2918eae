/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who runs code, as a chain knows it. */
#pragma once

#include "../facts/task.h"
#include "maps.h"

/* `task` as a sink, of no pipe yet. */
static __always_inline void davy_sink_of(struct task_struct *task, struct chain_sink *sink)
{
    davy_process_id_of(task, &sink->id, DAVY_NUMBER);
    davy_comm_of(task, sink->comm);
    sink->uid = davy_uid_of(task);
    sink->image = davy_exe_key(task);
}
