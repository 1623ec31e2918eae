/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A connection is accepted: what the process writes from here on came from the network (nc -l |
 * sh). tp/syscalls/sys_exit_accept and _accept4: only these two syscalls pay, and 100 ns are little
 * there. */
#include "../vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "../chain/fed_pipe.h"
#include "../chain/fed_process.h"
#include "../compat.h"

__noinline int davy_accepted(u32 fd)
{
    struct task_struct *task = davy_current();
    struct fdtable *table = davy_fdtable_of(task, DAVY_NUMBER);
    u32 tgid = bpf_get_current_pid_tgid() >> 32;
    struct fed_process *fed;
    struct davy_flow flow;
    struct davy_fd at = {};

    /* A server accepts all day: the first time is enough. */
    if (davy_fed_process_of(task))
        return 0;
    davy_fd_at((u64)table, fd, &at);
    if (at.kind != DAVY_FD_INET || (davy_roles_of((u64)task) & DAVY_ROLE_REMOTE_ADMIN))
        return 0;
    davy_flow_of(davy_sock_of(at.file), &flow);
    if (!flow.family)
        return 0;
    davy_process_fed(davy_number_of(&flow), tgid);
    fed = bpf_map_lookup_elem(&fed_processes, &tgid);
    if (!fed)
        return 0;
    davy_fd_at((u64)table, 1, &at);
    if (at.kind == DAVY_FD_PIPE && (at.mode & FMODE_WRITE))
        davy_pipe_fed(at.pipe, davy_number_of(&fed->origin), DAVY_SOURCE_ACCEPTED);
    return 0;
}

/* For accept4 as well: this program is attached to both. */
SEC("tp/syscalls/sys_exit_accept")
int davy_accept_out(struct syscall_trace_exit *ctx)
{
    long fd = ctx->ret;

    barrier_var(fd); /* else clang reads it again by arithmetic on the context's address */
    if (fd >= 0 && settings.window_ns && davy_in_scope())
        davy_accepted(fd);
    return 0;
}
