/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A condemned process (condemned.h) that would run again is killed before it returns to user mode,
 * whoever continues it: by SIGCONT, by ptrace, or the kernel itself, to an orphaned process group.
 *
 * A trampoline serves where the kernel allows one: get_signal(), kernel/signal.c, is where a
 * process stops, whatever for, and what it leaves for user mode by. It is entered anew for the
 * SIGKILL.
 *
 * Else, with bpf_send_signal_task() (6.18), three tracepoints:
 * __schedule(), kernel/sched/core.c: what runs has been switched to. It is marked as it stops
 * (davy_is_stopped()), so that one which was switched out before is left alone. Interrupts are off,
 * and the helper then signals by irq_work, on this CPU: after the switch, and before user mode.
 * sysvec_irq_work(), arch/x86/kernel/irq_work.c: the helper asks for the memory of the task that
 * runs, and refuses where that is idle, or ends, as who lets a process group be orphaned does. Then
 * an irq_work is raised by other means. It interrupts the process that has been switched to, with
 * its own memory.
 * __send_signal_locked(), kernel/signal.c: a SIGCONT that comes before the process has stopped
 * takes the stop away. The irq_work runs as the sender enables interrupts again, while the process
 * is still on its way out of the kernel.
 *
 * Where neither is to be had, nobody is stopped for evidence (davy_saves_evidence()). */
#include "../vmlinux.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "../condemned.h"
#include "../enforce.h"

/* Nothing is ever in it. To drain it with BPF_RB_FORCE_WAKEUP raises an irq_work on this CPU. */
struct {
    __uint(type, BPF_MAP_TYPE_USER_RINGBUF);
    __uint(max_entries, 64 * 1024); /* a page of any size */
} doorbell SEC(".maps");

static long drains_nothing(struct bpf_dynptr *data, void *context) { return 1; }

/* Returns whether a signal was due and was refused. */
static __always_inline bool is_refused(struct task_struct *task)
{
    return davy_is_condemned(task) && !davy_spares(task) &&
           bpf_send_signal_task(task, SIGKILL, PIDTYPE_TGID, 0);
}

SEC("tp_btf/sched_switch")
int BPF_PROG(davy_resume, bool preempt, struct task_struct *before, struct task_struct *next)
{
    if (condemned_count && settings.signal_other && davy_is_stopped(next) && is_refused(next) &&
        bpf_user_ringbuf_drain(&doorbell, drains_nothing, NULL, BPF_RB_FORCE_WAKEUP) < 0)
        davy_count_loss(DAVY_LOSS_SIGNAL);
    return 0;
}

SEC("tp_btf/irq_work_entry")
int BPF_PROG(davy_resumed, int vector)
{
    if (condemned_count && davy_is_stopped(davy_current()) && davy_is_condemned(davy_current()))
        davy_signal_current(SIGKILL, 0);
    return 0;
}

SEC("tp_btf/signal_generate")
int BPF_PROG(davy_continue, int signal, void *info, struct task_struct *task)
{
    if (signal == SIGCONT && condemned_count && settings.signal_other && is_refused(task))
        davy_count_loss(DAVY_LOSS_SIGNAL);
    return 0;
}

/* Loaded only where it is asked for ("?"): some hosts refuse every trampoline. */
SEC("?fexit/get_signal")
int BPF_PROG(davy_stop_ends)
{
    if (condemned_count && davy_is_condemned(davy_current()))
        davy_signal_current(SIGKILL, 0);
    return 0;
}
