/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the two ways to see a removal share: before it (hooks/security.bpf.c) and after it
 * (hooks/unlink.bpf.c). */
#pragma once

#include "../enforce.h"
#include "../place.h"
#include "heirs.h"
#include "slots.h"
#include "state.h"

/* Where the table of images keeps those that have names we do not know; a name hashes to it by a
 * chance of 1 in 2^64. */
#define DAVY_ANY_NAME 1

/* 1: DAVY_ANY_NAME has had entries. Never cleared: from the first such image on, a removal costs
 * two look-ups more. */
extern volatile __u32 linked_elsewhere;

/* What the victim is and does, as long as it is there. */
static __always_inline void victim_state(const struct davy_process_id *victim,
                                         struct davy_image_state *state)
{
    struct task_struct *task;

    if (!settings.signal_other)
        return;
    task = bpf_task_from_pid(victim->tgid);
    if (!task)
        return;
    if (davy_start_of(task) == victim->start_ns) {
        /* As the number that global functions take. */
        davy_state_of((u64)davy_leader_of(task), state);
    }
    bpf_task_release(task);
}

/* A package manager replaces a running image, or keeps it under a second name until the new one
 * stands. Then it is no finding. `mounts`: the mount namespace of those who run the image, as far
 * as one is known. Outside the host's own namespaces, a package manager replaces what runs beside
 * it and nothing else.
 *
 * dpkg removes the second name last, so the replacement is known by the first of the two. That
 * counts only for what a package could have installed. */
__noinline int davy_is_replacement(u64 mounts, u32 nlink, u32 owner, u32 mode)
{
    struct task_struct *task = davy_current();

    if (!(davy_roles_of((u64)task) & DAVY_ROLE_PACKAGE_MANAGER))
        return 0;
    if (!davy_is_hosts_root(task) && mounts != davy_mounts_of(task, DAVY_NUMBER))
        return 0;
    return !nlink || (owner == davy_effective_uid_of(task) && !(mode & 022));
}

static __always_inline void mark_replaced(struct davy_image *image, u64 mounts)
{
    struct davy_inode_key key = {.inode = image->inode, .device = image->device};
    u32 one = 1;

    if (!davy_is_replacement(mounts, image->nlink, image->owner, image->mode))
        return;
    bpf_map_update_elem(&replaced, &key, &one, BPF_ANY);
    image->flags |= DAVY_IMAGE_REPLACED;
}

/* The current process removes the last name of `image`. */
static __always_inline void remember_remover(const struct davy_image *image)
{
    struct davy_inode_key key = {.inode = image->inode, .device = image->device};
    u32 uid = bpf_get_current_uid_gid();

    bpf_map_update_elem(&removed_by, &key, &uid, BPF_ANY);
}

/* A running image lost a name and has another that we do not know: from here on any removal may be
 * its last (ln a b; rm a; rm b). */
static __always_inline void remember_linked(const struct image_slot *slot, u32 which)
{
    struct image_slot *linked = davy_slot_of(which);

    if (!linked)
        return;
    *linked = *slot;
    davy_image_slot_put(DAVY_ANY_NAME, which);
    linked_elsewhere = 1;
}

/* After a rename a running image answers to the new name as well. */
static __always_inline int carry(const struct slot_walk *walk, struct image_slot *at)
{
    struct image_slot *slot = davy_slot_of(walk->which);

    if (!slot)
        return 0;
    *slot = *at;
    if (davy_slot_runs(slot))
        davy_image_slot_put(walk->subject, walk->which);
    return 0;
}

__noinline int davy_carry_bucket(u64 from, u64 to, u32 which)
{
    struct slot_walk walk = {.key = from, .which = which, .subject = to};

    return walk_bucket(&walk, bpf_map_lookup_elem(&images, &from), carry);
}

static __always_inline void carry_name(u64 from, u64 to, u32 which)
{
    if (from != to)
        walk_name(from, davy_carry_bucket, to, which);
}
