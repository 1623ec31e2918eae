// SPDX-License-Identifier: Apache-2.0
#include "sensor/programs.h"

#include "davylamp/abi/kernel_policy.h"

namespace davylamp {

const std::vector<ProgramRow>& program_rows()
{
    static const std::vector<ProgramRow> rows{
        {"davy_holders", "tp_btf/sched_process_exec", DAVY_DETECTION_NONE, AttachKind::tracepoint},
        {"davy_exec", "tp_btf/sched_process_exec", DAVY_DETECTION_NONE, AttachKind::tracepoint},
        {"davy_exec_spare", "tp_btf/sched_process_exec", DAVY_DETECTION_NONE, AttachKind::spare},
        {"davy_exec_last", "tp_btf/sched_process_exec", DAVY_DETECTION_NONE, AttachKind::spare},
        {"davy_fork", "tp_btf/sched_process_fork", DAVY_DETECTION_NONE, AttachKind::tracepoint},
        {"davy_exit", "tp_btf/sched_process_exit", DAVY_DETECTION_NONE, AttachKind::tracepoint},
        {"davy_connect4", "cgroup/connect4", DAVY_DETECTION_NONE, AttachKind::cgroup},
        {"davy_connect6", "cgroup/connect6", DAVY_DETECTION_NONE, AttachKind::cgroup},
        {"davy_send4", "cgroup/sendmsg4", DAVY_DETECTION_CHAIN, AttachKind::cgroup},
        {"davy_send6", "cgroup/sendmsg6", DAVY_DETECTION_CHAIN, AttachKind::cgroup},
        {"davy_egress", "cgroup_skb/egress", DAVY_DETECTION_STRATUM, AttachKind::cgroup},
        {"davy_ingress", "cgroup_skb/ingress", DAVY_DETECTION_STRATUM, AttachKind::cgroup},
        {"davy_open_out", "tp/syscalls/sys_exit_openat", DAVY_DETECTION_NONE, AttachKind::syscall},
        {"davy_open_out", "tp/syscalls/sys_exit_openat2", DAVY_DETECTION_NONE, AttachKind::syscall},
        {"davy_open_out", "tp/syscalls/sys_exit_open", DAVY_DETECTION_NONE, AttachKind::legacy},
        {"davy_open_out", "tp/syscalls/sys_exit_creat", DAVY_DETECTION_NONE, AttachKind::legacy},
        {"davy_execve_in", "tp/syscalls/sys_enter_execve", DAVY_DETECTION_NONE,
         AttachKind::syscall},
        {"davy_execveat_in", "tp/syscalls/sys_enter_execveat", DAVY_DETECTION_NONE,
         AttachKind::syscall},
        {"davy_execve_out", "tp/syscalls/sys_exit_execve", DAVY_DETECTION_CHAIN,
         AttachKind::syscall},
        {"davy_accept_out", "tp/syscalls/sys_exit_accept", DAVY_DETECTION_NONE,
         AttachKind::syscall},
        {"davy_accept_out", "tp/syscalls/sys_exit_accept4", DAVY_DETECTION_NONE,
         AttachKind::syscall},
        {"davy_wake", "tp_btf/sched_waking", DAVY_DETECTION_CHAIN, AttachKind::tracepoint},
        {"davy_resume", "tp_btf/sched_switch", DAVY_DETECTION_IMAGE, AttachKind::hold},
        {"davy_resumed", "tp_btf/irq_work_entry", DAVY_DETECTION_IMAGE, AttachKind::hold},
        {"davy_continue", "tp_btf/signal_generate", DAVY_DETECTION_IMAGE, AttachKind::hold},
        {"davy_stop_ends", "fexit/get_signal", DAVY_DETECTION_IMAGE, AttachKind::hold_exit},
        {"davy_evaluate", "uprobe/bash:parse_and_execute", DAVY_DETECTION_CHAIN,
         AttachKind::shells},
        {"davy_identify", "on demand", DAVY_DETECTION_NONE, AttachKind::identify},
        {"davy_calibrate", "on demand", DAVY_DETECTION_CHAIN, AttachKind::on_demand},
        {"davy_names", "cgroup_skb/ingress", DAVY_DETECTION_CHAIN, AttachKind::cgroup},
        {"davy_names_out", "cgroup_skb/egress", DAVY_DETECTION_CHAIN, AttachKind::cgroup},
        {"davy_names_to4", "cgroup/sendmsg4", DAVY_DETECTION_NONE, AttachKind::cgroup},
        {"davy_names_to6", "cgroup/sendmsg6", DAVY_DETECTION_NONE, AttachKind::cgroup},
        {"davy_unlink_in", "tp/syscalls/sys_enter_unlink", DAVY_DETECTION_IMAGE,
         AttachKind::legacy},
        {"davy_unlink_out", "tp/syscalls/sys_exit_unlink", DAVY_DETECTION_IMAGE,
         AttachKind::legacy},
        {"davy_unlinkat_in", "tp/syscalls/sys_enter_unlinkat", DAVY_DETECTION_IMAGE,
         AttachKind::syscall},
        {"davy_unlink_out", "tp/syscalls/sys_exit_unlinkat", DAVY_DETECTION_IMAGE,
         AttachKind::syscall},
        {"davy_rename_in", "tp/syscalls/sys_enter_rename", DAVY_DETECTION_IMAGE,
         AttachKind::legacy},
        {"davy_rename_out", "tp/syscalls/sys_exit_rename", DAVY_DETECTION_IMAGE,
         AttachKind::legacy},
        {"davy_renamea_in", "tp/syscalls/sys_enter_renameat", DAVY_DETECTION_IMAGE,
         AttachKind::syscall},
        {"davy_rename_out", "tp/syscalls/sys_exit_renameat", DAVY_DETECTION_IMAGE,
         AttachKind::syscall},
        {"davy_renamea_in", "tp/syscalls/sys_enter_renameat2", DAVY_DETECTION_IMAGE,
         AttachKind::syscall},
        {"davy_rename_out", "tp/syscalls/sys_exit_renameat2", DAVY_DETECTION_IMAGE,
         AttachKind::syscall},
        {"davy_sweep", "iter/task", DAVY_DETECTION_IMAGE, AttachKind::iterator},
    };
    return rows;
}

} // namespace davylamp
