/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the syscall under way was given: the registers of user mode keep it until the return. */
#pragma once

#include "../compat.h"

#include <bpf/bpf_tracing.h>

#define RENAME_EXCHANGE 2 /* linux/fs.h */
#if defined(__TARGET_ARCH_arm64)
#define NR_RENAMEAT2 276 /* asm-generic/unistd.h */
#else
#define NR_RENAMEAT2 316 /* asm/unistd_64.h */
#endif

/* The address of the path that the syscall was given, as its first or second argument. */
static __always_inline u64 davy_syscall_path(u32 second)
{
    struct pt_regs *regs = davy_syscall_registers();

    return second ? PT_REGS_PARM2_CORE(regs) : PT_REGS_PARM1_CORE(regs);
}

/* The first argument of the syscall. */
static __always_inline u64 davy_syscall_first(void)
{
    return PT_REGS_PARM1_CORE(davy_syscall_registers());
}

/* The flags of renameat2 reach security_inode_rename() and none of its LSMs: for an exchange they
 * are asked twice, once in each direction. So the caller's registers are read. io_uring and a
 * 32-bit call have none of use, and count as a rename over. */
static __always_inline bool davy_is_exchange(void)
{
    struct pt_regs *regs = davy_syscall_registers();
#if defined(__TARGET_ARCH_arm64)
    struct user_pt_regs *user = (struct user_pt_regs *)regs;

    return BPF_CORE_READ(regs, syscallno) == NR_RENAMEAT2 &&
           (BPF_CORE_READ(user, regs[4]) & RENAME_EXCHANGE);
#else
    return BPF_CORE_READ(regs, orig_ax) == NR_RENAMEAT2 &&
           (BPF_CORE_READ(regs, r8) & RENAME_EXCHANGE);
#endif
}

/* A syscall that a process is in: its number and arguments. */
struct davy_call {
    u64 number, first, second, third;
};

#if defined(__TARGET_ARCH_arm64)
#define DAVY_STACK_ENDS 1
#else
#define DAVY_STACK_ENDS 2
#endif

/* The same for programs that the helper is not for: those of packets. The registers lie at the end
 * of the task's stack; with FRED (6.9, x86) there are 16 bytes behind them. Returns false where the
 * process did not come from 64-bit user mode, or nothing tells. */
static __always_inline bool davy_call_of(struct task_struct *task, struct davy_call *call)
{
    u64 end = (u64)BPF_CORE_READ(task, stack) + DAVY_STACK_SIZE;

    for (u32 i = 0; i < DAVY_STACK_ENDS; i++) {
        struct pt_regs *regs =
            (struct pt_regs *)(end - i * 16 - bpf_core_type_size(struct pt_regs));
#if defined(__TARGET_ARCH_arm64)
        struct user_pt_regs *user = (struct user_pt_regs *)regs;

        if (BPF_CORE_READ(regs, pstate) & 0x1f) /* PSR_MODE_EL0t, of 64 bits */
            return false;
        call->number = (u32)BPF_CORE_READ(regs, syscallno);
        call->first = BPF_CORE_READ(regs, orig_x0);
        call->second = BPF_CORE_READ(user, regs[1]);
        call->third = BPF_CORE_READ(user, regs[2]);
        return true;
#else
        /* __USER_CS, __USER_DS (asm/segment.h) */
        if ((u16)BPF_CORE_READ(regs, cs) != 0x33 || (u16)BPF_CORE_READ(regs, ss) != 0x2b)
            continue;
        call->number = BPF_CORE_READ(regs, orig_ax);
        call->first = BPF_CORE_READ(regs, di);
        call->second = BPF_CORE_READ(regs, si);
        call->third = BPF_CORE_READ(regs, dx);
        return true;
#endif
    }
    return false;
}
