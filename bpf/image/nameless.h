/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Something runs that has no name: EXE-001, for an image, for what a loader maps, and for a script
 * that is read through a descriptor. And what policy denies, EXE-006. */
#pragma once

#include "../enforce.h"
#include "../place.h"
#include "slots.h"
#include "state.h"

#include "davylamp/rules/image.h"

/* Whether a name that execve was given, of which these are the first eight bytes, is a descriptor
 * of the caller's own: "/dev/fd/", as execveat makes it of one, or "/proc/se". A name under
 * /proc/PID would be somebody else's. */
static __always_inline bool davy_own_descriptor(u64 begin)
{
    return begin == 0x2f64662f7665642full || begin == 0x65732f636f72702full;
}

/* The current process runs `image`, or will. `filename`: where it lies as it was given, or 0.
 * Global, as the functions below are: their callers have no stack to spare. */
__noinline int davy_nameless_runs(const struct davy_image *image, u64 filename)
{
    u8 mode = settings.mode[DAVY_DETECTION_IMAGE];
    struct davy_event_image *event;
    u16 did = 0, rule;
    u32 verdict;

    if (!image)
        return DAVY_ALLOW;
    rule = davy_exec_rule(image);
    verdict = davy_judge_image(image, rule, mode);
    if (verdict == DAVY_ALLOW)
        return verdict;
    if (davy_enforced(verdict))
        did = davy_end_current();
    event = davy_alert_of_current(sizeof(*event));
    if (!event)
        return verdict;
    davy_image_finding(event, image, rule, verdict, did);
    davy_current_process(&event->process);
    davy_state_of((u64)davy_current(), &event->state);
    bpf_probe_read_kernel_str(event->filename, DAVY_PATH_MAX, (void *)filename);
    davy_alert_submit(event);
    return verdict;
}

/* An open file that the current process runs in another way than as its image; `how` is
 * DAVY_IMAGE_LOADED or DAVY_IMAGE_SCRIPT. */
static __always_inline void davy_file_runs(struct file *file, struct davy_image *image, u16 how)
{
    davy_image_links_of(davy_inode_of(file), image, DAVY_NUMBER);
    davy_name_of(file, image->name, &image->flags, DAVY_NUMBER);
    davy_mark_known(image);
    image->flags |= how | DAVY_IMAGE_RUNNING;
}

/* An interpreter reads its program through a descriptor of this file. */
__noinline int davy_script_runs(u64 file_address, u64 filename)
{
    struct davy_image image = {};

    davy_file_runs((struct file *)file_address, &image, DAVY_IMAGE_SCRIPT);
    return image.nlink ? DAVY_ALLOW : davy_nameless_runs(&image, filename);
}

/* For davy_loader_runs(), too large for the stack: a call chain has 512 bytes, in steps of 32 up to
 * 6.12, and exec and open have spent theirs. */
struct loader_scratch {
    struct davy_image image;
    struct loaded fresh;
};
DAVY_SCRATCH(loader_scratch, struct loader_scratch, davy_loader_working)

/* A loader has opened its program: a candidate when that is removed, and the finding at once where
 * it has no name. */
__noinline int davy_loader_runs(u64 file_address, u64 filename)
{
    struct file *file = (struct file *)file_address;
    struct davy_process_id id = {};
    struct loader_scratch *s = davy_loader_working();

    if (!s)
        return DAVY_ALLOW;
    __builtin_memset(s, 0, sizeof(*s));
    davy_file_runs(file, &s->image, DAVY_IMAGE_LOADED);
    davy_process_id_of(davy_current(), &id, DAVY_NUMBER);
    s->fresh.start_ns = id.start_ns;
    s->fresh.inode_address = (u64)davy_inode_of(file);
    s->fresh.dentry_address = davy_file_at_path(file).dentry;
    s->fresh.file = davy_image_key(&s->image);
    __builtin_memcpy(s->fresh.name, s->image.name, DAVY_NAME_MAX);
    loaders_used = 1;
    bpf_map_update_elem(&loaded, &id.tgid, &s->fresh, BPF_ANY);
    if (!s->image.nlink)
        return davy_nameless_runs(&s->image, filename);
    davy_image_started(davy_file_name_hash(file_address), (struct inode *)s->fresh.inode_address,
                       &s->image, &id, davy_mounts_of(davy_current(), DAVY_NUMBER),
                       DAVY_SLOT_EVENT);
    return DAVY_ALLOW;
}

/* A loader starts, and will open its program by a name that has this hash. */
__noinline int davy_loader_awaits(u64 name_hash)
{
    struct davy_process_id id = {};
    struct loaded fresh = {.awaited = name_hash};

    davy_process_id_of(davy_current(), &id, DAVY_NUMBER);
    fresh.start_ns = id.start_ns;
    loaders_used = 1;
    loaders_until_ns = bpf_ktime_get_boot_ns() + DAVY_LOADER_NS;
    bpf_map_update_elem(&loaded, &id.tgid, &fresh, BPF_ANY);
    return 0;
}
