/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A program is about to be started: tp/syscalls/sys_enter_execve and _execveat, while the old image
 * still runs. Judges a process whose image is gone, if the removal was not seen (io_uring, another
 * scope). Remembers a runtime that may start sealed copies of itself until its exec, and a shell
 * that starts a command of its own. */
#include "../vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "../chain/shell_text.h"
#include "../compat.h"
#include "../enforce.h"
#include "../image/loader.h"
#include "../image/state.h"
#include "../place.h"

#include "davylamp/rules/image.h"

/* The current process, whose image is gone, starts the program at `path_address`. Killing it is the
 * refusal, since nothing else stops an execve. Its parent is killed too if it runs the same file
 * and policy wants all of them. */
__noinline int davy_gone_starts(u64 path_address)
{
    struct task_struct *task = davy_current(), *parent;
    u8 mode = settings.mode[DAVY_DETECTION_IMAGE];
    struct davy_event_image *event;
    struct davy_image_state state = {};
    struct davy_image image = {};
    struct davy_inode_key key;
    struct davy_process_id above = {};
    struct inode *inode;
    u32 verdict, one = 1;
    u16 did = 0;

    davy_program_of(task, davy_exe_of(task), &image);
    verdict = davy_judge_image(&image, DAVY_RULE_IMAGE_STARTING, mode);
    if (verdict == DAVY_ALLOW)
        return 0;
    key = davy_image_key(&image);
    if (!davy_enforced(verdict)) {
        if (bpf_map_lookup_elem(&told_starting, &key))
            return 0;
        bpf_map_update_elem(&told_starting, &key, &one, BPF_ANY);
    }
    /* Before the process ends. Reserve the record only when it can be filled: up to 6.1 the
     * verifier takes a second look at the pointer for a way to lose it. */
    davy_state_of((u64)task, &state);
    if (davy_enforced(verdict)) {
        did = davy_end_current();
        parent = davy_parent_of(task);
        inode = davy_exe_inode(task);
        if (verdict == DAVY_KILL && !(image.flags & DAVY_IMAGE_LOADED) &&
            davy_runs(parent, inode)) {
            davy_process_id_of(parent, &above, DAVY_NUMBER);
            did |= davy_end_peer(&above, (u32)bpf_get_current_uid_gid());
        }
    }
    event = davy_alert_of_current(sizeof(*event));
    if (!event)
        return 0;
    davy_image_finding(event, &image, DAVY_RULE_IMAGE_STARTING, verdict, did);
    event->state = state;
    davy_current_process(&event->process);
    event->victim = above;
    bpf_probe_read_user_str(event->filename, DAVY_PATH_MAX, (void *)path_address);
    davy_alert_submit(event);
    return 0;
}

/* `argv`: 0 where it is no shell's way to start a program. */
static __always_inline int starts(u64 path_address, u64 argv)
{
    struct task_struct *task = davy_current();
    u64 key = bpf_get_current_pid_tgid();
    u32 one = 1;

    if (!davy_in_scope())
        return 0;
    if (settings.mode[DAVY_DETECTION_CHAIN] && direct_map && davy_texts_lately()) {
        if (argv)
            davy_note_own(argv);
        else
            davy_forget_own();
    }
    if (!settings.mode[DAVY_DETECTION_IMAGE])
        return 0;
    if (davy_is_gone(task))
        davy_gone_starts(path_address);
    if (davy_is_starter(task))
        bpf_map_update_elem(&starters, &key, &one, BPF_ANY);
    else
        bpf_map_delete_elem(&starters, &key);
    return 0;
}

SEC("tp/syscalls/sys_enter_execve")
int davy_execve_in(struct syscall_trace_enter *ctx) { return starts(ctx->args[0], ctx->args[1]); }

SEC("tp/syscalls/sys_enter_execveat")
int davy_execveat_in(struct syscall_trace_enter *ctx) { return starts(ctx->args[1], 0); }
