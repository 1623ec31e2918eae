/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The maps that all detections share: key, value, who writes, who deletes, what happens when it is
 * full. */
#pragma once

#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "chain/allow_maps.h"
#include "chain/maps.h"
#include "davylamp/abi/kernel_policy.h"
#include "davylamp/abi/records.h"
#include "image/maps.h"
#include "scratch.h"
#include "stratum/maps.h"

/* Alerts and enforcement. Nothing else goes in, so that no flood of telemetry can push one out.
 * Full: the record is lost and counted, the enforcement is not touched. */
struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 256 * 1024);
} alerts SEC(".maps");

/* Fork, exec, exit, connect. Full: lost and counted. */
struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 2 * 1024 * 1024);
} telemetry SEC(".maps");

/* DAVY_LOSS_* → how often, per CPU. Written by every hook, read by userspace. */
struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, DAVY_LOSS_COUNT);
    __type(key, u32);
    __type(value, u64);
} losses SEC(".maps");

/* Policy, by file: what an image is. Written by userspace at load, and by rename where a package
 * manager puts another file in a row's place. The old file's row stays: processes run it. Full: the
 * new file has no role, and it is counted. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, DAVY_IMAGE_ROWS_MAX + DAVY_IMAGE_HEIRS_MAX);
    __type(key, struct davy_inode_key);
    __type(value, struct davy_image_row);
} image_rows SEC(".maps");

/* Policy, by place: hash of the last component of a listed path (+ 0 … DAVY_FOLDERS_MAX - 1) → its
 * folder, and what the file there is. Written by userspace at load. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, DAVY_HEIR_ROWS_MAX);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, u64);
    __type(value, struct davy_heir_row);
} heir_rows SEC(".maps");

/* Policy, for roots that are not the host's: hash of a listed path or of the end of one
 * (rules/path_hash.h) → DAVY_ROLE_* of the whole path, 0 for an end. Written by userspace at load.
 */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 4 * DAVY_IMAGE_ROWS_MAX);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, u64);
    __type(value, u32);
} local_roles SEC(".maps");

/* Who has roles by its program's place in a root of its own: tgid → roles; in the host's user
 * namespace, and in others. Written at exec and by the first sweep, deleted by the next exec.
 * Full: the least recently used is a program like any other. */
struct role_holder {
    u64 start_ns;
    u64 roles; /* DAVY_ROLE_* */
};
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 4096);
    __type(key, u32);
    __type(value, struct role_holder);
} host_holders SEC(".maps");
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 4096);
    __type(key, u32);
    __type(value, struct role_holder);
} guest_holders SEC(".maps");

/* Policy, by name: hash of an interpreter's or a memfd's name → what it is. For files that
 * userspace could not see at load (containers, other filesystems). */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, DAVY_NAME_ROWS_MAX);
    __type(key, u64);
    __type(value, struct davy_image_row);
} name_rows SEC(".maps");

/* Interpreters by what their file holds, for copies under other names: a hash of the file's first
 * 256 bytes (an ELF header has the entry point and the tables' places: no two builds agree) → what
 * it is. Written by userspace at load. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, DAVY_NAME_ROWS_MAX);
    __type(key, u64);
    __type(value, struct davy_image_row);
} content_rows SEC(".maps");

/* A place under way: pid_tgid → record, and what its texts are made of. Written and deleted within
 * one run of davy_report_place(), which has no stack for it. Full: the place is not told. */
#define DAVY_PLACE_DEPTH 32 /* components of a path, a power of two; a deeper one is not told */
struct place_work {
    struct davy_event_place event;
    u64 node[DAVY_PLACE_DEPTH]; /* struct dentry * or kernfs_node *, the last component first */
    u64 dentry, mount, root, root_mount;  /* where the walk is, and where it ends */
    u32 count, at;                        /* of node, and of text */
    char text[DAVY_PLACE_PATH_MAX + 256]; /* room for a component behind the last that counts */
};
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 1024);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, u64);
    __type(value, struct place_work);
} place_work SEC(".maps");
DAVY_BLANK(blank_place, struct place_work, davy_blank_place)

/* Zeroes, from which the chain's new entries are made. */
struct blank {
    struct pipe_node node;
    struct davy_walk walk;
    struct fed_process process;
    struct fed_file file;
    struct allow_work allow;
};
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, u32);
    __type(value, struct blank);
} blanks SEC(".maps");

static __always_inline struct blank *davy_blank(void)
{
    u32 zero = 0;

    return bpf_map_lookup_elem(&blanks, &zero);
}
