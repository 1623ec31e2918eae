/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A writer wakes the reader of its pipe, by a write or by closing the pipe. At that moment the text
 * that a shell is about to read, or has just read, lies whole in the pipe, at its beginning.
 * tp_btf/sched_waking fires in the waker's context, after pipe_write() has let go of the pipe
 * (fs/pipe.c). It fires for every wake-up of the host, so a load and a branch must do while no
 * candidate lives: `watch_until_ns` is 0 then. */
#include "../vmlinux.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "../chain/text_kept.h"

SEC("tp_btf/sched_waking")
int BPF_PROG(davy_wake, struct task_struct *task)
{
    struct text_writer *writer;
    struct task_struct *current;
    u32 tgid;

    if (!watch_until_ns)
        return 0;
    tgid = bpf_get_current_pid_tgid() >> 32;
    writer = bpf_map_lookup_elem(&text_writers, &tgid);
    if (!writer || writer->taken) {
        if (watch_until_ns < bpf_ktime_get_boot_ns())
            watch_until_ns = 0;
        return 0;
    }
    current = davy_current();
    if (writer->start_ns == davy_start_of(current) && davy_keep_text_waking(davy_number_of(task)))
        writer->taken = 1; /* a text's beginning is enough */
    return 0;
}
