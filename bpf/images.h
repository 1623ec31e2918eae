/* The images that run, by name: written when one starts, asked when a name is removed. */
#pragma once

#include "emit.h"
#include "facts/task.h"

/* Global: verified once, not once a slot that a rename carries over. */
__noinline int davy_image_slot_put(u64 name_hash, const struct image_slot *slot)
{
    struct image_slots *slots;
    u32 index;

    if (!slot)
        return 0;
    slots = bpf_map_lookup_elem(&images, &name_hash);
    if (!slots) {
        struct blank *blank = davy_blank();

        if (blank)
            bpf_map_update_elem(&images, &name_hash, &blank->slots, BPF_NOEXIST);
        slots = bpf_map_lookup_elem(&images, &name_hash);
        if (!slots) {
            davy_count_loss(DAVY_LOSS_IMAGE_MAP);
            return 0;
        }
    }
    for (int i = 0; i < DAVY_SLOTS; i++) {
        if (slots->slot[i].inode == slot->inode && slots->slot[i].device == slot->device) {
            slots->slot[i].inode_address = slot->inode_address;
            slots->slot[i].start_ns = slot->start_ns;
            slots->slot[i].tgid = slot->tgid;
            return 0;
        }
    }
    index = slots->next++ & (DAVY_SLOTS - 1);
    /* Overwriting an image that still runs: the sweep finds what its removal leaves. */
    if (slots->slot[index].inode_address) {
        struct inode *old = (struct inode *)slots->slot[index].inode_address;

        if (BPF_CORE_READ(old, i_ino) == slots->slot[index].inode &&
            (s32)BPF_CORE_READ(old, i_writecount.counter) < 0)
            davy_count_loss(DAVY_LOSS_IMAGE_MAP);
    }
    slots->slot[index] = *slot;
    return 0;
}

/* Process `id` runs `inode`, whose facts are in `image` and whose name has the hash. */
static __always_inline void davy_image_started(u64 name_hash, struct inode *inode,
                                               const struct davy_image *image,
                                               const struct davy_process_id *id)
{
    struct image_slot slot = {
        .inode_address = (u64)inode,
        .inode = image->inode,
        .device = image->device,
        .tgid = id->tgid,
        .start_ns = id->start_ns,
    };

    davy_image_slot_put(name_hash, &slot);
}
