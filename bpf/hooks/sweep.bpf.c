/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads every process of the scope on demand: who already runs a gone image when we come, and whom
 * else a removal hit besides the one that the kernel named. Enters the images by name, so that the
 * removal of one that started before us is seen. iter/task, kernel/bpf/task_iter.c, since 5.8. */
#include "../vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "../compat.h"
#include "../facts/threads.h"
#include "../image/slots.h"
#include "../image/state.h"
#include "../place.h"
#include "../role_holder.h"

#define PLACES_MAX_BYTES (1024 * 1024) /* half of the ring */

extern volatile __u32 sweep_gone_only;

/* The current record. A sensor has one reader, so no other sweep runs meanwhile. */
DAVY_SCRATCH(sweep_event, struct davy_event_process, davy_sweep_event)

/* Who is init: whoever installed the host put there what init starts without a name. Found as a
 * process's parent, since not every kernel shows pid 1 to an iterator (a hardened 6.18 does not).
 */
static __always_inline void sweep_init(struct task_struct *parent)
{
    struct davy_inode_key key;

    if (init_cgroup || davy_tgid_of(parent) != 1)
        return;
    key = davy_exe_key(parent);
    init_inode = key.inode;
    init_device = key.device;
    init_cgroup = davy_cgroup_id_of(parent);
}

/* The last process of this sweep whose first thread has ended; its threads come in a row. */
static u64 sweep_session, sweep_leaderless;

SEC("iter/task")
int davy_sweep(struct bpf_iter__task *ctx)
{
    struct davy_event_process *event;
    struct task_struct *task = ctx->task;
    struct seq_file *seq = ctx->meta->seq;
    struct task_struct *leader;
    struct file *exe;
    u64 name_hash;

    if (!task)
        return 0;
    if (sweep_session != ctx->meta->session_id) {
        sweep_session = ctx->meta->session_id;
        sweep_leaderless = 0;
    }
    /* The task itself, as a number for global functions. */
    leader = davy_leader_of(task);
    if (davy_is_first_thread(task)) {
        task = leader;
    } else if (davy_has_memory(leader) || sweep_leaderless == (u64)leader) {
        return 0;
    } else {
        /* Its first thread has ended, but the process has its image: another stands for all. */
        sweep_leaderless = (u64)leader;
        task = davy_thread_number(task);
    }
    davy_host_world();
    sweep_init(davy_parent_of(task));
    exe = davy_exe_of(task);
    if (!exe)
        return 0;
    if (!davy_task_in_scope(task) || (sweep_gone_only && !davy_is_gone(task)))
        return 0;
    event = davy_sweep_event();
    if (!event)
        return 0;
    __builtin_memset(event, 0, sizeof(*event));
    davy_process_of(task, &event->process, DAVY_NUMBER);
    if (!sweep_gone_only)
        davy_holds_roles((u64)task);
    name_hash = davy_program_of(task, exe, &event->process.image);
    /* A loader's program was entered when it was opened. */
    if (event->process.image.nlink && !(event->process.image.flags & DAVY_IMAGE_LOADED))
        davy_image_started(name_hash, davy_inode_of(exe), &event->process.image, &event->process.id,
                           davy_mounts_of(task, DAVY_NUMBER), DAVY_SLOT_SWEEP);
    if (!event->process.image.nlink)
        davy_state_of((u64)task, &event->state);
    davy_header(&event->header, DAVY_EVENT_PROCESS, sizeof(*event), DAVY_ALLOW);
    event->header.tgid = event->process.id.tgid;
    bpf_seq_write(seq, event, sizeof(*event));
    /* Besides the answer, which userspace takes first. The places of a host full of containers must
     * not fill the ring, which other events need. */
    if (settings.telemetry && davy_is_elsewhere(task, DAVY_NUMBER) &&
        bpf_ringbuf_query(&telemetry, BPF_RB_AVAIL_DATA) < PLACES_MAX_BYTES)
        davy_report_place((u64)task, 0);
    return 0;
}
