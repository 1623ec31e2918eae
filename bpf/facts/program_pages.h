/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The pages of a program that an interpreter reads from a pipe or from a file: how many bytes of
 * each are known, and where. As pages.h has it, in the kernel's direct map. */
#pragma once

#include "fd.h"
#include "file.h"
#include "pages.h"

#define PAGE_BYTES 4096u
#define XA_CHUNK 64 /* XA_CHUNK_SIZE, include/linux/xarray.h */

/* Page `index` of a file; 0 where it is not in the page cache. A folio of several pages stands in
 * the slot of its first, and siblings (bits 10, less than a chunk) point there. */
static __always_inline u64 davy_file_page(struct inode *inode, u32 index)
{
    struct address_space *mapping = BPF_CORE_READ(inode, i_mapping);
    u64 entry = (u64)BPF_CORE_READ(mapping, i_pages.xa_head), first = 0;

    if (!direct_map || (index && (entry & 3) != 2))
        return 0;
    for (int i = 0; i < XA_LEVELS && (entry & 3) == 2; i++) {
        struct xa_node *node = (struct xa_node *)(entry - 2);
        u32 shift = BPF_CORE_READ(node, shift) & 63;
        u64 slot = (u64)index >> shift & (XA_CHUNK - 1);

        bpf_probe_read_kernel(&entry, sizeof(entry), &node->slots[slot]);
        if ((entry & 3) == 2 && entry < XA_CHUNK << 2) {
            slot = entry >> 2 & (XA_CHUNK - 1);
            bpf_probe_read_kernel(&entry, sizeof(entry), &node->slots[slot]);
        }
        first = slot << shift;
    }
    if (!entry || (entry & 3))
        return 0;
    return davy_page_address(entry, page_array, direct_map) + ((index - first) << PAGE_SHIFT);
}

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
    struct pipe_buffer *slot;
    u64 page;

    *size = 0;
    if (head == tail) {
        page = index ? 0 : davy_pipe_read_page(pipe, tail, size);
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
