/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The chain's allow rules as they cross the kernel border: the rules themselves, and the facts that
 * a chain was judged on, which travel in its record so that anybody can judge again. */
#pragma once

#include <linux/types.h>

#include "davylamp/abi/check.h"
#include "davylamp/abi/kernel_policy.h"

/* The kinds of conditions. Those of one rule are joined by AND. Indices of davy_allow_sets.kind. */
#define DAVY_ALLOW_BY_TO 0
#define DAVY_ALLOW_BY_NAME 1
#define DAVY_ALLOW_BY_USER 2
#define DAVY_ALLOW_BY_CGROUP 3
#define DAVY_ALLOW_BY_PARENT 4
#define DAVY_ALLOW_BY_INTERPRETER 5
#define DAVY_ALLOW_KINDS 6

/* The rules whose condition holds for a value, a bit each: what the look-up maps give. One look-up
 * answers for all rules, and the values of one condition are joined by OR at no cost. */
#define DAVY_ALLOW_WORDS (DAVY_ALLOW_RULES_MAX / 64)
struct davy_allow_set {
    __u64 word[DAVY_ALLOW_WORDS];
};
DAVY_SIZE(davy_allow_set, 32);

struct davy_allow_sets {
    struct davy_allow_set kind[DAVY_ALLOW_KINDS];
};
DAVY_SIZE(davy_allow_sets, 192);

struct davy_allow_rule {
    __u64 until_ns;   /* on the clock that it is judged by: CLOCK_BOOTTIME in the kernel; 0 never */
    __u32 conditions; /* 1 << DAVY_ALLOW_BY_*, what the rule asks for */
    __u32 reserved;
};
DAVY_SIZE(davy_allow_rule, 16);

/* In the order of the policy file. */
struct davy_allow_rules {
    __u32 count;
    __u32 reserved;
    struct davy_allow_rule rule[DAVY_ALLOW_RULES_MAX];
};
DAVY_SIZE(davy_allow_rules, 8 + 16 * DAVY_ALLOW_RULES_MAX);

#define DAVY_ANCESTORS_MAX 8
#define DAVY_CGROUP_PATH_MAX 256
#define DAVY_DNS_NAME_MAX 128

#define DAVY_FACTS_GATHERED 0x1   /* the rest was looked for; 0: a record of before the rules */
#define DAVY_FACTS_NAMED 0x2      /* DNS answers were watched */
#define DAVY_FACTS_CGROUP_CUT 0x4 /* the cgroup's path is longer than the field */

/* What the rules were judged on, beside the record's flow: the process whose step completed the
 * chain, and the interpreter at its end. */
struct davy_allow_facts {
    struct davy_inode_key interpreter;                   /* image of the sink; inode 0 unknown */
    struct davy_inode_key ancestors[DAVY_ANCESTORS_MAX]; /* images, parent first; inode 0 none */
    __u32 uid;                                           /* real, initial user namespace */
    __u32 flags;                                         /* DAVY_FACTS_* */
    char name[DAVY_DNS_NAME_MAX];                        /* asked for the remote address; lower */
    char cgroup[DAVY_CGROUP_PATH_MAX];                   /* from the root; empty: the root */
};
DAVY_OFFSET(davy_allow_facts, uid, 144);
DAVY_OFFSET(davy_allow_facts, name, 152);
DAVY_OFFSET(davy_allow_facts, cgroup, 280);
DAVY_SIZE(davy_allow_facts, 536);
