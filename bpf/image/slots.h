/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The images that run, by name: written when one starts, asked when a name is removed. */
#pragma once

#include "../emit.h"
#include "../facts/task.h"
#include "loader.h"

/* Whether the slot's process runs the slot's file. A stale address reads as something else. */
static __always_inline bool davy_slot_runs(const struct image_slot *slot)
{
    struct inode *inode = (struct inode *)slot->inode_address;
    struct loaded *l;

    if (slot->loaded) {
        l = davy_loaded_of(slot->tgid, slot->start_ns);
        return l && l->inode_address == slot->inode_address;
    }
    return inode && davy_inode_is(inode, slot->inode, slot->device) &&
           davy_inode_runs(inode, DAVY_NUMBER);
}

static __always_inline struct image_slots *davy_bucket(u64 key)
{
    struct image_slots *slots = bpf_map_lookup_elem(&images, &key);
    const struct image_slots *blank;

    if (slots)
        return slots;
    blank = davy_blank_slots();
    if (blank)
        bpf_map_update_elem(&images, &key, blank, BPF_NOEXIST);
    return bpf_map_lookup_elem(&images, &key);
}

/* The slot that is being entered, by who enters it: a tracepoint may run while the sweep or a
 * security hook is preempted. Where two tasks in a security hook mix theirs (scratch.h), the sweep
 * finds what is lost so. */
#define DAVY_SLOT_EVENT 0
#define DAVY_SLOT_SWEEP 1
#define DAVY_SLOT_HOOK 2
DAVY_SCRATCHES(slot_scratch, 3, struct image_slot, davy_slot_of)

/* The one walk over the images of a name: bucket by bucket, and slot by slot within. It ends when a
 * visit returns anything but 0. */
struct slot_walk {
    u64 key;     /* of the bucket */
    u32 index;   /* in the bucket */
    u32 which;   /* DAVY_SLOT_*: the walk's own slot; or bits of slots, as the visit says */
    u64 subject; /* of the visit: an inode's address, a name's hash … */
};
#define DAVY_NO_BUCKET -1 /* the name has no more images */

static __always_inline int walk_bucket(struct slot_walk *walk, struct image_slots *slots,
                                       int (*visit)(const struct slot_walk *, struct image_slot *))
{
    int end;

    if (!slots)
        return DAVY_NO_BUCKET;
    for (walk->index = 0; walk->index < DAVY_SLOTS; walk->index++) {
        end = visit(walk, &slots->slot[walk->index]);
        if (end)
            return end;
    }
    return 0;
}

/* `bucket` walks the bucket of this key. It is a global function, so that it is verified once and
 * not once a bucket, and takes numbers, as 5.10's do. Where the walk ended, counted in slots from
 * 1; 0: nowhere. */
static __always_inline u32 walk_name(u64 name_hash, int (*bucket)(u64 key, u64 subject, u32 which),
                                     u64 subject, u32 which)
{
    for (u32 n = 0; n < DAVY_BUCKETS; n++) {
        int end = bucket(name_hash + n, subject, which);

        if (end)
            return end > 0 ? n * DAVY_SLOTS + end : 0;
    }
    return 0;
}

/* In the place of the same file or of one that no longer runs. */
static __always_inline int put_here(const struct slot_walk *walk, struct image_slot *at)
{
    struct image_slot *slot = davy_slot_of(walk->which);
    bool same = slot && at->inode == slot->inode && at->device == slot->device;
    u64 mounts = at->mounts;

    if (!slot || (!same && davy_slot_runs(at)))
        return 0;
    *at = *slot;
    if (same && mounts != slot->mounts)
        at->mounts = 0;
    return 1;
}

__noinline int davy_bucket_put(u64 key, u64 subject, u32 which)
{
    struct slot_walk walk = {.key = key, .which = which};

    return walk_bucket(&walk, davy_bucket(key), put_here);
}

/* Global: verified once, not once a slot that a rename carries over. */
__noinline int davy_image_slot_put(u64 name_hash, u32 which)
{
    struct image_slot *slot = davy_slot_of(which);
    struct image_slots *slots;
    u32 index;

    if (!slot)
        return 0;
    if (walk_name(name_hash, davy_bucket_put, 0, which))
        return 0;
    /* An image that still runs makes room: the sweep finds what its removal leaves. */
    davy_count_loss(DAVY_LOSS_IMAGE_MAP);
    slots = davy_bucket(name_hash + DAVY_BUCKETS - 1);
    if (!slots)
        return 0;
    index = slots->next++ & (DAVY_SLOTS - 1);
    slots->slot[index] = *slot;
    return 0;
}

/* Process `id`, in the mount namespace `mounts`, runs `inode`, whose facts are in `image` and whose
 * name has the hash. */
static __always_inline void davy_image_started(u64 name_hash, struct inode *inode,
                                               const struct davy_image *image,
                                               const struct davy_process_id *id, u64 mounts,
                                               u32 which)
{
    struct image_slot *slot = davy_slot_of(which);

    if (!slot)
        return;
    slot->inode_address = (u64)inode;
    slot->inode = image->inode;
    slot->device = image->device;
    slot->tgid = id->tgid;
    slot->start_ns = id->start_ns;
    slot->mounts = mounts;
    slot->loaded = image->flags & DAVY_IMAGE_LOADED ? bpf_get_current_uid_gid() << 32 | 1 : 0;
    davy_image_slot_put(name_hash, which);
}
