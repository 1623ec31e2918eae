/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tells userspace how the kernel programs know a file of its own, which stat(2) does not: btrfs and
 * overlayfs show other devices there than their superblock has. Userspace runs it with
 * BPF_PROG_TEST_RUN (for raw_tp since 5.10), in its own process; it is never attached. */
#include "../vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "../facts/fd.h"
#include "../facts/self.h"
#include "../facts/tree.h"
#include "../place.h"

volatile __u32 identify_fd = 0;
volatile struct davy_identity identified = {};

SEC("raw_tp/davy_identify")
int davy_identify(void *ctx)
{
    struct task_struct *task = davy_current();
    struct file *file = davy_file_at(davy_fdtable_of(task, DAVY_NUMBER), identify_fd, DAVY_NUMBER);
    struct inode *inode;

    davy_self_is(task);
    davy_host_world();
    if (!file)
        return 0;
    inode = davy_inode_of(file);
    identified.file.inode = davy_inode_number(inode);
    identified.file.device = davy_inode_device(inode);
    identified.generation = davy_inode_generation(inode);
    identified.type = davy_inode_type(inode);
    identified.owner = davy_inode_owner(inode);
    identified.dentry = davy_file_at_path(file).dentry;
    return 1;
}
