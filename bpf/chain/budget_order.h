/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tables in which each user has a budget (rules/budget.h): what a user adds pushes out his own
 * oldest entries, and nobody else's. Each entry knows whose it is and its place in the order of
 * his; `budget_slots` knows which entry stands at a place. Several programs may add for one user at
 * a time, and 5.10 has no atomic that returns what it found. So a place is taken by making its
 * slot, which succeeds for one alone. */
#pragma once

#include "../emit.h"
#include "../facts/world.h"
#include "davylamp/rules/budget.h"

/* Programs on so many processors may add for one user at the same moment. */
#define BUDGET_TRIES 8
/* A user's first place is the time in units of 4 µs. Whose share was forgotten begins anew behind
 * all that he had. */
#define BUDGET_BEGIN_SHIFT 12

/* On whose budget the current process is. */
__noinline u64 davy_budget_owner(void)
{
    struct task_struct *task = davy_current();
    u32 uid = bpf_get_current_uid_gid();

    if (uid < DAVY_ACCOUNT_UIDS)
        return uid;
    return davy_budget_user(uid, davy_login_of(task), davy_in_hosts_users(task));
}

/* The place of the entry `first`, `second` among its owner's. `before`: the one that it has, 0 for
 * none. 0 or `before` where there is no room for it; then nothing pushes it out but the table. */
__noinline u64 davy_budget_place(u32 owner, u32 table, u64 before, u64 first, u64 second)
{
    struct budget_share_key key = {.owner = owner, .table = table};
    struct budget_slot slot = {.owner = owner, .table = table};
    struct budget_entry entry = {.first = first, .second = second};
    struct budget_share *share = bpf_map_lookup_elem(&budget_shares, &key);

    if (!share) {
        struct budget_share fresh = {.next = bpf_ktime_get_boot_ns() >> BUDGET_BEGIN_SHIFT};

        bpf_map_update_elem(&budget_shares, &key, &fresh, BPF_NOEXIST);
        share = bpf_map_lookup_elem(&budget_shares, &key);
        if (!share)
            return before;
    }
    slot.place = share->next;
    if (before && !davy_budget_moves(before, slot.place, owner, table))
        return before;
    for (int i = 0; i < BUDGET_TRIES; i++) {
        if (!bpf_map_update_elem(&budget_slots, &slot, &entry, BPF_NOEXIST)) {
            __sync_fetch_and_add(&share->next, 1);
            return slot.place;
        }
        slot.place++;
    }
    return before;
}

/* Takes what stands at `place` out of its owner's order. False: nothing does. */
static __always_inline bool davy_budget_takes(u32 owner, u32 table, u64 place,
                                              struct budget_entry *entry)
{
    struct budget_slot slot = {.owner = owner, .table = table, .place = place};
    struct budget_entry *found = bpf_map_lookup_elem(&budget_slots, &slot);

    if (!found)
        return false;
    *entry = *found;
    return !bpf_map_delete_elem(&budget_slots, &slot);
}

/* The table has one entry more. Where all users together have added more of late than it holds, it
 * has pushed out what was used least recently, whosever it was. */
__noinline int davy_budget_more(u32 table)
{
    struct budget_total *total = bpf_map_lookup_elem(&budget_totals, &table);
    u64 now = bpf_ktime_get_boot_ns();

    if (!total)
        return 0;
    if (now - total->since_ns > settings.window_ns) {
        total->before = now - total->since_ns > 2 * settings.window_ns ? 0 : total->fresh;
        total->fresh = 0;
        total->since_ns = now;
    }
    __sync_fetch_and_add(&total->fresh, 1);
    return total->before + total->fresh > (s64)davy_budget_whole(table);
}

/* And one less that was added of late. */
static __always_inline void davy_budget_less(u32 table)
{
    struct budget_total *total = bpf_map_lookup_elem(&budget_totals, &table);

    if (total)
        __sync_fetch_and_add(&total->fresh, -1);
}
