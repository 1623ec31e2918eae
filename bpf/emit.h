/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reserve, fill, submit, and count what could not be written. Only an alert wakes the reader: a
 * wake-up per event is the whole cost of a sensor. */
#pragma once

#include "facts/task.h"
#include "maps.h"
#include "settings.h"

static __always_inline void davy_count_loss(u32 reason)
{
    u64 *count = bpf_map_lookup_elem(&losses, &reason);

    if (count)
        (*count)++; /* per CPU; a preempted increment may be lost, a total is never too large */
}

/* Of a record about process `tgid`. Programs of packets take this one: until 6.12 they may not ask
 * who is current, and there that says nothing anyway. */
static __always_inline void davy_header_of(struct davy_event_header *header, u16 kind, u32 size,
                                           u32 verdict, u32 tgid)
{
    header->version = DAVY_ABI_VERSION;
    header->kind = kind;
    header->size = size;
    header->time_ns = bpf_ktime_get_boot_ns();
    header->tgid = tgid;
    header->verdict = verdict;
}

static __always_inline void davy_header(struct davy_event_header *header, u16 kind, u32 size,
                                        u32 verdict)
{
    davy_header_of(header, kind, size, verdict, bpf_get_current_pid_tgid() >> 32);
}

/* What was decided and done, for a record of the alert ring. The mode is the detection's own. */
static __always_inline void davy_decide(struct davy_decision *decision, u16 detection, u16 rule,
                                        u8 certainty, u16 did, u32 row)
{
    decision->detection = detection;
    decision->rule = rule;
    decision->mode = settings.mode[detection];
    decision->certainty = certainty;
    decision->did = did;
    decision->row = row;
}

/* What every record of the deleted executable begins with. */
static __always_inline void davy_image_finding(struct davy_event_image *event,
                                               const struct davy_image *image, u16 rule,
                                               u32 verdict, u16 did)
{
    davy_header(&event->header, DAVY_EVENT_IMAGE, sizeof(*event), verdict);
    davy_decide(&event->decision, DAVY_DETECTION_IMAGE, rule, DAVY_CERTAIN, did, DAVY_NO_ROW);
    event->decision.starts = davy_is_starting(davy_current());
    event->image = *image;
}

/* Telemetry is drained by a timer, or when a quarter of the ring waits. */
static __always_inline u64 davy_telemetry_flags(void)
{
    return bpf_ringbuf_query(&telemetry, BPF_RB_AVAIL_DATA) >= 512 * 1024 ? BPF_RB_FORCE_WAKEUP
                                                                          : BPF_RB_NO_WAKEUP;
}

/* Room in the alert ring for a zeroed record of `size` bytes, or NULL and a counted loss. A
 * verdict that reaches nobody is still carried out: callers decide before they report. */
static __always_inline void *davy_alert_reserve(u32 size)
{
    void *record = bpf_ringbuf_reserve(&alerts, size, 0);

    if (!record) {
        davy_count_loss(DAVY_LOSS_ALERT_RING);
        return NULL;
    }
    /* Address 0 cannot be read, and the helper then fills with zeroes
     * (bpf_probe_read_kernel_common(), kernel/trace/bpf_trace.c). One call, where stores would be
     * most of what is verified. */
    bpf_probe_read_kernel(record, size, NULL);
    return record;
}

static __always_inline void davy_alert_submit(void *record)
{
    bpf_ringbuf_submit(record, BPF_RB_FORCE_WAKEUP);
}

/* Index of the lowest set bit by a de Bruijn product: a BPF loop or branch for each would multiply
 * the paths the verifier walks. */
static const u8 davy_debruijn[64] = {
    0,  1,  48, 2,  57, 49, 28, 3,  61, 58, 50, 42, 38, 29, 17, 4,  62, 55, 59, 36, 53, 51,
    43, 22, 45, 39, 33, 30, 24, 18, 12, 5,  63, 47, 56, 27, 60, 41, 37, 16, 54, 35, 52, 21,
    44, 32, 23, 11, 46, 26, 40, 15, 34, 20, 31, 10, 25, 14, 19, 9,  13, 8,  7,  6,
};

static __always_inline u32 davy_lowest_bit(u64 bits)
{
    return davy_debruijn[((bits & -bits) * 0x03f79d71b4cb0a89ull) >> 58];
}
