/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Processes that are stopped so that userspace can save their image, and then ended. A stop is no
 * sentence: whoever may signal or trace the process can continue it. So who is stopped is condemned
 * first, and a condemned process that would run again is killed (hooks/resume.bpf.c), whether
 * userspace is through with it, is late, or is gone. */
#pragma once

#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "facts/task.h"
#include "settings.h"

/* tgid → start of the process, CLOCK_BOOTTIME, ns. Written before the stop, here and by userspace
 * (Sensor::condemn()); deleted at the process's end. Pinned with the links: the next davylamp ends
 * whom a dead one left stopped. Full: the process is killed at once, and its image is not saved. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 1024);
    __type(key, u32);
    __type(value, u64);
} condemned SEC(".maps");

/* Rows of it, so that a context switch pays one load while there are none. */
extern volatile __u32 condemned_count;

static __always_inline bool davy_condemn(u32 tgid, u64 start_ns)
{
    u64 *there = bpf_map_lookup_elem(&condemned, &tgid);

    if (there) {
        *there = start_ns;
        return true;
    }
    if (bpf_map_update_elem(&condemned, &tgid, &start_ns, BPF_NOEXIST))
        return false;
    __sync_fetch_and_add(&condemned_count, 1);
    return true;
}

/* The process has ended, or goes on. */
static __always_inline void davy_acquit(u32 tgid)
{
    if (condemned_count && !bpf_map_delete_elem(&condemned, &tgid))
        __sync_fetch_and_add(&condemned_count, -1);
}

static __always_inline bool davy_is_condemned(struct task_struct *task)
{
    u32 tgid = davy_tgid_of(task);
    u64 *start = bpf_map_lookup_elem(&condemned, &tgid);

    return start && *start == davy_start_of(task);
}
