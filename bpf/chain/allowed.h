/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The chain's allow rules: the facts of the process that is about to be judged, looked up in the
 * policy maps, and the first rule that they satisfy (rules/allow.h). Runs where a conviction would
 * fall and nowhere else. What cannot be read allows nobody. */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "../compat.h"
#include "../emit.h"
#include "../facts/task.h"

#include "davylamp/rules/allow.h"

#define CGROUP_DEPTH_MAX 32 /* levels that are walked up; no rule matches a deeper cgroup */

static __always_inline struct allow_work *davy_allow_working(void)
{
    u64 key = bpf_get_current_pid_tgid();

    return bpf_map_lookup_elem(&allow_work, &key);
}

static __always_inline void davy_allow_join(struct davy_allow_set *to,
                                            const struct davy_allow_set *more)
{
    for (int i = 0; more && i < DAVY_ALLOW_WORDS; i++)
        to->word[i] |= more->word[i];
}

/* A name whose suffixes are looked up, and room for a key. It is too large for the stack, and until
 * 6.x a key lies on the stack or in a map's value, never behind a global function's argument
 * (kernel/bpf/verifier.c). So each caller has one in a map of its own. */
static __always_inline bool davy_allow_name_at(struct name_work *name, u32 index)
{
    struct davy_allow_set *found;

    __builtin_memset(&name->suffix, 0, sizeof(name->suffix));
    bpf_probe_read_kernel_str(name->suffix.text, DAVY_DNS_NAME_MAX,
                              &name->name.text[index & (DAVY_DNS_NAME_MAX - 1)]);
    found = bpf_map_lookup_elem(&allow_names, &name->suffix);
    davy_allow_join(&name->rules, found);
    return found;
}

/* Where in a name a listed one may begin: at its start, or at a dot, as a domain does. */
static __always_inline bool davy_allow_name_begins(const struct name_work *name, u32 index)
{
    return !index || name->name.text[index & (DAVY_DNS_NAME_MAX - 1)] == '.';
}

/* Global, so that it is verified once and not once a byte. */
__noinline int davy_allow_suffix(u32 index)
{
    struct allow_work *work = davy_allow_working();

    return work && davy_allow_name_at(&work->name, index);
}

static __always_inline void davy_remote_at(u64 flow_address, u8 *address)
{
    flow_address += __builtin_offsetof(struct davy_flow, remote);
    bpf_probe_read_kernel(address, 16, (void *)flow_address);
}

/* The name that was asked for when the remote address was the answer. Global, as are the others
 * here: verified once, whoever judges. */
__noinline int davy_allow_name(u64 flow_address)
{
    struct allow_work *work = davy_allow_working();
    struct davy_address address = {};
    struct name_answer *answer;

    if (!work)
        return 0;
    work->facts.flags |= DAVY_FACTS_NAMED;
    davy_remote_at(flow_address, address.byte);
    answer = bpf_map_lookup_elem(&name_answers, &address);
    if (!answer || answer->until_ns <= bpf_ktime_get_boot_ns())
        return 0;
    work->name.name = answer->name;
    __builtin_memcpy(work->facts.name, answer->name.text, DAVY_DNS_NAME_MAX);
    for (u32 i = 0; i < DAVY_DNS_NAME_MAX - 1; i++) {
        if (!work->name.name.text[i])
            break;
        if (davy_allow_name_begins(&work->name, i))
            davy_allow_suffix(i);
    }
    work->sets.kind[DAVY_ALLOW_BY_NAME] = work->name.rules;
    return 0;
}

/* Global, so that what relocates it is verified once and not once a level. */
__noinline u64 davy_cgroup_above(u64 node)
{
    return (u64)davy_kernfs_parent((struct kernfs_node *)node);
}

/* The current cgroup's path, a component at a time from the root, and the rules that list it or a
 * cgroup above it. By path and not by id: a service that starts again gets another id. */
__noinline int davy_allow_cgroup(void)
{
    struct allow_work *work = davy_allow_working();
    u32 level, depth, at = 0, size;
    struct kernfs_node *node = davy_cgroup_node_of(davy_current(), &level);

    if (!work)
        return 0;
    depth = level < DAVY_CGROUP_LEVELS ? level : DAVY_CGROUP_LEVELS;
    if (level > CGROUP_DEPTH_MAX) {
        work->facts.flags |= DAVY_FACTS_CGROUP_CUT;
        return 0;
    }
    for (u32 i = 0; i < CGROUP_DEPTH_MAX; i++) {
        if (!level)
            break;
        level--;
        if (level < DAVY_CGROUP_LEVELS)
            work->node[level & (DAVY_CGROUP_LEVELS - 1)] = (u64)node;
        node = (struct kernfs_node *)davy_cgroup_above((u64)node);
    }
    for (u32 i = 0; i < DAVY_CGROUP_LEVELS; i++) {
        if (i >= depth)
            break;
        node = (struct kernfs_node *)work->node[i];
        work->path[at & (DAVY_CGROUP_PATH_MAX - 1)] = '/';
        size = bpf_probe_read_kernel_str(&work->path[(at & (DAVY_CGROUP_PATH_MAX - 1)) + 1], 127,
                                         davy_kernfs_name(node));
        if (size < 2 || size >= 127 || at + size >= DAVY_CGROUP_PATH_MAX) {
            work->path[at & (DAVY_CGROUP_PATH_MAX - 1)] = 0;
            work->facts.flags |= DAVY_FACTS_CGROUP_CUT;
            break;
        }
        at += size; /* the slash for the NUL */
        davy_allow_join(&work->sets.kind[DAVY_ALLOW_BY_CGROUP],
                        bpf_map_lookup_elem(&allow_cgroups, work->path));
    }
    bpf_probe_read_kernel_str(work->facts.cgroup, DAVY_CGROUP_PATH_MAX, work->path);
    return 0;
}

/* Images of the ancestors, parent first. */
__noinline int davy_allow_ancestors(void)
{
    struct allow_work *work = davy_allow_working();
    struct task_struct *task = davy_current();

    if (!work)
        return 0;
    for (u32 i = 0; i < DAVY_ANCESTORS_MAX; i++) {
        struct inode *inode;

        task = davy_parent_of(task);
        if (!task || !davy_tgid_of(task))
            break;
        inode = davy_exe_inode(task);
        if (!inode)
            continue;
        work->facts.ancestors[i] = davy_inode_key_of(inode);
        davy_allow_join(&work->sets.kind[DAVY_ALLOW_BY_PARENT],
                        bpf_map_lookup_elem(&allow_parents, &work->facts.ancestors[i]));
    }
    return 0;
}

/* Whether rule `index` allows. Global: the loop over the rules would verify it for each. */
__noinline int davy_allow_matches(u32 index, u64 now_ns)
{
    struct allow_work *work = davy_allow_working();
    struct davy_allow_rules *rules;
    u32 zero = 0;

    /* The verifier must see the bound on the register that is used. */
    index &= DAVY_ALLOW_RULES_MAX - 1;
    asm volatile("" : "+r"(index));
    rules = bpf_map_lookup_elem(&allow_rules, &zero);
    if (!work || !rules)
        return 0;
    return !davy_allow_missing(&rules->rule[index], index, &work->sets, now_ns);
}

/* Gathers the facts and judges; the first rule that allows, or -1. */
__noinline int davy_allow_judge(u64 flow_address, u64 inode, u32 device)
{
    struct davy_prefix_key to = {.bits = 128};
    struct davy_allow_rules *rules;
    u64 key = bpf_get_current_pid_tgid();
    struct blank *blank = davy_blank();
    struct allow_work *work;
    u64 now_ns = bpf_ktime_get_boot_ns();
    u32 zero = 0;

    if (!blank || bpf_map_update_elem(&allow_work, &key, &blank->allow, BPF_ANY))
        return -1;
    work = davy_allow_working();
    if (!work)
        return -1;
    work->facts.flags = DAVY_FACTS_GATHERED;
    work->facts.interpreter.inode = inode;
    work->facts.interpreter.device = device;
    work->facts.uid = davy_uid_of(davy_current());
    davy_allow_cgroup();
    davy_allow_ancestors();
    if (settings.has_names)
        davy_allow_name(flow_address);
    if (!settings.has_allowed)
        return -1;
    davy_remote_at(flow_address, to.address);
    davy_allow_join(&work->sets.kind[DAVY_ALLOW_BY_TO], bpf_map_lookup_elem(&allow_to, &to));
    davy_allow_join(&work->sets.kind[DAVY_ALLOW_BY_USER],
                    bpf_map_lookup_elem(&allow_users, &work->facts.uid));
    davy_allow_join(&work->sets.kind[DAVY_ALLOW_BY_INTERPRETER],
                    bpf_map_lookup_elem(&allow_interps, &work->facts.interpreter));
    rules = bpf_map_lookup_elem(&allow_rules, &zero);
    if (!rules)
        return -1;
    for (u32 i = 0; i < DAVY_ALLOW_RULES_MAX; i++) { /* davy_allow_first() */
        if (i >= rules->count)
            break;
        if (davy_allow_matches(i, now_ns))
            return i;
    }
    return -1;
}

/* For the record of the chain that was judged last. */
static __always_inline void davy_allow_report(struct davy_allow_facts *out)
{
    u64 key = bpf_get_current_pid_tgid();
    struct allow_work *work = davy_allow_working();

    if (!work)
        return;
    bpf_probe_read_kernel(out, sizeof(*out), &work->facts); /* one call, not 67 stores */
    bpf_map_delete_elem(&allow_work, &key);
}
