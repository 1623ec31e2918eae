/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Processes that start, run another image, and end. */
#pragma once

#include <linux/types.h>

#include "davylamp/abi/check.h"
#include "davylamp/abi/process_record.h"
#include "davylamp/abi/record.h"

/* What a descriptor is, as far as the chain cares. */
#define DAVY_FD_OTHER 0
#define DAVY_FD_PIPE 1 /* pipe or fifo */
#define DAVY_FD_INET 2 /* IPv4 or IPv6 stream socket */

struct davy_event_fork {
    struct davy_event_header header;
    struct davy_process_id parent;
    struct davy_process_id child;
    char comm[DAVY_COMM_MAX];
};
DAVY_SIZE(davy_event_fork, 72);

struct davy_event_exec {
    struct davy_event_header header;
    struct davy_process process;
    __u64 stdin_inode; /* of the pipe, 0 where stdin is none */
    __u64 stdout_inode;
    __u8 stdin_kind; /* DAVY_FD_* */
    __u8 stdout_kind;
    __u16 args_size; /* bytes in args */
    __s32 code_fd;   /* descriptor an interpreter reads as code, or DAVY_CODE_ELSEWHERE */
    __u32 args_cut;  /* 1: the command line is longer than args */
    __u32 reserved;
    char filename[DAVY_PATH_MAX]; /* as given to execve; NUL terminated, perhaps cut */
    char args[DAVY_ARGS_MAX];     /* mm->arg_start: NUL separated */
};
DAVY_OFFSET(davy_event_exec, stdin_inode, 176);
DAVY_OFFSET(davy_event_exec, code_fd, 196);
DAVY_OFFSET(davy_event_exec, filename, 208);
DAVY_OFFSET(davy_event_exec, args, 336);
DAVY_SIZE(davy_event_exec, 848);

struct davy_event_exit {
    struct davy_event_header header;
    struct davy_process_id id;
    __u32 exit_code; /* as wait(2) gives it: status << 8 | signal */
    __u32 reserved;
    __u64 cpu_ns; /* user and system time of the whole process */
    char comm[DAVY_COMM_MAX];
};
DAVY_SIZE(davy_event_exit, 72);
