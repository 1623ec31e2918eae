/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Signals to processes, and connects that are refused. Who is exempt gets no signal, and nobody who
 * is out of reach (rules/reach.h). */
#pragma once

#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "condemned.h"
#include "emit.h"
#include "facts/self.h"
#include "facts/world.h"
#include "settings.h"

#include <asm-generic/errno.h>

/* Since 6.18 (kernel/bpf/helpers.c, kernel/trace/bpf_trace.c); weak, so that older kernels load. */
extern struct task_struct *bpf_task_from_pid(s32 pid) __ksym __weak;
extern void bpf_task_release(struct task_struct *task) __ksym __weak;
extern int bpf_send_signal_task(struct task_struct *task, int sig, enum pid_type type,
                                u64 value) __ksym __weak;

static __always_inline bool never_killed(struct task_struct *task)
{
    struct davy_image_row *row = davy_policy_row(davy_exe_inode(task));

    return row && (row->roles & DAVY_ROLE_NEVER_KILL);
}

/* Who runs a listed program with the host's privileges, and what such a process forked for a user
 * (sshd's half that has given up root). A user who starts one himself is not spared: he may make it
 * load what he likes. */
__noinline int davy_never_kills(u64 task_address)
{
    struct task_struct *task = (struct task_struct *)task_address, *parent;

    if (!never_killed(task))
        return 0;
    if (davy_is_privileged(task))
        return 1;
    parent = davy_parent_of(task);
    return davy_tgid_of(parent) > 1 && never_killed(parent) && davy_is_privileged(parent);
}

static __always_inline bool davy_spares(struct task_struct *task)
{
    return davy_tgid_of(task) == 1 || davy_is_self(task) || davy_never_kills(davy_number_of(task));
}

extern volatile __u64 evidence_until_ns;

/* Whether userspace waits to save the image of a process that we are about to end. Then we stop it,
 * and userspace ends it. A sensor that is dead or slow saves nothing, and the kernel ends it. So it
 * does where it could not end a stopped process that is continued (hooks/resume.bpf.c). */
static __always_inline bool davy_saves_evidence(void)
{
    return settings.evidence && settings.holds && evidence_until_ns > bpf_ktime_get_boot_ns();
}

/* Not inlined, for a stack of its own: its callers have little left. */
static __noinline u32 davy_signal_current(int signal, u32 did)
{
    struct task_struct *task = davy_current();

    if (davy_spares(task))
        return 0;
    if (signal == SIGSTOP && !davy_condemn(davy_tgid_of(task), davy_start_of(task))) {
        signal = SIGKILL;
        did = DAVY_DID_KILL_CURRENT;
    }
    if (bpf_send_signal(signal)) {
        davy_count_loss(DAVY_LOSS_SIGNAL);
        return DAVY_DID_FAIL;
    }
    return did;
}

/* DAVY_DID_KILL_CURRENT, or 0 where it is spared, or DAVY_DID_FAIL. SIGKILL is pending when the
 * hook returns and taken before the next return to user mode: at exec, before the image's first
 * instruction. */
static __always_inline u16 davy_kill_current(void)
{
    return davy_signal_current(SIGKILL, DAVY_DID_KILL_CURRENT);
}

/* The same, or DAVY_DID_STOP_CURRENT. */
static __always_inline u16 davy_end_current(void)
{
    if (davy_saves_evidence())
        return davy_signal_current(SIGSTOP, DAVY_DID_STOP_CURRENT);
    return davy_kill_current();
}

/* Global, for a stack of its own, and by numbers, which 5.10 takes. */
__noinline int davy_signal_peer(u32 tgid, u64 start_ns, int signal, u32 did, u64 causer)
{
    struct task_struct *task;
    u32 done = 0;

    if (!settings.signal_other || !tgid)
        return 0;
    task = bpf_task_from_pid(tgid);
    if (!task)
        return 0;
    if (davy_start_of(task) == start_ns && davy_reaches(causer, task) && !davy_spares(task)) {
        if (signal == SIGSTOP && !davy_condemn(tgid, start_ns)) {
            signal = SIGKILL;
            did = DAVY_DID_KILL_PEER;
        }
        if (!bpf_send_signal_task(task, signal, PIDTYPE_TGID, 0))
            done = did;
    }
    bpf_task_release(task);
    return done;
}

/* DAVY_DID_KILL_PEER where the kernel can signal another process, it is still the same one, and
 * `causer` reaches it; else 0, and userspace does it by pidfd. */
static __always_inline u16 davy_kill_peer(const struct davy_process_id *id, u64 causer)
{
    return davy_signal_peer(id->tgid, id->start_ns, SIGKILL, DAVY_DID_KILL_PEER, causer);
}

/* The same, or DAVY_DID_STOP_PEER. */
static __always_inline u16 davy_end_peer(const struct davy_process_id *id, u64 causer)
{
    if (davy_saves_evidence())
        return davy_signal_peer(id->tgid, id->start_ns, SIGSTOP, DAVY_DID_STOP_PEER, causer);
    return davy_kill_peer(id, causer);
}

/* Downloaders that were refused, by tgid. Full: one that tries again is refused again. */
struct refused {
    u64 start_ns;
    u64 times;
};
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 1024);
    __type(key, u32);
    __type(value, struct refused);
} refused_before SEC(".maps");

/* A connect is refused to a downloader. wget takes EPERM for a passing trouble, and tries twenty
 * times within minutes. By default nobody tries again where nobody listens, and so it is told where
 * the kernel lets us. Who goes on all the same ends: a host has a few addresses. */
#define REFUSED_BY_EPERM 1
#define REFUSED_MAX 4
__noinline int davy_refuse_for_good(void)
{
    u32 tgid = bpf_get_current_pid_tgid() >> 32, did = 0;
    struct refused first = {.start_ns = davy_start_of(davy_current()), .times = 1};
    struct refused *before = bpf_map_lookup_elem(&refused_before, &tgid);

    if (settings.set_retval) {
        bpf_set_retval(-ECONNREFUSED);
        did = DAVY_DID_NO_ROAD;
    }
    if (!before || before->start_ns != first.start_ns) {
        bpf_map_update_elem(&refused_before, &tgid, &first, BPF_ANY);
        return did;
    }
    if (before->times++ < (settings.set_retval ? REFUSED_MAX : REFUSED_BY_EPERM))
        return did;
    did |= DAVY_DID_AGAIN;
    return settings.signal_in_connect ? did | davy_kill_current() : did;
}

/* `gone`: the process has lost its image, which is worth saving before it ends. */
static __always_inline u16 connect_refused(u32 verdict, const bool gone)
{
    u16 did = DAVY_DID_REFUSE;

    /* The refusal alone stops the syscall; the signal ends the process that made it. */
    if (verdict == DAVY_KILL && settings.signal_in_connect)
        did |= gone ? davy_end_current() : davy_kill_current();
    return did;
}
