/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* An image starts. Is it fileless, an interpreter that reads a net-fed stream, a stage of a
 * pipeline? tp_btf/sched_process_exec fires in exec_binprm() (fs/exec.c), after the new image is
 * mapped and before its first instruction; close-on-exec descriptors are already closed. */
#include "../vmlinux.h"

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "../chain/exec_code.h"
#include "../compat.h"
#include "../image/fileless.h"
#include "../image/slots.h"
#include "../place.h"

static __always_inline void executed(struct task_struct *task, int old_pid,
                                     struct linux_binprm *bprm)
{
    struct davy_event_exec *event;
    struct exec_scratch *s;
    struct file *exe;
    u32 zero = 0, verdict = DAVY_ALLOW, found;
    /* Of the thread that called execve, which now has its leader's pid. */
    u64 caller = (bpf_get_current_pid_tgid() & ~0xffffffffull) | (u32)old_pid, name_hash;

    if (!davy_in_scope())
        return;
    s = bpf_map_lookup_elem(&exec_scratch, &zero);
    if (!s)
        return;
    event = &s->event;
    exe = bprm->file;
    __builtin_memset(&event->process, 0, sizeof(event->process));
    davy_process_of(task, &event->process, DAVY_TYPED);
    name_hash = davy_image_of(task, exe, &event->process.image, DAVY_TYPED);
    if (!davy_is_known_interpreter(davy_number_of(exe->f_inode)))
        exec_copied(bprm, &event->process.image);
    davy_forget_gone(&event->process.image);
    davy_image_started(name_hash, exe->f_inode, &event->process.image, &event->process.id,
                       davy_mounts_of(task, DAVY_TYPED), DAVY_SLOT_EVENT);
    bpf_probe_read_kernel_str(event->filename, DAVY_PATH_MAX, bprm->filename);
    read_command_line(task, event);
    event->code_fd = DAVY_CODE_UNREAD;
    s->args.program = DAVY_PROGRAM_NONE;
    s->args.high_fd = 0;
    s->code.kind = DAVY_FD_OTHER;
    if (event->process.image.family || (event->process.image.flags & DAVY_IMAGE_LOADER)) {
        read_arguments(s, event->process.image.family ? event->process.image.family
                                                      : DAVY_FAMILY_LOADER);
        event->code_fd = davy_args_code_fd(&s->args);
    }
    event->stdin_kind = event->stdout_kind = DAVY_FD_OTHER;
    event->stdin_inode = event->stdout_inode = 0;

    if (settings.mode[DAVY_DETECTION_IMAGE]) {
        if (loaders_used)
            bpf_map_delete_elem(&loaded, &event->process.id.tgid);
        verdict = exec_fileless(s, task, caller);
        bpf_map_delete_elem(&starters, &caller);
    }
    if (settings.mode[DAVY_DETECTION_CHAIN]) {
        found = exec_chain(task, s, exe);
        verdict = found > verdict ? found : verdict;
    }
    if (settings.telemetry) {
        exec_report(event, verdict);
        if (davy_is_elsewhere(task, DAVY_TYPED))
            davy_report_place((u64)davy_current(), 0);
    }
}

/* Which exec of a task was judged last, by pid: davy_exec writes it, its spares read it. */
#define JUDGED 1024
static volatile u64 judged[JUDGED];

static __always_inline u64 exec_number(struct task_struct *task)
{
    return task->start_boottime + (task->self_exec_id << 48);
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(davy_exec, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
    davy_hold_cpu();
    if (settings.hold_cpu)
        judged[task->pid & (JUDGED - 1)] = exec_number(task);
    executed(task, old_pid, bprm);
    davy_let_go_of_cpu();
    return 0;
}

/* Where a tracepoint's program may be preempted (7.0), a second exec that reaches the same program
 * on that CPU meanwhile is skipped (bpf_prog_get_recursion_context()). davy_hold_cpu() does not
 * help at the program's edges, and letting go of the CPU lets the scheduler in. The first spare
 * calls davy_exec for an exec that davy_exec missed, the second for one that both missed. For one
 * to pass unseen, three tasks must be preempted at the edges of three programs on one CPU. */
struct {
    __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
    __uint(max_entries, 1);
    __type(key, u32);
    __type(value, u32);
} exec_again SEC(".maps"); /* davy_exec; userspace enters it after loading */

static __always_inline int exec_missed(u64 *ctx)
{
    struct task_struct *task = (struct task_struct *)ctx[0];

    if (judged[task->pid & (JUDGED - 1)] != exec_number(task))
        bpf_tail_call(ctx, &exec_again, 0);
    return 0;
}

SEC("tp_btf/sched_process_exec")
int davy_exec_spare(u64 *ctx) { return exec_missed(ctx); }

SEC("tp_btf/sched_process_exec")
int davy_exec_last(u64 *ctx) { return exec_missed(ctx); }
