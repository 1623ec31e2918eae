/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Maps of the allow rules, and of the facts of a verdict under way: key, value, who writes, who
 * deletes, what happens when it is full. */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "davylamp/abi/allow_rows.h"
#include "davylamp/abi/kernel_policy.h"
#include "davylamp/abi/records.h"

#include "../stratum/maps.h"

/* Policy: the chain's allow rules, in order. One row, so that a verdict costs one look-up. */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, u32);
    __type(value, struct davy_allow_rules);
} allow_rules SEC(".maps");

/* Policy: which rules a value satisfies, a map for each kind of condition. Written by userspace at
 * load. */
#define DAVY_ALLOW_BY(map_type, key_type, name)                                                    \
    struct {                                                                                       \
        __uint(type, map_type);                                                                    \
        __uint(max_entries, DAVY_ALLOW_VALUES_MAX);                                                \
        __uint(map_flags, BPF_F_NO_PREALLOC);                                                      \
        __type(key, key_type);                                                                     \
        __type(value, struct davy_allow_set);                                                      \
    } name SEC(".maps");

/* Destinations: a prefix's set includes those of the shorter prefixes around it, since the trie
 * finds the longest alone. */
DAVY_ALLOW_BY(BPF_MAP_TYPE_LPM_TRIE, struct davy_prefix_key, allow_to)

/* Names and cgroups are compared as text and not by a hash: who may choose a name could choose one
 * with the same hash. ".example.org" stands for what lies below it. */
struct davy_dns_name {
    char text[DAVY_DNS_NAME_MAX];
};
DAVY_ALLOW_BY(BPF_MAP_TYPE_HASH, struct davy_dns_name, allow_names)

struct davy_cgroup_path {
    char text[DAVY_CGROUP_PATH_MAX];
};
DAVY_ALLOW_BY(BPF_MAP_TYPE_HASH, struct davy_cgroup_path, allow_cgroups)

DAVY_ALLOW_BY(BPF_MAP_TYPE_HASH, u32, allow_users)
DAVY_ALLOW_BY(BPF_MAP_TYPE_HASH, struct davy_inode_key, allow_parents)
DAVY_ALLOW_BY(BPF_MAP_TYPE_HASH, struct davy_inode_key, allow_interps)

/* Addresses that were the answer for a name of an allow rule, with the name asked for last. Written
 * by the hooks that read DNS; nobody deletes, each ends at until_ns. Full: the least recently used
 * goes, and a connection to it has no name. */
struct name_answer {
    u64 until_ns; /* CLOCK_BOOTTIME */
    struct davy_dns_name name;
};
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 4096);
    __type(key, struct davy_address);
    __type(value, struct name_answer);
} name_answers SEC(".maps");

/* A name under way: looked up from each of its dots on. */
struct name_work {
    struct davy_dns_name name, suffix;
    struct davy_allow_set rules; /* that list it or a domain around it */
};

/* The facts of a verdict under way: pid_tgid → facts and sets. A map, since connect hooks have no
 * stack left. Written before a chain is judged, deleted when it is reported. Full: no rule allows,
 * and the record lacks these facts. */
#define DAVY_CGROUP_LEVELS 16
struct allow_work {
    struct davy_allow_facts facts;
    struct davy_allow_sets sets;
    u64 node[DAVY_CGROUP_LEVELS]; /* struct kernfs_node *, the root's children first */
    struct name_work name;
    char path[DAVY_CGROUP_PATH_MAX + 128]; /* room for a component behind the last that counts */
};
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 1024);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, u64);
    __type(value, struct allow_work);
} allow_work SEC(".maps");
