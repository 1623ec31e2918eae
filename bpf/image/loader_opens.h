/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* ld.so opens the program that it will run. */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "../facts/user_text.h"
#include "nameless.h"

/* ld.so has opened the program that it will run, the first file of that name. One without a link is
 * the finding that it would be at exec; SIGKILL is taken before ld.so maps it. */
__noinline int davy_loader_opens(u32 fd, u32 path_second)
{
    struct task_struct *task = davy_current();
    u32 tgid = bpf_get_current_pid_tgid() >> 32;
    struct loaded *l = bpf_map_lookup_elem(&loaded, &tgid);
    struct file *file;

    if (loaders_until_ns < bpf_ktime_get_boot_ns())
        loaders_until_ns = 0;
    if (!l || !l->awaited || l->awaited != davy_user_basename(davy_syscall_path(path_second)))
        return 0;
    if (l->start_ns != davy_start_of(task))
        return 0;
    file = davy_file_at(davy_fdtable_of(task, DAVY_NUMBER), fd, DAVY_NUMBER);
    if (file)
        davy_loader_runs((u64)file, 0);
    return 0;
}
