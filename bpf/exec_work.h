/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the exec program gathers before anybody judges (command line, arguments, image), and the
 * record that it leaves. */
#pragma once

#include "vmlinux.h"

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "chain/sink.h"
#include "chain/writer.h"
#include "compat.h"
#include "facts/fd.h"
#include "scratch.h"

#include "davylamp/rules/arguments.h"

#define INPUTS_MAX 2
#define EXTRA_FDS_MAX 4 /* looked at first; the arguments may then name others */
#define OUTPUTS_MAX 4   /* powers of two: indices are masked */

struct exec_scratch {
    struct davy_event_exec event;
    struct davy_args_state args;
    struct davy_fd in, out, code;
    u64 inputs[INPUTS_MAX];   /* pipes read */
    u64 outputs[OUTPUTS_MAX]; /* pipes written */
    /* How many are used. Here and not in registers, where the verifier would follow each value. */
    u32 input_count, output_count;
    struct named_pipes named;
    struct reader reader;
    u64 open; /* the first 64 descriptors */
};

DAVY_SCRATCH(exec_scratch, struct exec_scratch, exec_working)

static __always_inline void read_command_line(struct task_struct *task,
                                              struct davy_event_exec *event)
{
    u64 all;

    event->args_size = davy_args_read(task, event->args, &all, DAVY_TYPED);
    event->args_cut = all >= DAVY_ARGS_MAX;
}

static __always_inline void read_arguments(struct exec_scratch *s, u16 family)
{
    u32 size = s->event.args_size;
    struct davy_args_state *args = davy_reading(DAVY_READING_EXEC);

    if (!args)
        return;
    davy_args_begin(args, family);
    davy_args_feed_all(DAVY_READING_EXEC, davy_number_of(s->event.args), size);
    s->args = *args;
}

/* A regular file behind a descriptor, or NULL. */
static __always_inline struct inode *exec_regular(const struct davy_fd *fd)
{
    struct inode *inode;
    struct file *file = fd->file;

    if (!file || fd->kind != DAVY_FD_OTHER)
        return NULL;
    inode = davy_inode_of(file);
    return davy_inode_type(inode) == S_IFREG ? inode : NULL;
}

/* Whether policy knows the file itself as an interpreter or loader. A name is whoever's who gives
 * it: a shell that is called ld.so or busybox is a shell. */
__noinline int davy_is_known_interpreter(u64 inode_address)
{
    struct davy_image_row *row = davy_policy_row((struct inode *)inode_address);

    return row && row->family ? 1 : 0;
}

/* A copy of an interpreter under another name: by how the file begins. The kernel has read it
 * already (prepare_binprm(), fs/exec.c). */
static __always_inline void exec_copied(struct linux_binprm *bprm, struct davy_image *image)
{
    struct davy_image_row *row;
    u64 hash = DAVY_HASH_BEGIN, word;

    for (int i = 0; i < DAVY_CONTENT_BYTES / 8; i++) {
        __builtin_memcpy(&word, bprm->buf + 8 * i, 8);
        hash = davy_content_step(hash, word);
    }
    row = bpf_map_lookup_elem(&content_rows, &hash);
    if (!row)
        return;
    image->family = row->family;
    image->flags &= ~DAVY_IMAGE_LOADER;
    if (row->family == DAVY_FAMILY_LOADER) {
        image->family = DAVY_FAMILY_NONE;
        image->flags |= DAVY_IMAGE_LOADER;
    }
}

/* Telemetry: as much of the record as its arguments fill. */
static __always_inline void exec_report(struct davy_event_exec *event, u32 verdict)
{
    u64 size = event->args_size;

    asm volatile("" : "+r"(size));
    size &= DAVY_ARGS_MAX - 1;
    size += __builtin_offsetof(struct davy_event_exec, args);
    event->reserved = 0;
    davy_header(&event->header, DAVY_EVENT_EXEC, size, verdict);
    if (bpf_ringbuf_output(&telemetry, event, size, davy_telemetry_flags()))
        davy_count_loss(DAVY_LOSS_TELEMETRY_RING);
}
