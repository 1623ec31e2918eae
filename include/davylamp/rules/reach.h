/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whom a verdict may hit: the one rule that every signal and every refused connect goes through
 * (docs/threat-model.md). Who pays has either shown by his own act that he takes part, or is
 * somebody whom the one who caused the act could have signalled himself (kill(2): the same user, or
 * root). Users are numbers of the initial user namespace, so root of a container that has a
 * user namespace of its own is nobody special here. */
#pragma once

#include <linux/types.h>

/* As a causer: the target's own act proves it. Bytes that it wrote to the wire, the image that it
 * runs, code that it read itself from a net-fed descriptor. */
#define DAVY_OWN_ACT (1ull << 32)

/* `causer`: the real uid of who caused the act, or DAVY_OWN_ACT. `uid`, `saved`: the target's real
 * and saved uid. */
static inline int davy_may_hit(__u64 causer, __u32 uid, __u32 saved)
{
    return causer == DAVY_OWN_ACT || causer == 0 || causer == uid || causer == saved;
}

/* Who caused a chain, to whoever else takes part in it. Neither end may use the rights of the
 * other: where one of them is root's and the other is not, it is the other (`curl … | sudo bash`,
 * and a user who reads a fifo that root's service writes). */
static inline __u32 davy_chain_causer(__u32 source_uid, __u32 sink_uid)
{
    return sink_uid ? sink_uid : source_uid;
}
