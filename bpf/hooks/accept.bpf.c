/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A connection is accepted: what the process writes from here on came from the network (nc -l |
 * sh), and may be what its clients say (stratum/came_in.h). tp/syscalls/sys_exit_accept and
 * _accept4: only these two syscalls pay, and 100 ns are little there. */
#include "../vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "../chain/fed_pipe.h"
#include "../chain/fed_process.h"
#include "../compat.h"
#include "../facts/registers.h"
#include "../facts/sock.h"
#include "../stratum/came_in.h"

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
    davy_process_fed(davy_number_of(&flow), tgid, 0);
    fed = bpf_map_lookup_elem(&fed_processes, &tgid);
    if (!fed)
        return 0;
    davy_task_output(task, &at);
    if (at.kind == DAVY_FD_PIPE)
        davy_pipe_fed(at.pipe, davy_number_of(&fed->origin), DAVY_SOURCE_ACCEPTED);
    return 0;
}

/* Whose listener it was, where what comes in counts for another than who accepts. */
static __noinline int accepted_of(u64 listener, u32 uid)
{
    struct user_there user = {.uid = uid, .network = davy_current_network()};
    struct user_there maker = {};

    maker.uid = davy_sock_uid((struct sock *)listener);
    maker.network = davy_network_of((struct sock *)listener);
    if (maker.uid != user.uid || maker.network != user.network)
        bpf_map_update_elem(&accepted_for, &user, &maker, BPF_ANY);
    return 0;
}

/* The process accepts connections. Noted once, and with each connection whose listener is
 * another's.
 */
__noinline int davy_accepts(u32 fd, u32 listener)
{
    struct task_struct *task = davy_current();
    struct fdtable *table = davy_fdtable_of(task, DAVY_NUMBER);
    u32 tgid = bpf_get_current_pid_tgid() >> 32, uid, effective;
    u64 memory = davy_memory_of(task), *known;
    struct davy_fd at = {};

    davy_fd_at((u64)table, fd, &at);
    if (at.kind != DAVY_FD_INET)
        return 0;
    known = bpf_map_lookup_elem(&accepters, &tgid);
    if (!known || *known != memory)
        bpf_map_update_elem(&accepters, &tgid, &memory, BPF_ANY);
    davy_fd_at((u64)table, listener, &at);
    if (at.kind != DAVY_FD_INET)
        return 0;
    uid = davy_uid_of(task);
    effective = davy_effective_uid_of(task);
    accepted_of((u64)davy_sock_of(at.file), uid);
    if (effective != uid)
        accepted_of((u64)davy_sock_of(at.file), effective);
    return 0;
}

/* For accept4 as well: this program is attached to both. */
SEC("tp/syscalls/sys_exit_accept")
int davy_accept_out(struct syscall_trace_exit *ctx)
{
    long fd = ctx->ret;

    barrier_var(fd); /* else clang reads it again by arithmetic on the context's address */
    if (fd < 0 || !davy_in_scope())
        return 0;
    if (settings.mode[DAVY_DETECTION_STRATUM])
        davy_accepts(fd, davy_syscall_first());
    if (settings.window_ns)
        davy_accepted(fd);
    return 0;
}
