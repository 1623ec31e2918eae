/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A name is removed: unlink, unlinkat, or a rename over it. The portable backend notices it
 * afterwards, at sys_exit, and ends the process that runs the image. Each program here costs every
 * syscall of the host some 30 ns, so they are attached only where nothing better sees the removal.
 */
#include "../vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "../compat.h"
#include "../image/removed.h"

#define AT_REMOVEDIR 0x200 /* linux/fcntl.h */

SEC("tp/syscalls/sys_enter_unlink")
int davy_unlink_in(struct syscall_trace_enter *ctx) { return removal_begins(ctx->args[0], 0); }

SEC("tp/syscalls/sys_enter_unlinkat")
int davy_unlinkat_in(struct syscall_trace_enter *ctx)
{
    return ctx->args[2] & AT_REMOVEDIR ? 0 : removal_begins(ctx->args[1], 0);
}

SEC("tp/syscalls/sys_enter_rename")
int davy_rename_in(struct syscall_trace_enter *ctx)
{
    return removal_begins(ctx->args[0], ctx->args[1]);
}

/* renameat2 as well. An exchange removes nothing; the link counts show that. */
SEC("tp/syscalls/sys_enter_renameat")
int davy_renamea_in(struct syscall_trace_enter *ctx)
{
    return removal_begins(ctx->args[1], ctx->args[3]);
}

/* The exits differ in nothing but in what replaces them, so two serve all five: one more would be
 * verified once more at each start. */
SEC("tp/syscalls/sys_exit_unlink")
int davy_unlink_out(struct syscall_trace_exit *ctx) { return removal_ends(ctx->ret); }

SEC("tp/syscalls/sys_exit_rename")
int davy_rename_out(struct syscall_trace_exit *ctx) { return removal_ends(ctx->ret); }
