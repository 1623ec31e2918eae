/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A file is opened: by a net-fed process that writes it, or by a process that is about to run it.
 * tp/syscalls/sys_exit_open, _openat, _openat2, _creat; the descriptor is in the table by then.
 * io_uring's open is not seen (docs/limits.md). */
#include "../vmlinux.h"

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "../chain/opened.h"
#include "../chain/text_travels.h"
#include "../compat.h"
#include "../image/loader_opens.h"

#include <asm-generic/errno-base.h>

/* One program, attached to all of them: the syscall's number says where the path is. */
#if defined(__TARGET_ARCH_arm64)
#define HAS_PATH_FIRST(nr) 0 /* arm64 has neither open nor creat */
#else
#define HAS_PATH_FIRST(nr) ((nr) == 2 || (nr) == 85) /* asm/unistd_64.h: open, creat */
#endif

SEC("tp/syscalls/sys_exit_openat")
int davy_open_out(struct syscall_trace_exit *ctx)
{
    long fd = ctx->ret;
    int nr = ctx->nr;

    barrier_var(fd); /* else clang reads it again by arithmetic on the context's address */
    barrier_var(nr);
    if (fd < 0 || (!davy_fed_lately() && !loaders_until_ns && !davy_awaited_lately()) ||
        !davy_in_scope())
        return 0;
    if (loaders_until_ns)
        davy_loader_opens(fd, !HAS_PATH_FIRST(nr));
    if (!settings.mode[DAVY_DETECTION_CHAIN])
        return 0;
    if (davy_fed_lately())
        davy_opened(fd, !HAS_PATH_FIRST(nr));
    else if (davy_awaited_lately())
        davy_script_opened(fd, !HAS_PATH_FIRST(nr));
    return 0;
}

/* A program has been started, and text from the network may go along with it. Or the kernel refuses
 * to run a file without #!: the shell itself then reads it as a script, in the same process
 * (shell_execve(), bash's execute_cmd.c; POSIX asks for it). */
SEC("tp/syscalls/sys_exit_execve")
int davy_execve_out(struct syscall_trace_exit *ctx)
{
    if (!davy_fed_lately() || !davy_in_scope())
        return 0;
    if (!ctx->ret && direct_map && davy_texts_lately())
        davy_text_travels();
    if (ctx->ret != -ENOEXEC)
        return 0;
    davy_shell_will_read(davy_syscall_path(0));
    return 0;
}
