/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What userspace hands to the kernel programs: settings that are fixed at load (rodata, so the
 * verifier drops the branches they close) and the keys and rows of the policy maps. */
#pragma once

#include <linux/types.h>

#include "davylamp/abi/check.h"
#include "davylamp/abi/numbers.h"

struct davy_settings {
    __u8 mode[DAVY_DETECTION_COUNT]; /* DAVY_MODE_*, by DAVY_DETECTION_* */
    __u8 telemetry;                  /* 1: emit fork, exec, exit */
    __u8 connects;                   /* 1: emit every connect as telemetry */
    __u8 port_refuses;               /* 1: a bare port of the pool list convicts */
    __u8 signal_in_connect;          /* 1: bpf_send_signal() is allowed in cgroup/connect (6.18) */
    __u8 signal_other;               /* 1: bpf_send_signal_task() exists (6.18) */
    __u8 has_ports;                  /* 1: the pool port map is not empty */
    __u8 has_pools;                  /* 1: pool addresses are listed, or may be by a list file */
    __u8 has_allowed;                /* 1: there are allow rules */
    __u32 scope_level;               /* depth of the scope's cgroup; the root is 0 */
    __u64 scope_cgroup;              /* its id (inode in cgroup2); 0: the whole host */
    __u32 own_network;               /* inode of the network namespace whose DNS answers count */
    __u8 has_names;                  /* 1: an allow rule asks for a name; DNS answers are watched */
    __u8 evidence;       /* 1: who runs a gone image is stopped, saved, and then killed */
    __u8 has_pool_names; /* 1: pool names are listed, or may be by a list file */
    __u8 has_alpn;       /* 1: the map of protocol names is not empty */
    __u8 has_denied;     /* 1: policy forbids images */
    __u8 ancestor_read;  /* 1: ancestors are read; tracepoints lack the helper (before 5.11) */
    __u8 hold_cpu;       /* 1: programs may be preempted, and can forbid it (6.15) */
    __u8 holds;          /* 1: who was stopped for evidence cannot go on; else nobody is stopped */
    __u8 set_retval;     /* 1: bpf_set_retval() is allowed in cgroup/connect (5.18) */
    __u8 reserved[3];
    __u64 window_ns; /* how long a download counts against who runs it; 0: not at all */
};
DAVY_OFFSET(davy_settings, scope_level, 12);
DAVY_OFFSET(davy_settings, own_network, 24);
DAVY_OFFSET(davy_settings, has_names, 28);
DAVY_SIZE(davy_settings, 48);

/* Rows that the policy maps hold; the policy file's lists may be no longer. */
#define DAVY_IMAGE_ROWS_MAX 4096
#define DAVY_IMAGE_HEIRS_MAX 4096 /* more rows: of files that took a policy file's place */
#define DAVY_NAME_ROWS_MAX 1024
#define DAVY_HEIR_ROWS_MAX 16384
#define DAVY_POOL_ADDRESSES_MAX 131072
#define DAVY_POOL_NAMES_MAX 131072
#define DAVY_POOL_PORTS_MAX 1024
#define DAVY_POOL_ALPN_MAX 64
#define DAVY_ALLOW_RULES_MAX 256   /* rules of the chain's allow list; a bit each in the sets */
#define DAVY_ALLOW_VALUES_MAX 4096 /* values of one kind of condition, over all rules */
#define DAVY_RESOLVERS_MAX 64

/* Key of the image maps: which file, whatever its name. */
struct davy_inode_key {
    __u64 inode;
    __u32 device; /* super_block->s_dev: major << 20 | minor */
    __u32 reserved;
};
DAVY_SIZE(davy_inode_key, 16);

/* What policy says of an image. */
#define DAVY_ROLE_PACKAGE_MANAGER 0x1 /* may replace running images */
#define DAVY_ROLE_NEVER_KILL 0x2
#define DAVY_ROLE_MAY_BE_FILELESS 0x4 /* it, and sealed copies that it starts, may have no name */
#define DAVY_ROLE_INSTALLER 0x8     /* what it or its children write is installed, not downloaded */
#define DAVY_ROLE_REMOTE_ADMIN 0x10 /* what it accepts is an administrator's */
#define DAVY_ROLE_DENIED 0x20       /* may not run */
#define DAVY_ROLE_UNPACKER 0x40     /* writes what a package holds to a pipe (dpkg-deb) */
#define DAVY_ROLE_COPIER 0x80       /* writes what it opened last, one file after the other (cp) */
#define DAVY_ROLE_ASKS_DNS 0x100    /* prints what name servers answer, such as texts (dig) */

struct davy_image_row {
    __u16 family;     /* DAVY_FAMILY_* */
    __u16 roles;      /* DAVY_ROLE_* */
    __u32 generation; /* inode->i_generation; 0 in a row that is found by name or content */
    __u32 owner;      /* uid in the initial user namespace; 0 in such a row */
};
DAVY_SIZE(davy_image_row, 12);

/* Where a file of the policy lies, and what becomes of whoever takes its place. Rows of one name
 * have the keys hash, hash + 1 …, as long as there are more. */
#define DAVY_FOLDERS_MAX 16
struct davy_heir_row {
    struct davy_inode_key folder;
    __u64 folder_dentry;       /* struct dentry *; read by bpf_probe_read_kernel() alone */
    struct davy_image_row row; /* its generation and owner are unused */
    __u32 reserved;
};
DAVY_SIZE(davy_heir_row, 40);

/* A file as the kernel programs know it. */
struct davy_identity {
    struct davy_inode_key file;
    __u64 dentry; /* struct dentry * */
    __u32 generation;
    __u32 type; /* S_IFREG, S_IFDIR … */
    __u32 owner;
    __u32 reserved;
};
DAVY_SIZE(davy_identity, 40);

/* Key of the longest-prefix tries: addresses as IPv6, IPv4 mapped (prefix + 96). */
struct davy_prefix_key {
    __u32 bits; /* 0..128 */
    __u8 address[16];
};
DAVY_SIZE(davy_prefix_key, 20);
