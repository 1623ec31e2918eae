/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a pipe contains, or last contained, and how a file begins: pages read where they lie in the
 * kernel's direct map.
 *
 * No hook on read() or write(): that would cost every read of the host some 140 ns. A page that has
 * been read empty is kept for the pipe's next write (tmp_page, fs/pipe.c) and keeps its bytes, so a
 * pipe can be asked afterwards.
 *
 * Where the direct map and the array of struct page begin is random (KASLR) and in no symbol that a
 * program may use. Userspace finds out by trying: it writes a pipe of its own, and the calibration
 * program looks for these bytes under each place that they can have (hooks/calibrate.bpf.c). */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "davylamp/rules/text_match.h"

extern volatile __u64 direct_map; /* 0: not found; no pipe can be read */
extern volatile __u64 page_array;

#define PAGE_SHIFT 12
#define PIPEFS_MAGIC 0x50495045 /* linux/magic.h */

static __always_inline u64 davy_page_address(u64 page, u64 array, u64 map)
{
    return map + ((page - array) / bpf_core_type_size(struct page) << PAGE_SHIFT);
}

static __always_inline struct pipe_inode_info *davy_pipe_of(struct file *file)
{
    return (struct pipe_inode_info *)BPF_CORE_READ(file, private_data);
}

/* Whether the pipe at `info` is there still, `number` being its inode's: whoever closes a pipe last
 * takes it from its inode (put_pipe_info(), fs/pipe.c), and an inode that is used again has another
 * number. */
static __always_inline bool davy_pipe_lives(u64 inode_address, u64 number, u64 info)
{
    struct inode *inode = (struct inode *)inode_address;

    return BPF_CORE_READ(inode, i_ino) == number && (u64)BPF_CORE_READ(inode, i_pipe) == info;
}

/* How many descriptors write to it. */
static __always_inline u32 davy_pipe_writers(struct pipe_inode_info *pipe)
{
    return BPF_CORE_READ(pipe, writers);
}

/* Until 6.13 a pipe kept one empty page, then two; 7.3 keeps up to eight, the latest last. */
struct pipe_inode_info___one {
    struct page *tmp_page;
} __attribute__((preserve_access_index));
struct pipe_inode_info___two {
    struct page *tmp_page[2];
} __attribute__((preserve_access_index));
struct anon_pipe_prealloc {
    struct page *pages[8];
    unsigned int count;
} __attribute__((preserve_access_index));
struct pipe_inode_info___eight {
    struct anon_pipe_prealloc prealloc;
} __attribute__((preserve_access_index));

static __always_inline u64 davy_pipe_empty_page(struct pipe_inode_info *pipe)
{
    struct pipe_inode_info___one *one = (void *)pipe;
    struct pipe_inode_info___two *two = (void *)pipe;
    struct pipe_inode_info___eight *eight = (void *)pipe;

    if (bpf_core_field_exists(eight->prealloc)) {
        u64 at = BPF_CORE_READ(eight, prealloc.count) - 1, page = 0;

        if (at < 8)
            bpf_probe_read_kernel(&page, sizeof(page),
                                  (void *)pipe + bpf_core_field_offset(eight->prealloc.pages) +
                                      at * sizeof(page));
        return page;
    }
    if (bpf_core_field_exists(two->tmp_page))
        return (u64)BPF_CORE_READ(two, tmp_page[0]);
    if (bpf_core_field_exists(one->tmp_page))
        return (u64)BPF_CORE_READ(one, tmp_page);
    return 0; /* 7.3 keeps none there */
}

/* Slot `at` of the pipe's ring. */
static __always_inline struct pipe_buffer *davy_pipe_slot(struct pipe_inode_info *pipe, u32 at)
{
    u32 mask = BPF_CORE_READ(pipe, ring_size) - 1;

    return (void *)BPF_CORE_READ(pipe, bufs) +
           (u64)(at & mask) * bpf_core_type_size(struct pipe_buffer);
}

/* A page that was read empty is still named by the slot that it had (pipe_buf_release() clears the
 * slot's operations alone), and the slot says how far it was written. */
#define PIPE_SLOTS 16 /* PIPE_DEF_BUFFERS, linux/pipe_fs_i.h */
static __always_inline u64 davy_pipe_read_page(struct pipe_inode_info *pipe, u32 tail, u32 *written)
{
    u64 page = davy_pipe_empty_page(pipe);

    for (u32 i = 1; page && i <= PIPE_SLOTS; i++) {
        struct pipe_buffer *slot = davy_pipe_slot(pipe, tail - i);

        if ((u64)BPF_CORE_READ(slot, page) == page) {
            *written = BPF_CORE_READ(slot, offset) + BPF_CORE_READ(slot, len);
            return page;
        }
    }
    return 0;
}

/* The page with what was written first and is still known: the oldest that waits, else the one
 * that was read empty; 0 where there is none. `written` bytes of it were: the kernel hands out
 * pages as they are, and what another process left in this one follows. */
static __always_inline u64 davy_pipe_page(struct pipe_inode_info *pipe, u32 *written)
{
    u32 head = BPF_CORE_READ(pipe, head), tail = BPF_CORE_READ(pipe, tail);
    struct pipe_buffer *slot;

    if (head == tail)
        return davy_pipe_read_page(pipe, tail, written);
    slot = davy_pipe_slot(pipe, tail);
    *written = BPF_CORE_READ(slot, offset) + BPF_CORE_READ(slot, len);
    return (u64)BPF_CORE_READ(slot, page);
}

/* Its first bytes, from the page's beginning: those before a reader's place as well. `size` is a
 * power of two; a NUL follows what is shorter. 0, or -1. */
static __always_inline int davy_pipe_read(struct pipe_inode_info *pipe, u8 *bytes, u32 size)
{
    u32 written = 0;
    u64 page;

    if (!direct_map)
        return -1;
    page = davy_pipe_page(pipe, &written);
    if (!page || !written ||
        bpf_probe_read_kernel(bytes, size, (void *)davy_page_address(page, page_array, direct_map)))
        return -1;
    if (written < size)
        bytes[written & (size - 1)] = 0;
    return 0;
}

/* A pipe, and no fifo. */
static __always_inline bool davy_is_pipefs(struct file *file)
{
    struct inode *inode = BPF_CORE_READ(file, f_inode);

    return BPF_CORE_READ(inode, i_sb, s_magic) == PIPEFS_MAGIC;
}

/* How a file begins, as far as it is in the page cache. 0, or -1. An entry of the tree is a page
 * (or the first of a folio), a node (bits 10), or no page at all (bit 1; include/linux/xarray.h).
 */
#define XA_LEVELS 6
static __always_inline int davy_file_read(struct inode *inode, void *bytes, u32 size)
{
    struct address_space *mapping = BPF_CORE_READ(inode, i_mapping);
    u64 entry = (u64)BPF_CORE_READ(mapping, i_pages.xa_head);

    if (!direct_map)
        return -1;
    for (int i = 0; i < XA_LEVELS && (entry & 3) == 2; i++) {
        struct xa_node *node = (struct xa_node *)(entry - 2);

        bpf_probe_read_kernel(&entry, sizeof(entry), &node->slots[0]);
    }
    if (!entry || (entry & 3))
        return -1;
    return bpf_probe_read_kernel(bytes, size,
                                 (void *)davy_page_address(entry, page_array, direct_map));
}
