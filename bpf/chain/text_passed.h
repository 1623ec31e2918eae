/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a stage of a pipeline let through. While it runs, its reader is taken to have all that the
 * stage reads: what it will write is not known yet. As it ends, it may be: `grep -c` has written a
 * number. Then its reader has that, and the page no more. */
#pragma once

#include "../facts/fd.h"
#include "pipe_readers.h"
#include "shells.h"
#include "text_kept.h"

/* Whether an ancestor of the current process may have read `pipe` itself. */
static __always_inline bool ancestors_read(u64 pipe)
{
    struct task_struct *task = davy_current();

    for (int i = 0; i < DAVY_TEXT_ANCESTORS; i++) {
        task = davy_parent_of(task);
        if (davy_tgid_of(task) <= 1)
            break;
        if (davy_task_reads((u64)task, pipe, 0))
            return true;
    }
    return false;
}

/* The current process ends. What its ancestors have of the pipe that it read, they have through
 * it: that was no more than what it wrote, where all of that is known and fits a sample. An
 * interpreter may have passed it on in other ways; what other programs write to files is known. */
__noinline int davy_text_passed(void)
{
    struct task_struct *task = davy_current();
    struct text_scratch *s = davy_text_working();
    u32 tgid = bpf_get_current_pid_tgid() >> 32;
    struct text_writer *writer = bpf_map_lookup_elem(&text_writers, &tgid);
    s64 written;

    if (!s || !writer || !writer->in || !davy_texts_lately() ||
        !davy_pipe_lives(writer->inode, writer->number, writer->info) ||
        davy_family_of_task((u64)task, BEGINNING_EXEC) != DAVY_FAMILY_NONE ||
        ancestors_read(writer->in))
        return 0;
    written = davy_pipe_written((struct pipe_inode_info *)writer->info, &writer->from);
    if (written < 0 || written >= DAVY_SAMPLE_BYTES)
        return 0;
    if (written && (davy_sample_pipe(writer->info, davy_place_number(&writer->from)) ||
                    s->text.sample.lines >= DAVY_SAMPLE_LINES))
        return 0;
    s->text.time_ns = bpf_ktime_get_boot_ns();
    s->text.pipe_inode = writer->number;
    for (int i = 0; i < DAVY_TEXT_ANCESTORS * DAVY_TEXTS_EACH; i++) {
        struct fed_text_key key = {.slot = i & (DAVY_TEXTS_EACH - 1)};
        struct fed_text *text;

        if (!key.slot)
            task = davy_parent_of(task);
        key.tgid = davy_tgid_of(task);
        text = bpf_map_lookup_elem(&fed_texts, &key);
        if (!text || text->start_ns != davy_start_of(task) || text->pipe_inode != writer->in_number)
            continue;
        s->text.origin = text->origin;
        davy_text_forgotten(&key);
        if (written)
            davy_keep_for(s, task, writer->number, false);
    }
    return 1;
}
