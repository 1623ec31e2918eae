/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* All hooks as one object. They are one unit and not linked ones because libbpf 1.1's linker cannot
 * take extern kernel functions ("failed to resolve size of underlying type"); each still compiles
 * alone. */
#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "davylamp/abi/kernel_policy.h"

const volatile struct davy_settings settings = {};
/* hooks/payload.bpf.c */
const volatile __u32 numbers_only = 0;
/* 0: every process of the scope (at start); 1: only those whose image is gone. Set by userspace
 * before it reads the iterator, hence no constant. */
volatile __u32 sweep_gone_only = 0;

/* facts/self.h, facts/task.h, loader.h, enforce.h */
volatile __u32 self_tgid = 0;
volatile __u64 self_start_ns = 0;
volatile __u64 init_inode = 0;
volatile __u64 init_cgroup = 0;
volatile __u32 init_device = 0;
volatile __u64 loaders_until_ns = 0;
volatile __u32 loaders_used = 0;
/* Userspace is there to save images until then; it moves this on. */
volatile __u64 evidence_until_ns = 0;
/* condemned.h */
volatile __u32 condemned_count = 0;

/* place.h: the world of who loaded us, by struct mnt_namespace *, struct dentry *, and inode
 * numbers of namespaces. A program that userspace itself runs sets them. */
volatile __u64 host_mounts = 0;
volatile __u64 host_root = 0;
volatile __u32 host_network = 0;
volatile __u32 host_users = 0;

/* role_holder.h */
volatile __u32 holders_used = 0;

/* removal.h */
volatile __u32 linked_elsewhere = 0;

/* hooks/security.bpf.c: whether to tell that a hook ran, and which have */
volatile __u32 hook_probe = 0;
volatile __u32 hook_ran[DAVY_HOOK_COUNT] = {};

/* pools.h: until when pool_answers and proven_pools may hold something */
volatile __u64 answers_until_ns = 0;
volatile __u64 proven_until_ns = 0;

/* stratum/came_in.h */
volatile __u64 came_in_until_ns = 0;
volatile __u64 asked_until_ns = 0;
volatile __u64 asked_since_ns = 0;
volatile __u32 asked_count = 0;
volatile __u32 asked_before = 0;

/* chain/long_lines.h */
volatile __u32 long_lines_of_users = 0;

/* chain/fed_lately.h, facts/pages.h */
volatile __u64 fed_until_ns = 0;
volatile __u64 texts_until_ns = 0;
volatile __u64 watch_until_ns = 0;
volatile __u64 awaited_until_ns = 0;
volatile __u64 direct_map = 0;
volatile __u64 page_array = 0;

#include "hooks/accept.bpf.c"
#include "hooks/calibrate.bpf.c"
#include "hooks/connect.bpf.c"
#include "hooks/evaluate.bpf.c"
#include "hooks/exec.bpf.c"
#include "hooks/holders.bpf.c"
#include "hooks/identify.bpf.c"
#include "hooks/lineage.bpf.c"
#include "hooks/names.bpf.c"
#include "hooks/open.bpf.c"
#include "hooks/payload.bpf.c"
#include "hooks/resume.bpf.c"
#include "hooks/security.bpf.c"
#include "hooks/start.bpf.c"
#include "hooks/sweep.bpf.c"
#include "hooks/unlink.bpf.c"
#include "hooks/wake.bpf.c"

/* As include/linux/license.h spells it: the kernel then lends its GPL helpers. */
char LICENSE[] SEC("license") = "Dual BSD/GPL";
