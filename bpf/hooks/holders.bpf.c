/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A program starts in a root that is not the host's, and may be a package manager there.
 * tp_btf/sched_process_exec (fs/exec.c), before davy_exec asks for roles. Fails towards no role. */
#include "../vmlinux.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "../compat.h"
#include "../role_holder.h"

SEC("tp_btf/sched_process_exec")
int BPF_PROG(davy_holders, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
    bool own_root = davy_root_of(task, DAVY_TYPED) != host_root;

    if (!(own_root || holders_used) || !davy_in_scope())
        return 0;
    davy_holds_none(task->tgid);
    if (own_root)
        davy_holds_roles((u64)davy_current());
    return 0;
}
