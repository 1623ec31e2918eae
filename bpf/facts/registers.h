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
