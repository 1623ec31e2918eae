/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who a process is and what it runs, as records carry it; and what a sweep tells of each. */
#pragma once

#include <linux/types.h>

#include "davylamp/abi/check.h"
#include "davylamp/abi/numbers.h"
#include "davylamp/abi/record.h"

/* One process for ever: a pid is used again, a pid with its start time is not. */
struct davy_process_id {
    __u64 start_ns; /* task->group_leader->start_boottime, CLOCK_BOOTTIME */
    __u32 tgid;     /* in the initial pid namespace; 0: nobody */
    __u32 own_tgid; /* in its own pid namespace; 0: that is the initial one, or it is not known */
};
DAVY_SIZE(davy_process_id, 16);

#define DAVY_IMAGE_MEMFD 0x1    /* lies on a filesystem without a mount: memfd, shm */
#define DAVY_IMAGE_UNHASHED 0x2 /* the name it ran under is gone (a hard link may be left) */
#define DAVY_IMAGE_EXEMPT 0x4   /* a policy row exempts this image (runtimes' sealed copies …) */
#define DAVY_IMAGE_REPLACED 0x8 /* a package manager took its place: not a finding */
#define DAVY_IMAGE_NAME_CUT 0x10
#define DAVY_IMAGE_RUNNING 0x20    /* a process runs it: inode->i_writecount < 0 */
#define DAVY_IMAGE_LOADER 0x40     /* it is ld.so, which runs a program of another file */
#define DAVY_IMAGE_LOADED 0x80     /* it runs through a loader: mapped, and no mm->exe_file */
#define DAVY_IMAGE_SCRIPT 0x100    /* an interpreter reads it through a descriptor */
#define DAVY_IMAGE_BEFORE_US 0x200 /* it was gone when the sensor started */
#define DAVY_IMAGE_SEALED 0x400    /* memfd: nobody can change it any more (F_SEAL_WRITE) */
#define DAVY_IMAGE_DENIED 0x800    /* a policy row forbids to run it */
#define DAVY_IMAGE_TAKEN 0x1000    /* removed by a user who could not have signalled who runs it */

struct davy_image {
    __u64 inode;  /* inode->i_ino */
    __u32 device; /* super_block->s_dev: major << 20 | minor */
    __u32 nlink;  /* inode->i_nlink; 0: unlinked, or never named */
    __u32 mode;   /* inode->i_mode, type bits included */
    __u32 owner;  /* inode->i_uid in the initial user namespace */
    __u16 family; /* DAVY_FAMILY_* */
    __u16 flags;  /* DAVY_IMAGE_* */
    __u32 reserved;
    char name[DAVY_NAME_MAX]; /* the dentry's last component */
};
DAVY_OFFSET(davy_image, name, 32);
DAVY_SIZE(davy_image, 80);

struct davy_process {
    struct davy_process_id id;
    struct davy_process_id parent; /* real_parent, at this moment */
    __u64 cgroup_id;               /* of the default hierarchy */
    __u32 uid;                     /* initial user namespace, as all ids here */
    __u32 euid;
    __u32 gid;
    __u32 auid; /* audit login uid; 4294967295 unset */
    char comm[DAVY_COMM_MAX];
    struct davy_image image; /* mm->exe_file */
};
DAVY_OFFSET(davy_process, cgroup_id, 32);
DAVY_OFFSET(davy_process, comm, 56);
DAVY_OFFSET(davy_process, image, 72);
DAVY_SIZE(davy_process, 152);

/* What a process that runs a gone image does and is: severity, and what a sweep leaves alone. */
#define DAVY_STATE_NET_FED 0x1 /* it took bytes from the network (fed_processes) */
#define DAVY_STATE_STARTER 0x2 /* its parent is init, or runs a file that may start such images */
#define DAVY_STATE_INITS_CGROUP 0x4 /* it is in the cgroup of pid 1 */
struct davy_image_state {
    __u64 cpu_ns; /* user and system time of all its threads; 0: not known */
    __u32 flags;  /* DAVY_STATE_* */
    __u32 reserved;
};
DAVY_SIZE(davy_image_state, 16);

/* One process as a sweep met it: all of the scope at start, later those whose image is gone. */
struct davy_event_process {
    struct davy_event_header header;
    struct davy_process process;
    /* Appended since; a record without them is as good as one with zeroes (wire/event.h). */
    struct davy_image_state state; /* of a gone image */
    char path[DAVY_PATH_MAX]; /* where the gone image lay, by /proc/PID/exe; userspace adds it */
};
DAVY_SIZE(davy_event_process, 320);
