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
#include "pipe_place.h"

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

/* How far a slot's page is written. */
static __always_inline u32 davy_slot_end(struct pipe_buffer *slot)
{
    return BPF_CORE_READ(slot, offset) + BPF_CORE_READ(slot, len);
}

/* Where the next byte will be: a write goes on in the last page that waits, if there is room
 * (pipe_write(), fs/pipe.c). */
static __always_inline struct davy_pipe_place davy_pipe_end(struct pipe_inode_info *pipe)
{
    u32 head = BPF_CORE_READ(pipe, head);
    struct davy_pipe_place place = {.slot = head};

    if (head != BPF_CORE_READ(pipe, tail)) {
        place.slot = head - 1;
        place.at = davy_slot_end(davy_pipe_slot(pipe, head - 1));
    }
    return place;
}

/* Where the next byte is read. A slot that waits says how much of it was read. */
static __always_inline struct davy_pipe_place davy_pipe_beginning(struct pipe_inode_info *pipe)
{
    u32 tail = BPF_CORE_READ(pipe, tail);
    struct davy_pipe_place place = {.slot = tail};

    if (tail != BPF_CORE_READ(pipe, head))
        place.at = BPF_CORE_READ(davy_pipe_slot(pipe, tail), offset);
    return place;
}

/* The bytes that were written to a pipe since `from`, where they lie in one page; else -1. A slot
 * keeps how far it was written when it has been read empty. */
static __always_inline s64 davy_pipe_written(struct pipe_inode_info *pipe,
                                             const struct davy_pipe_place *from)
{
    u32 head = BPF_CORE_READ(pipe, head);

    if (head == from->slot)
        return from->at ? -1 : 0;
    if (head != from->slot + 1)
        return -1;
    return (s64)davy_slot_end(davy_pipe_slot(pipe, from->slot)) - from->at;
}

/* Bytes of a page that were written. The kernel hands out pages as they are: what another process
 * left in this one lies around them. */
struct davy_pipe_bytes {
    u64 page; /* 0: none */
    u32 start, end;
};

/* A page that was read empty is still named by the slot that it had (pipe_buf_release() clears the
 * slot's operations alone), and the slot says how far it was written. */
#define PIPE_SLOTS 16 /* PIPE_DEF_BUFFERS, linux/pipe_fs_i.h */
static __always_inline void davy_pipe_emptied(struct pipe_inode_info *pipe, u32 tail,
                                              const struct davy_pipe_place *from,
                                              struct davy_pipe_bytes *found)
{
    u64 page = davy_pipe_empty_page(pipe);

    for (u32 i = 1; page && i <= PIPE_SLOTS; i++) {
        struct pipe_buffer *slot = davy_pipe_slot(pipe, tail - i);

        if ((s32)(tail - i - from->slot) < 0)
            break;
        if ((u64)BPF_CORE_READ(slot, page) == page) {
            found->page = page;
            found->start = tail - i == from->slot ? from->at : 0;
            found->end = davy_slot_end(slot);
            break;
        }
    }
}

/* What was written first since `from` and is still known: in the oldest page that waits, else in
 * the one that was read empty. */
static __always_inline void davy_pipe_page(struct pipe_inode_info *pipe,
                                           const struct davy_pipe_place *from,
                                           struct davy_pipe_bytes *found)
{
    u32 head = BPF_CORE_READ(pipe, head), tail = BPF_CORE_READ(pipe, tail), at = tail;
    struct pipe_buffer *slot;

    found->page = 0;
    found->start = found->end = 0;
    if (head == tail) {
        davy_pipe_emptied(pipe, tail, from, found);
        return;
    }
    if ((s32)(from->slot - tail) >= 0) {
        at = from->slot;
        found->start = from->at;
        /* Its page was full: the next has what followed. */
        if (davy_slot_end(davy_pipe_slot(pipe, at)) <= found->start) {
            at++;
            found->start = 0;
        }
    }
    if ((s32)(head - at) <= 0)
        return;
    slot = davy_pipe_slot(pipe, at);
    found->page = (u64)BPF_CORE_READ(slot, page);
    found->end = davy_slot_end(slot);
}

/* The first bytes since `from`, from the page's beginning where that is older: those before a
 * reader's place as well. `size` is a power of two; a NUL follows what is shorter. 0, or -1. */
static __always_inline int davy_pipe_read(struct pipe_inode_info *pipe,
                                          const struct davy_pipe_place *from, u8 *bytes, u32 size)
{
    struct davy_pipe_bytes found;
    u64 length;

    if (!direct_map)
        return -1;
    davy_pipe_page(pipe, from, &found);
    if (!found.page || found.end <= found.start)
        return -1;
    length = found.end - found.start;
    /* Old verifiers want the bound on the register that is used. */
    asm volatile("" : "+r"(length));
    if (length > size)
        length = size;
    if (bpf_probe_read_kernel(bytes, length,
                              (void *)davy_page_address(found.page, page_array, direct_map) +
                                  found.start))
        return -1;
    if (length < size)
        bytes[length & (size - 1)] = 0;
    return 0;
}

/* A pipe, and no fifo. */
static __always_inline bool davy_is_pipefs(struct file *file)
{
    struct inode *inode = BPF_CORE_READ(file, f_inode);

    return BPF_CORE_READ(inode, i_sb, s_magic) == PIPEFS_MAGIC;
}

/* Where page `index` of a file lies, as far as it is in the page cache; 0: it is not. An entry of
 * the tree is a page (or the first of a folio), a node (bits 10), or no page at all (bit 1). A
 * small number with bits 10 names the slot that has the entry, where a folio takes several
 * (include/linux/xarray.h). */
#define XA_LEVELS 6
#define XA_SLOTS 64 /* XA_CHUNK_SIZE */
static __always_inline u64 davy_file_page(struct inode *inode, u64 index)
{
    struct address_space *mapping = BPF_CORE_READ(inode, i_mapping);
    u64 entry = (u64)BPF_CORE_READ(mapping, i_pages.xa_head), first = 0, slot;

    /* A tree of one page alone has no node. */
    if (!direct_map || (index && (entry & 3) != 2))
        return 0;
    for (int i = 0; i < XA_LEVELS && (entry & 3) == 2; i++) {
        struct xa_node *node = (struct xa_node *)(entry - 2);
        u32 shift = BPF_CORE_READ(node, shift) & 63;

        slot = index >> shift & (XA_SLOTS - 1);
        bpf_probe_read_kernel(&entry, sizeof(entry), &node->slots[0] + slot);
        if ((entry & 3) == 2 && entry >> 2 < XA_SLOTS) {
            slot = entry >> 2;
            bpf_probe_read_kernel(&entry, sizeof(entry), &node->slots[0] + slot);
        }
        first |= slot << shift;
    }
    if (!entry || (entry & 3) || first > index)
        return 0;
    return davy_page_address(entry, page_array, direct_map) + ((index - first) << PAGE_SHIFT);
}

/* How a file begins. 0, or -1. */
static __always_inline int davy_file_read(struct inode *inode, void *bytes, u32 size)
{
    u64 page = davy_file_page(inode, 0);

    return page ? bpf_probe_read_kernel(bytes, size, (void *)page) : -1;
}
