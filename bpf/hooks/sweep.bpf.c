/* Every process of the scope, read on demand: who already runs a gone image when we come, and whom
 * a removal hit besides the one the kernel named. Images met are entered by name, so that the
 * removal of one that started before us is seen. iter/task, kernel/bpf/task_iter.c, since 5.8. */
#include "../vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "../compat.h"
#include "../images.h"

extern volatile __u32 sweep_gone_only;

SEC("iter/task")
int davy_sweep(struct bpf_iter__task *ctx)
{
    struct davy_event_process event = {};
    struct task_struct *task = ctx->task;
    struct seq_file *seq = ctx->meta->seq;
    struct file *exe;
    u64 name_hash;

    if (!task || BPF_CORE_READ(task, pid) != BPF_CORE_READ(task, tgid))
        return 0;
    exe = davy_exe_of(task);
    if (!exe || !davy_task_in_scope(task))
        return 0;
    if (sweep_gone_only && BPF_CORE_READ(exe, f_inode, i_nlink))
        return 0;
    davy_process_of(task, &event.process, DAVY_NUMBER);
    name_hash = davy_image_of(task, exe, &event.process.image, DAVY_NUMBER);
    if (event.process.image.nlink)
        davy_image_started(name_hash, BPF_CORE_READ(exe, f_inode), &event.process.image,
                           &event.process.id);
    davy_header(&event.header, DAVY_EVENT_PROCESS, sizeof(event), DAVY_ALLOW);
    event.header.tgid = event.process.id.tgid;
    bpf_seq_write(seq, &event, sizeof(event));
    return 0;
}
