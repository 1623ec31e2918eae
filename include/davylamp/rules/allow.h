/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The chain's allow rules: which one, if any, lets a chain pass. The facts come as sets of rules,
 * one for each kind of condition: "the rules whose condition on the user is met". */
#pragma once

#include "davylamp/abi/allow_rows.h"

/* What a rule may lack besides its conditions. */
#define DAVY_ALLOW_EXPIRED (1u << 30)
#define DAVY_ALLOW_EMPTY (1u << 31) /* no condition: such a rule allows nobody, never everybody */

/* Whether rule `index`'s condition of this kind is met. */
static inline __u32 davy_allow_holds(const struct davy_allow_set *set, __u32 index)
{
    return (__u32)(set->word[index / 64 % DAVY_ALLOW_WORDS] >> (index % 64)) & 1;
}

/* What rule `index` lacks: bits of its conditions, DAVY_ALLOW_EXPIRED; 0: it allows. */
static inline __u32 davy_allow_missing(const struct davy_allow_rule *rule, __u32 index,
                                       const struct davy_allow_sets *sets, __u64 now_ns)
{
    __u32 held = 0, missing;

    for (int kind = 0; kind < DAVY_ALLOW_KINDS; kind++)
        held |= davy_allow_holds(&sets->kind[kind], index) << kind;
    missing = rule->conditions & ~held;
    if (!rule->conditions)
        missing |= DAVY_ALLOW_EMPTY;
    if (rule->until_ns && now_ns >= rule->until_ns)
        missing |= DAVY_ALLOW_EXPIRED;
    return missing;
}

/* The first rule that allows, or -1. */
static inline __s32 davy_allow_first(const struct davy_allow_rules *rules,
                                     const struct davy_allow_sets *sets, __u64 now_ns)
{
    for (__u32 i = 0; i < DAVY_ALLOW_RULES_MAX; i++) {
        if (i >= rules->count)
            break;
        if (!davy_allow_missing(&rules->rule[i], i, sets, now_ns))
            return (__s32)i;
    }
    return -1;
}
