/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A program starts that has no file, or a denied one. */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "../exec_work.h"
#include "../facts/user_text.h"
#include "nameless.h"

#include "davylamp/rules/image.h"

/* The thread that called execve ran an image that may start sealed copies, and this is one, opened
 * by the thread's own descriptor. */
static __always_inline bool exec_sealed_copy(u64 caller, const struct davy_event_exec *event)
{
    const struct davy_image *image = &event->process.image;
    struct davy_inode_key key = davy_image_key(image);
    u64 begin;
    u32 one = 1;

    if (!(image->flags & DAVY_IMAGE_SEALED) || !bpf_map_lookup_elem(&starters, &caller))
        return false;
    __builtin_memcpy(&begin, event->filename, sizeof(begin));
    if (!davy_own_descriptor(begin))
        return false;
    bpf_map_update_elem(&sealed_copies, &key, &one, BPF_ANY);
    return true;
}

/* What runs is denied, or has no name: the image itself, the program that a loader is given, the
 * script that an interpreter reads through a descriptor (a memfd that begins with #!). Not what
 * stands at standard input, where a shell's here-document lies in an unlinked file. */
static __always_inline u32 exec_fileless(struct exec_scratch *s, struct task_struct *task,
                                         u64 caller)
{
    struct davy_event_exec *event = &s->event;
    u16 flags = event->process.image.flags;
    struct file *file;

    if (!event->process.image.nlink) {
        if (exec_sealed_copy(caller, event))
            event->process.image.flags |= DAVY_IMAGE_EXEMPT;
        return davy_nameless_runs(&event->process.image, davy_number_of(event->filename));
    }
    if (flags & DAVY_IMAGE_DENIED)
        return davy_nameless_runs(&event->process.image, davy_number_of(event->filename));
    if (!event->process.image.family && !(flags & DAVY_IMAGE_LOADER))
        return DAVY_ALLOW;
    if (event->code_fd > 0) {
        davy_fd_of(davy_fdtable_of(task, DAVY_TYPED), event->code_fd, &s->code, DAVY_TYPED);
        file = s->code.file;
        if (!exec_regular(&s->code))
            return DAVY_ALLOW;
        return flags & DAVY_IMAGE_LOADER
                   ? davy_loader_runs((u64)file, davy_number_of(event->filename))
                   : davy_script_runs((u64)file, davy_number_of(event->filename));
    }
    if ((flags & DAVY_IMAGE_LOADER) && s->args.program == DAVY_PROGRAM_FILE)
        davy_loader_awaits(
            davy_user_basename(davy_args_address(task, DAVY_TYPED) + s->args.program_at));
    return DAVY_ALLOW;
}
