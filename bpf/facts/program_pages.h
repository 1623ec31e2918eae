/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The pages of a program that an interpreter reads from a pipe or from a file: how many bytes of
 * each are known, and where. As pages.h has it, in the kernel's direct map. */
#pragma once

#include "fd.h"
#include "file.h"
#include "pages.h"

#define PAGE_BYTES 4096u

static __always_inline u32 davy_file_page_size(struct inode *inode, u32 index)
{
    u64 size = davy_inode_size(inode), begin = (u64)index << PAGE_SHIFT;

    if (size <= begin)
        return 0;
    return size - begin < PAGE_BYTES ? size - begin : PAGE_BYTES;
}

/* Page `index` of what waits in a pipe; where nothing does, what was read from it last. `size`: its
 * bytes. 0 where there is none. */
static __always_inline u64 davy_pipe_program_page(struct pipe_inode_info *pipe, u32 index,
                                                  u32 *size)
{
    u32 head = BPF_CORE_READ(pipe, head), tail = BPF_CORE_READ(pipe, tail), begin = 0;
    struct davy_pipe_place beginning = {};
    struct davy_pipe_bytes emptied = {};
    struct pipe_buffer *slot;
    u64 page;

    *size = 0;
    if (head == tail) {
        if (!index)
            davy_pipe_emptied(pipe, tail, &beginning, &emptied);
        page = emptied.page;
        *size = emptied.end;
    } else {
        if (index >= head - tail)
            return 0;
        slot = davy_pipe_slot(pipe, tail + index);
        page = (u64)BPF_CORE_READ(slot, page);
        begin = BPF_CORE_READ(slot, offset) & (PAGE_BYTES - 1);
        *size = BPF_CORE_READ(slot, len);
    }
    if (!page)
        return 0;
    return davy_page_address(page, page_array, direct_map) + begin;
}
