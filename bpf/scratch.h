/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Working memory that is too large for the stack (512 bytes for a whole chain of calls), and the
 * zeroes that new map entries are made from.
 *
 * A scratch is per CPU. It holds from a program's first line to its last only where nothing else
 * that uses it can run on the same CPU meanwhile:
 *
 *   tp_btf, raw_tp: in the process, preemption off. Softirq and interrupts come between; since 7.0
 *     another task as well.
 *   tp/syscalls: in the process, preemption off. Softirq and interrupts come between.
 *   uprobe: in the process. Softirq and interrupts come between; since 6.0 another task as well.
 *   cgroup/connect, cgroup/sendmsg, lsm, fmod_ret: in the process. Softirq and interrupts come
 *     between; since 5.11 another task as well.
 *   iter/task: in who reads it. As cgroup/connect.
 *   cgroup_skb/egress: in the process that sends, or in softirq (a retransmit). As cgroup/connect.
 *   cgroup_skb/ingress: in softirq. Interrupts come between.
 *   tp_btf/sched_waking: in whoever wakes somebody, often an interrupt. Interrupts are off: nothing
 *     comes between.
 *
 * - Tracepoints: __bpf_trace_run() asserts that it cannot sleep, and the tracepoint's caller keeps
 *   preemption off until 7.0, where SRCU guards it. trace_call_bpf() (tp/syscalls) keeps it off
 *   itself, and leaves a program out while another of its kind is under way on that CPU.
 * - "Since 5.11": before it, migrate_disable() forbade preemption on all but real-time kernels
 *   (74d862b682f51). Since then it keeps a program on its CPU and no more, and rcu_read_lock()
 *   forbids nothing where the kernel is built or booted to preempt fully. A kernel that preempts
 *   voluntarily (Debian's own choice) never does so within a program, as none of ours sleeps.
 * - Uprobes: since 8c7dcb84e3b74 (6.0) not by trace_call_bpf() any more.
 * - sched_waking: try_to_wake_up() holds the sleeper's lock, with interrupts off.
 *
 * davy_hold_cpu() (compat.h) forbids preemption by another task, where settings.hold_cpu says that
 * this is possible and necessary: since 6.15. It forbids neither softirq nor interrupt. So:
 *
 * 1. What runs in an interrupt, in softirq on the way in, and in a process has a scratch each. The
 *    way out has none, since it may interrupt itself: a softirq sends while a process does. What a
 *    DNS message is read with is needed on both ways, so there each run claims one of several
 *    (stratum/dns_work.h). The counts of losses alone are shared (emit.h). tests/unit/bpf checks
 *    this in the object, whoever calls whom.
 * 2. Programs of processes may share one if each of them has preemption off or holds the CPU. From
 *    5.11 to 6.14 a kernel that preempts fully can still mix two of them. Where that matters, the
 *    scratch says what may come of it. What must not be mixed lies in a hash by pid_tgid
 *    (place_work, allow_work, walks).
 * 3. None of them nests in itself: no program here makes its own hook fire. */
#pragma once

#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

/* `count` of a type in the map `name`, and `accessor`(which) to reach one; which < count, NULL
 * else. By number, since 5.10's global functions take no pointers. */
#define DAVY_SCRATCHES(name, count, value_type, accessor)                                          \
    struct {                                                                                       \
        __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);                                                   \
        __uint(max_entries, count);                                                                \
        __type(key, u32);                                                                          \
        __type(value, value_type);                                                                 \
    } name SEC(".maps");                                                                           \
    static __always_inline value_type *accessor(u32 which)                                         \
    {                                                                                              \
        return bpf_map_lookup_elem(&name, &which);                                                 \
    }

/* One of a type, and `accessor`(). */
#define DAVY_SCRATCH(name, value_type, accessor)                                                   \
    DAVY_SCRATCHES(name, 1, value_type, accessor##_at)                                             \
    static __always_inline value_type *accessor(void) { return accessor##_at(0); }

/* Zeroes to make a map's new entries from, in the map `name`; nobody writes them. `accessor`():
 * where they are, or NULL. */
#define DAVY_BLANK(name, value_type, accessor)                                                     \
    struct {                                                                                       \
        __uint(type, BPF_MAP_TYPE_ARRAY);                                                          \
        __uint(max_entries, 1);                                                                    \
        __uint(map_flags, BPF_F_RDONLY_PROG);                                                      \
        __type(key, u32);                                                                          \
        __type(value, value_type);                                                                 \
    } name SEC(".maps");                                                                           \
    static __always_inline const value_type *accessor(void)                                        \
    {                                                                                              \
        u32 zero = 0;                                                                              \
                                                                                                   \
        return bpf_map_lookup_elem(&name, &zero);                                                  \
    }
