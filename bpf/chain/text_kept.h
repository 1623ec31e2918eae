/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Text that came out of a net-fed pipe or file, kept for who may run it: taken as its reader is
 * woken and when the writer ends. */
#pragma once

#include "../facts/fd.h"
#include "fed_lately.h"
#include "fed_pipe.h"
#include "text_work.h"

/* Keeps the sample in the scratch for `task`, who may run it. */
static __always_inline void davy_keep_for(struct text_scratch *s, struct task_struct *task,
                                          u64 number)
{
    struct fed_text_key key = {
        .tgid = davy_tgid_of(task),
        .slot = number & (DAVY_TEXTS_EACH - 1),
    };

    s->text.start_ns = davy_start_of(task);
    bpf_map_update_elem(&fed_texts, &key, &s->text, BPF_ANY);
}

/* What the current process wrote to a net-fed pipe is kept, for those of its ancestors that may
 * read it: when its first write wakes a reader, and when it ends. The pipe is the one that was its
 * stdout when it was watched first. Many programs close their stdout before they end. If their
 * reader did not sleep as they wrote (a busy machine), nothing else leads to the pipe. 1 where
 * something was kept. */
static __always_inline int keep_text(const bool waking)
{
    struct task_struct *task = davy_current();
    struct text_scratch *s = text_working(waking);
    u32 tgid = bpf_get_current_pid_tgid() >> 32;
    struct text_writer *writer = bpf_map_lookup_elem(&text_writers, &tgid);

    if (!s || !writer || !davy_pipe_origin(writer->pipe, &s->text.origin))
        return 0;
    if (!davy_pipe_lives(writer->inode, writer->number, writer->info))
        return 0;
    if (waking ? davy_waking_pipe(writer->info) : davy_sample_pipe(writer->info))
        return 0;
    s->text.time_ns = bpf_ktime_get_boot_ns();
    s->text.pipe_inode = writer->number;
    texts_until_ns = s->text.time_ns + settings.window_ns;
    for (int i = 0; i < DAVY_TEXT_ANCESTORS; i++) {
        task = davy_parent_of(task);
        if (davy_tgid_of(task) <= 1)
            break;
        davy_keep_for(s, task, writer->number);
    }
    return 1;
}

__noinline int davy_keep_text(void) { return keep_text(false); }
__noinline int davy_keep_text_waking(void) { return keep_text(true); }

/* A shell opened a file from the network, as data or to evaluate it ($(<file), a loop of read). How
 * the file begins is kept for this shell. */
__noinline int davy_keep_file(u64 inode_address, u64 origin)
{
    struct inode *inode = (struct inode *)inode_address;
    struct text_scratch *s = davy_text_working();

    if (!s || davy_file_read(inode, s->bytes, DAVY_SAMPLE_BYTES) || davy_sample_bytes())
        return 0;
    bpf_probe_read_kernel(&s->text.origin, sizeof(s->text.origin), (void *)origin);
    s->text.time_ns = bpf_ktime_get_boot_ns();
    s->text.pipe_inode = 0;
    texts_until_ns = s->text.time_ns + settings.window_ns;
    davy_keep_for(s, davy_current(), davy_inode_number(inode));
    return 0;
}
