/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A name was removed: whether a running image lost its last one. */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "../compat.h"
#include "../facts/user_text.h"
#include "../place.h"
#include "heirs.h"
#include "removal.h"

#include "davylamp/rules/image.h"
#include "davylamp/rules/name_hash.h"

/* A bit for each slot whose file has no name already. Global: verified once, and not once a hook.
 */
__noinline int davy_gone_in_bucket(u64 key)
{
    struct image_slots *slots = bpf_map_lookup_elem(&images, &key);
    int gone = 0;

    if (!slots)
        return DAVY_NO_BUCKET;
    for (u32 i = 0; i < DAVY_SLOTS; i++) {
        const struct image_slot *slot = &slots->slot[i];
        struct inode *inode = (struct inode *)slot->inode_address;

        if (inode && davy_inode_is(inode, slot->inode, slot->device) && !davy_nlink_of(inode))
            gone |= 1 << i;
    }
    return gone;
}

/* The files of a name that lost it where nobody saw it (io_uring): who removes the name next has
 * not removed them. The sweep asks who could have. */
__noinline u64 davy_gone_before(u64 name_hash)
{
    u64 gone = 0;

    for (u32 n = 0; n < DAVY_BUCKETS; n++) {
        int in_bucket = davy_gone_in_bucket(name_hash + n);

        if (in_bucket < 0)
            break;
        gone |= (u64)in_bucket << n * DAVY_SLOTS;
    }
    return gone;
}

static __always_inline int removal_begins(u64 path, u64 target)
{
    struct removal removal = {};
    u64 key = bpf_get_current_pid_tgid();
    bool in_scope = davy_in_scope();

    /* An upgrade counts wherever the package manager runs. */
    if (!settings.mode[DAVY_DETECTION_IMAGE] ||
        (!in_scope && !(target && davy_hosts_manager_runs())))
        return 0;
    if (in_scope)
        removal.path_address = target ? target : path;
    removal.name_hash = davy_user_basename(path);
    if (target)
        removal.target_hash = davy_user_basename(target);
    /* Names that no image runs under, nearly all of them, end here. */
    if (!linked_elsewhere && !bpf_map_lookup_elem(&images, &removal.name_hash) &&
        (!target || (!bpf_map_lookup_elem(&images, &removal.target_hash) &&
                     !bpf_map_lookup_elem(&heir_rows, &removal.target_hash))))
        return 0;
    removal.gone = davy_gone_before(target ? removal.target_hash : removal.name_hash);
    if (linked_elsewhere)
        removal.gone_linked = davy_gone_before(DAVY_ANY_NAME);
    if (bpf_map_update_elem(&removals, &key, &removal, BPF_ANY))
        davy_count_loss(DAVY_LOSS_PENDING_MAP);
    return 0;
}

static __always_inline void report_removed(struct davy_event_image *event,
                                           const struct davy_image *image, u32 verdict, u16 did,
                                           const struct image_slot *slot, u64 path_address)
{
    davy_image_finding(event, image, DAVY_RULE_IMAGE_REMOVED, verdict, did);
    davy_current_process(&event->process);
    event->victim.tgid = slot->tgid;
    event->victim.start_ns = slot->start_ns;
    bpf_probe_read_user_str(event->filename, DAVY_PATH_MAX, (void *)path_address);
    davy_alert_submit(event);
}

/* An image of this name may have lost its last link. Global: verified once, not once a slot. */
__noinline int davy_judge_slot(u64 key, u32 index, u64 path_address)
{
    struct image_slots *slots = bpf_map_lookup_elem(&images, &key);
    struct image_slot *slot;
    struct davy_event_image *event;
    struct inode *inode;
    u8 mode = settings.mode[DAVY_DETECTION_IMAGE];
    struct davy_image_state state = {};
    struct davy_image image = {};
    struct davy_process_id victim;
    u32 verdict;
    u16 did = 0;

    if (!slots)
        return 0;
    slot = &slots->slot[davy_index(index, DAVY_SLOTS)];
    inode = (struct inode *)slot->inode_address;
    davy_image_links_of(inode, &image, DAVY_NUMBER);
    /* The inode may be another's by now: its number and device tell. */
    if (image.inode != slot->inode || image.device != slot->device) {
        slot->inode_address = 0;
        return 0;
    }
    if (slot->loaded && davy_slot_runs(slot))
        image.flags |= DAVY_IMAGE_LOADED | DAVY_IMAGE_RUNNING;
    if (image.nlink && !(image.flags & DAVY_IMAGE_RUNNING))
        return 0;
    mark_replaced(&image, slot->mounts);
    if (image.nlink) {
        if (!(image.flags & DAVY_IMAGE_REPLACED))
            remember_linked(slot, DAVY_SLOT_EVENT);
        return 0;
    }
    verdict = davy_judge_image(&image, DAVY_RULE_IMAGE_REMOVED, mode);
    if (verdict != DAVY_ALLOW) {
        remember_remover(&image);
        victim.tgid = slot->tgid;
        victim.start_ns = slot->start_ns;
        /* The record is asked for once it can be filled: up to 6.1 the verifier takes a second look
         * at its pointer for a way to lose it. */
        victim_state(&victim, &state);
        if (davy_enforced(verdict)) {
            /* Nothing was refused, so the process cannot be left alive in block mode either. */
            if (davy_runs(davy_current(), inode))
                did |= davy_end_current();
            did |= davy_end_peer(&victim, (u32)bpf_get_current_uid_gid());
        }
        event = davy_alert_of_current(sizeof(*event));
        if (event) {
            event->state = state;
            report_removed(event, &image, verdict, did, slot, path_address);
        }
    }
    slot->inode_address = 0;
    return 0;
}

/* `which`: a bit for each slot that is not judged. */
static __always_inline int judge_here(const struct slot_walk *walk, struct image_slot *at)
{
    if (at->inode_address && !(walk->which >> walk->index & 1))
        davy_judge_slot(walk->key, walk->index, walk->subject);
    return 0;
}

__noinline int davy_judge_bucket(u64 key, u64 path_address, u32 gone)
{
    struct slot_walk walk = {.key = key, .which = gone, .subject = path_address};

    return walk_bucket(&walk, bpf_map_lookup_elem(&images, &key), judge_here);
}

static __always_inline void judge_name(u64 hash, u64 gone, const struct removal *removal)
{
    for (u32 n = 0; n < DAVY_BUCKETS; n++) {
        if (davy_judge_bucket(hash + n, removal->path_address, gone >> n * DAVY_SLOTS))
            break;
    }
}

static __always_inline int removal_ends(long result)
{
    u64 key = bpf_get_current_pid_tgid();
    struct removal *found = bpf_map_lookup_elem(&removals, &key);
    struct removal removal;

    if (!found)
        return 0;
    removal = *found;
    bpf_map_delete_elem(&removals, &key);
    if (result)
        return 0;
    if (removal.target_hash && bpf_map_lookup_elem(&heir_rows, &removal.target_hash))
        davy_has_inherited(removal.target_hash);
    if (!removal.path_address)
        return 0;
    if (removal.target_hash) {
        judge_name(removal.target_hash, removal.gone, &removal);
        carry_name(removal.name_hash, removal.target_hash, DAVY_SLOT_EVENT);
        /* RENAME_EXCHANGE */
        carry_name(removal.target_hash, removal.name_hash, DAVY_SLOT_EVENT);
    } else {
        judge_name(removal.name_hash, removal.gone, &removal);
    }
    if (linked_elsewhere)
        judge_name(DAVY_ANY_NAME, removal.gone_linked, &removal);
    return 0;
}
