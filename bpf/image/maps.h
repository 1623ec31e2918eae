/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is known of images that run: key, value, who writes, who deletes, what happens when it is
 * full. */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "../scratch.h"
#include "davylamp/abi/record.h"

/* Images that ran, by the hash of their name: candidates when that name is removed. Written at
 * exec, by rename and by the sweep; a slot is judged by inode and link count, so a stale one costs
 * a look and no verdict. Full (of names): the least recently used goes and the next sweep brings
 * it back. Full (of slots): counted. */
#define DAVY_SLOTS 8
#define DAVY_BUCKETS 8 /* of slots under one name; the Nth has the key hash + N */
struct image_slot {
    u64 inode_address; /* struct inode *, only ever read through bpf_probe_read_kernel() */
    u64 inode;
    u32 device;
    u32 tgid; /* who ran it last */
    u64 start_ns;
    u64 loaded; /* by a loader: 1, and real uid << 32; 0: not so */
    u64 mounts; /* struct mnt_namespace * of who ran it last; 0: of several */
};
struct image_slots {
    u64 next; /* of the last bucket: the slot to use next, once all have been */
    struct image_slot slot[DAVY_SLOTS];
};
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 8192);
    __type(key, u64);
    __type(value, struct image_slots);
} images SEC(".maps");
DAVY_BLANK(blank_slots, struct image_slots, davy_blank_slots)

/* Images that a package manager replaced while they ran: no finding, then or later. Written by
 * rename and unlink and by userspace at start. Full: the oldest is judged again. */
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 4096);
    __type(key, struct davy_inode_key);
    __type(value, u32);
} replaced SEC(".maps");

/* Who removed an image while it ran: which file → real uid. Written where the removal is judged,
 * deleted where another file with that number starts. Full: the oldest removal counts as that of
 * who runs the file. */
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 4096);
    __type(key, struct davy_inode_key);
    __type(value, u32);
} removed_by SEC(".maps");

/* Sealed copies that a runtime started: may have no name, then and later. Written at exec, and by
 * userspace for those that it finds at start. Full: the oldest is judged again. */
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 4096);
    __type(key, struct davy_inode_key);
    __type(value, u32);
} sealed_copies SEC(".maps");

/* Threads that are about to exec and whose image may start sealed copies: pid_tgid → 1. Written
 * where execve begins, deleted where it succeeds. Full: the oldest's copy is a finding. */
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 512);
    __type(key, u64);
    __type(value, u32);
} starters SEC(".maps");

/* Gone images whose processes were reported as starting programs, and which nobody stopped: once is
 * enough. Full: one is reported again. */
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 1024);
    __type(key, struct davy_inode_key);
    __type(value, u32);
} told_starting SEC(".maps");

/* What loaders run: tgid → file. Written when ld.so starts, when it opens its program and when that
 * forks, deleted at exit and by the next exec. Full: the least recently used counts as ld.so alone.
 */
struct loaded {
    u64 start_ns;
    u64 awaited; /* hash of the last component of its name; 0: it has been opened */
    u64 inode_address;
    u64 dentry_address;
    struct davy_inode_key file;
    char name[DAVY_NAME_MAX];
};
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 1024);
    __type(key, u32);
    __type(value, struct loaded);
} loaded SEC(".maps");

/* A removal under way: pid_tgid → names. Written at sys_enter where the name is a candidate's,
 * deleted at sys_exit. Full: counted; the sweep finds the result. */
struct removal {
    u64 name_hash;    /* the name that goes away */
    u64 target_hash;  /* rename: the name that is replaced; 0 else */
    u64 path_address; /* user memory, read again for the alert alone; 0: out of the scope */
    u64 gone; /* slots whose files had no name before: bit n is slot n of the one that goes */
    u64 gone_linked; /* the same of DAVY_ANY_NAME */
};
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 4096);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, u64);
    __type(value, struct removal);
} removals SEC(".maps");
