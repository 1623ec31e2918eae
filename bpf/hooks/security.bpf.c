/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Refuses what the portable backend can only end afterwards: an exec without a file or of a denied
 * one, and the removal of a running image. Each hook twice: as an LSM program, and as fmod_ret on
 * the security_* function that calls the LSMs, for hosts whose list of LSMs lacks bpf (there LSM
 * programs attach and never run). user/sensor/backend.h chooses; at most one of the two is
 * attached. Both see what no syscall tracepoint sees: io_uring, 32-bit calls, a script in a memfd.
 */
#include "../vmlinux.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "../facts/registers.h"
#include "../image/refuse_exec.h"
#include "../image/refuse_removal.h"

/* Another program's refusal stands. */
SEC("lsm/bprm_check_security")
int BPF_PROG(davy_lsm_exec, struct linux_binprm *bprm, int ret)
{
    return ret ? ret : exec_begins(bprm, DAVY_BACKEND_LSM);
}

SEC("lsm/inode_unlink")
int BPF_PROG(davy_lsm_unlink, struct inode *dir, struct dentry *dentry, int ret)
{
    return ret ? ret : unlink_begins(dentry, DAVY_BACKEND_LSM);
}

SEC("lsm/inode_rename")
int BPF_PROG(davy_lsm_rename, struct inode *old_dir, struct dentry *old, struct inode *new_dir,
             struct dentry *new, int ret)
{
    bool exchange;

    if (ret)
        return ret;
    exchange =
        settings.mode[DAVY_DETECTION_IMAGE] && (may_run(old) || may_run(new)) && davy_is_exchange();
    return rename_begins(old, new, exchange, DAVY_BACKEND_LSM);
}

SEC("fmod_ret/security_bprm_check")
int BPF_PROG(davy_mod_exec, struct linux_binprm *bprm, int ret)
{
    return ret ? ret : exec_begins(bprm, DAVY_BACKEND_FMOD_RET);
}

SEC("fmod_ret/security_inode_unlink")
int BPF_PROG(davy_mod_unlink, struct inode *dir, struct dentry *dentry, int ret)
{
    return ret ? ret : unlink_begins(dentry, DAVY_BACKEND_FMOD_RET);
}

SEC("fmod_ret/security_inode_rename")
int BPF_PROG(davy_mod_rename, struct inode *old_dir, struct dentry *old, struct inode *new_dir,
             struct dentry *new, unsigned int flags, int ret)
{
    return ret ? ret : rename_begins(old, new, flags & RENAME_EXCHANGE, DAVY_BACKEND_FMOD_RET);
}
