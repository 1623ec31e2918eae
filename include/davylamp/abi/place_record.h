/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where a process is: its namespaces, its cgroup and the path of its image. */
#pragma once

#include <linux/types.h>

#include "davylamp/abi/allow_rows.h"
#include "davylamp/abi/check.h"
#include "davylamp/abi/kernel_policy.h"
#include "davylamp/abi/process_record.h"
#include "davylamp/abi/record.h"

/* What of a process is not the host's: the sensor's own, when it started. */
#define DAVY_PLACE_PIDS 0x1   /* its pid namespace */
#define DAVY_PLACE_MOUNTS 0x2 /* its mount namespace */
#define DAVY_PLACE_NETWORK 0x4
#define DAVY_PLACE_USERS 0x8
#define DAVY_PLACE_ROOT 0x10 /* its root folder is another one */
#define DAVY_PLACE_CGROUP_CUT 0x20
#define DAVY_PLACE_PATH_CUT 0x40

#define DAVY_PLACE_PATH_MAX 256

/* The world that a process lives in, and the path of its image as seen from there and from here. */
struct davy_event_place {
    struct davy_event_header header;
    struct davy_process_id process;
    __u64 cgroup_id;
    struct davy_inode_key file; /* its image, which the paths are those of */
    __u32 flags;                /* DAVY_PLACE_* */
    __u32 pid_namespace;        /* inode numbers, as /proc/PID/ns/ has them */
    __u32 mount_namespace;
    __u32 network;
    __u32 user_namespace;
    __u32 reserved;
    char cgroup[DAVY_CGROUP_PATH_MAX]; /* from the root of the hierarchy; empty: the root */
    char path[DAVY_PLACE_PATH_MAX];    /* from the process's own root; empty: it has none */
    char inside[DAVY_PLACE_PATH_MAX];  /* from the root of the file's filesystem */
    char host[DAVY_PLACE_PATH_MAX];    /* on the host; userspace adds it; empty: none */
};
DAVY_OFFSET(davy_event_place, file, 48);
DAVY_OFFSET(davy_event_place, cgroup, 88);
DAVY_SIZE(davy_event_place, 1112);
