/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* On whose budget a text from the network is. */
#pragma once

#include "budget_order.h"
#include "text_work.h"

/* The text at that place among its owner's is forgotten, if it stands there still. It is a loss
 * where its reader lives and so might run it. */
__noinline int davy_text_pushed(u32 owner, u64 place)
{
    struct fed_text_key key = {};
    struct budget_entry entry;
    struct fed_text *text;
    bool young, lives;

    if (!davy_budget_takes(owner, DAVY_BUDGET_TEXTS, place, &entry))
        return 0;
    key.tgid = entry.first;
    key.slot = entry.second;
    text = bpf_map_lookup_elem(&fed_texts, &key);
    if (!text || text->owner != owner || text->place != place)
        return 0;
    young = text->time_ns + settings.window_ns > bpf_ktime_get_boot_ns();
    lives = davy_lives(text->leader, key.tgid, text->start_ns);
    if (bpf_map_delete_elem(&fed_texts, &key) || !young)
        return 0;
    davy_budget_less(DAVY_BUDGET_TEXTS);
    if (lives)
        davy_count_loss(DAVY_LOSS_FED_TEXT);
    return 0;
}

/* The place of a text of `tgid` among those of the current user, who is `owner`. */
__noinline u64 davy_text_place(u32 owner, u32 tgid, u32 slot)
{
    struct fed_text_key key = {.tgid = tgid, .slot = slot};
    struct fed_text *text = bpf_map_lookup_elem(&fed_texts, &key);
    u64 before = text && text->owner == owner ? text->place : 0;
    u64 place = davy_budget_place(owner, DAVY_BUDGET_TEXTS, before, tgid, slot);

    if (!text && davy_budget_more(DAVY_BUDGET_TEXTS))
        davy_count_loss(DAVY_LOSS_FED_TEXT);
    if (place != before)
        davy_text_pushed(owner, davy_budget_oldest(place, owner, DAVY_BUDGET_TEXTS));
    return place;
}

/* Keeps the sample in the scratch under `key`, on the current user's budget. */
static __always_inline void davy_text_owned(struct text_scratch *s, const struct fed_text_key *key)
{
    s->text.owner = davy_budget_owner();
    s->text.place = davy_text_place(s->text.owner, key->tgid, key->slot);
    bpf_map_update_elem(&fed_texts, key, &s->text, BPF_ANY);
}

/* The text under `key` is no reader's any more. */
static __always_inline void davy_text_forgotten(const struct fed_text_key *key)
{
    if (!bpf_map_delete_elem(&fed_texts, key))
        davy_budget_less(DAVY_BUDGET_TEXTS);
}
