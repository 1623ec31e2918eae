/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The removal of a running image is refused. */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "../compat.h"
#include "../place.h"
#include "heirs.h"
#include "refuse_exec.h"
#include "removal.h"

#include "davylamp/rules/image.h"

static __always_inline int is_of_inode(const struct slot_walk *walk, struct image_slot *at)
{
    return at->inode_address == walk->subject ? walk->index + 1 : 0;
}

__noinline int davy_find_bucket(u64 key, u64 inode_address, u32 which)
{
    struct slot_walk walk = {.key = key, .subject = inode_address};

    return walk_bucket(&walk, bpf_map_lookup_elem(&images, &key), is_of_inode);
}

/* The slot that the file has under this name. */
static __always_inline bool find_slot(u64 name_hash, u64 inode_address, struct image_slot *out)
{
    u32 at = walk_name(name_hash, davy_find_bucket, inode_address, 0);
    u64 key = name_hash + (at - 1) / DAVY_SLOTS;
    struct image_slots *slots = at ? bpf_map_lookup_elem(&images, &key) : NULL;

    if (!slots)
        return false;
    *out = slots->slot[(at - 1) & (DAVY_SLOTS - 1)];
    return true;
}

/* Whether a file runs by a loader alone, by what another user did. Anybody may name a program like
 * a loader, and give it any file to open; nobody else is refused to remove that. */
static __always_inline bool another_loads(const struct image_slot *slot)
{
    return slot->loaded && !davy_reaches(slot->loaded >> 32, davy_current());
}

/* A name of a file goes away next. The file itself says whether it runs (a loader's program: its
 * slot), and the table of images who runs it. 1: refuse. */
__noinline int davy_removal_judged(u64 dentry_address, u32 backend)
{
    struct dentry *dentry = (struct dentry *)dentry_address;
    u8 mode = settings.mode[DAVY_DETECTION_IMAGE];
    struct davy_event_image *event;
    struct davy_image_state state = {};
    struct davy_process_id victim = {};
    struct davy_image image = {};
    struct image_slot slot = {};
    struct inode *inode;
    u32 verdict;
    u16 did = 0;
    bool known, refuse;

    inode = davy_dentry_inode(dentry, DAVY_NUMBER);
    if (!inode)
        return 0;
    davy_image_links_of(inode, &image, DAVY_NUMBER);
    known = find_slot(davy_dentry_hash(dentry_address), (u64)inode, &slot) ||
            (linked_elsewhere && find_slot(DAVY_ANY_NAME, (u64)inode, &slot));
    if (slot.inode != image.inode || slot.device != image.device)
        known = false; /* the address was another file's */
    refuse = (image.flags & DAVY_IMAGE_RUNNING) || !another_loads(&slot);
    if (known && slot.loaded && davy_slot_runs(&slot))
        image.flags |= DAVY_IMAGE_LOADED | DAVY_IMAGE_RUNNING;
    if (!(image.flags & DAVY_IMAGE_RUNNING) || !image.nlink)
        return 0;
    image.nlink--; /* as it will be */
    mark_replaced(&image, known ? slot.mounts : 0);
    if (image.nlink) {
        if (known && !(image.flags & DAVY_IMAGE_REPLACED))
            remember_linked(&slot, DAVY_SLOT_HOOK);
        return 0;
    }
    verdict = davy_judge_image(&image, DAVY_RULE_IMAGE_REMOVED, mode);
    if (verdict == DAVY_ALLOW)
        return 0;
    refuse = refuse && davy_enforced(verdict);
    if (known) {
        victim.tgid = slot.tgid;
        victim.start_ns = slot.start_ns;
    }
    /* The record is asked for once it can be filled: up to 6.1 the verifier takes a second look at
     * its pointer for a way to lose it. */
    if (known)
        victim_state(&victim, &state);
    if (refuse)
        did |= DAVY_DID_REFUSE;
    else
        remember_remover(&image);
    /* Refused first: the file stays, and can be looked into. */
    if (verdict == DAVY_KILL || (davy_enforced(verdict) && !refuse)) {
        if (davy_runs(davy_current(), inode))
            did |= davy_end_current();
        did |= davy_end_peer(&victim, (u32)bpf_get_current_uid_gid());
    }
    event = davy_alert_of_current(sizeof(*event));
    if (event) {
        davy_image_finding(event, &image, DAVY_RULE_IMAGE_REMOVED, verdict, did);
        event->state = state;
        event->decision.backend = backend;
        davy_current_process(&event->process);
        event->victim = victim;
        bpf_probe_read_kernel_str(event->filename, DAVY_PATH_MAX, davy_dentry_text(dentry));
        davy_alert_submit(event);
    }
    return refuse;
}

static __always_inline bool may_run(struct dentry *dentry)
{
    struct inode *inode = davy_dentry_inode(dentry, DAVY_TYPED); /* NULL: nothing is replaced */

    return inode && (davy_inode_runs(inode, DAVY_TYPED) || loaders_used);
}

static __always_inline int name_ends(struct dentry *dentry, u32 backend)
{
    int refused;

    davy_hold_cpu();
    refused = davy_removal_judged(davy_number_of(dentry), backend);
    davy_let_go_of_cpu();
    return refused ? -EPERM : 0;
}

static __always_inline int unlink_begins(struct dentry *dentry, u32 backend)
{
    hook_runs(DAVY_HOOK_UNLINK);
    if (!settings.mode[DAVY_DETECTION_IMAGE] || !davy_in_scope() || !may_run(dentry))
        return 0;
    return name_ends(dentry, backend);
}

__noinline int davy_move_seen(u64 from_address, u64 to_address)
{
    u64 from = davy_dentry_hash(from_address), to = davy_dentry_hash(to_address);

    carry_name(from, to, DAVY_SLOT_HOOK);
    return 0;
}

/* A running image answers to both names from here on, whether the rename succeeds or not. */
static __always_inline void move_begins(struct dentry *from, struct dentry *to)
{
    davy_hold_cpu();
    davy_move_seen(davy_number_of(from), davy_number_of(to));
    davy_let_go_of_cpu();
}

static __always_inline int rename_begins(struct dentry *from, struct dentry *to, bool exchange,
                                         u32 backend)
{
    hook_runs(DAVY_HOOK_RENAME);
    if (!settings.mode[DAVY_DETECTION_IMAGE])
        return 0;
    /* An upgrade counts wherever the package manager runs. */
    if (davy_hosts_manager_runs())
        davy_inherits(davy_number_of(from), davy_number_of(to));
    if (!davy_in_scope())
        return 0;
    if (!exchange && davy_dentry_inode(from, DAVY_TYPED) != davy_dentry_inode(to, DAVY_TYPED) &&
        may_run(to) && name_ends(to, backend))
        return -EPERM;
    if (may_run(from))
        move_begins(from, to);
    if (exchange && may_run(to))
        move_begins(to, from);
    return 0;
}
