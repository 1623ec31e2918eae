/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Long command lines of one-liners, by user: nobody takes another's room. */
#pragma once

#include "maps.h"

extern volatile u32 long_lines_of_users; /* of all users but root */

static __always_inline bool long_line_room(u32 uid)
{
    u32 *share = bpf_map_lookup_elem(&long_line_shares, &uid);
    u32 one = 1;

    if (uid && long_lines_of_users >= DAVY_LONG_LINES / 2)
        return false;
    if (!share)
        return !bpf_map_update_elem(&long_line_shares, &uid, &one, BPF_NOEXIST);
    if (uid && *share >= DAVY_LONG_LINES_EACH)
        return false;
    __sync_fetch_and_add(share, 1);
    return true;
}

static __always_inline void long_line_gone(u32 uid)
{
    u32 *share = bpf_map_lookup_elem(&long_line_shares, &uid);

    if (!share)
        return;
    if (*share <= 1)
        bpf_map_delete_elem(&long_line_shares, &uid);
    else
        __sync_fetch_and_add(share, -1);
}

/* `line->uid` is the current process's. */
static __always_inline void davy_keep_long_line(u32 tgid, struct long_line *line)
{
    struct long_line *before = bpf_map_lookup_elem(&long_lines, &tgid);

    if (before) {
        line->uid = before->uid;
        bpf_map_update_elem(&long_lines, &tgid, line, BPF_EXIST);
        return;
    }
    if (!long_line_room(line->uid))
        return;
    if (bpf_map_update_elem(&long_lines, &tgid, line, BPF_NOEXIST))
        long_line_gone(line->uid);
    else if (line->uid)
        __sync_fetch_and_add(&long_lines_of_users, 1);
}

static __always_inline void davy_forget_long_line(u32 tgid)
{
    struct long_line *line = bpf_map_lookup_elem(&long_lines, &tgid);
    u32 uid;

    if (!line)
        return;
    uid = line->uid;
    if (bpf_map_delete_elem(&long_lines, &tgid))
        return;
    long_line_gone(uid);
    if (uid)
        __sync_fetch_and_add(&long_lines_of_users, -1);
}
