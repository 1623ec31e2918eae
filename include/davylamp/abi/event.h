/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The records that the kernel programs write, the ring buffers carry and recordings keep.
 * Fixed-width fields in host byte order, padding written out and zeroed, text bounded and NUL
 * terminated unless a length says otherwise. A reader skips kinds and trailing bytes that it does
 * not know; a record may be shorter than its struct by the unused end of its last field only. */
#pragma once

#include <linux/types.h>

#include "davylamp/abi/allow.h"
#include "davylamp/abi/check.h"
#include "davylamp/abi/names.h"

#define DAVY_ABI_VERSION 1

/* Telemetry ring. */
#define DAVY_EVENT_FORK 1
#define DAVY_EVENT_EXEC 2
#define DAVY_EVENT_EXIT 3
#define DAVY_EVENT_CONNECT 4
#define DAVY_EVENT_PROCESS 5 /* a sweep's answer; same ring format, read through iter/task */
/* Either ring: where a process is. Before each alert, of the process that it is about; and after
 * the exec of a process that sees another world than the host. */
#define DAVY_EVENT_PLACE 6
/* Alert ring. */
#define DAVY_EVENT_CHAIN 16
#define DAVY_EVENT_IMAGE 17
#define DAVY_EVENT_POOL 18
#define DAVY_EVENT_STRATUM 19
/* Written by userspace into recordings. */
#define DAVY_EVENT_LOSS 32
#define DAVY_EVENT_OUTCOME 33
#define DAVY_EVENT_EVIDENCE 34

#define DAVY_COMM_MAX 16
#define DAVY_NAME_MAX 48
#define DAVY_PATH_MAX 128
#define DAVY_ARGS_MAX 512
#define DAVY_PAYLOAD_MAX 512
#define DAVY_STAGES_MAX 6
#define DAVY_HOST_NAME_MAX                                                                         \
    256 /* a host name has 253 characters at most (RFC 1035 2.3.4), and a NUL */

struct davy_event_header {
    __u16 version; /* DAVY_ABI_VERSION of the writer */
    __u16 kind;    /* DAVY_EVENT_* */
    __u32 size;    /* bytes, this header included */
    __u64 time_ns; /* CLOCK_BOOTTIME */
    __u32 tgid;    /* of the process that ran the hook, in the initial pid namespace; 0 unknown */
    __u32 verdict; /* DAVY_ALLOW .. DAVY_KILL */
};
DAVY_AT(davy_event_header, time_ns, 8);
DAVY_AT(davy_event_header, verdict, 20);
DAVY_SIZE(davy_event_header, 24);

/* A process for ever: a pid is used again, a pid and its start time are not. */
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
DAVY_AT(davy_image, name, 32);
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
DAVY_AT(davy_process, cgroup_id, 32);
DAVY_AT(davy_process, comm, 56);
DAVY_AT(davy_process, image, 72);
DAVY_SIZE(davy_process, 152);

struct davy_flow {
    __u8 local[16]; /* IPv6, or IPv4 mapped (::ffff:a.b.c.d); zero where not known yet */
    __u8 remote[16];
    __u16 local_port; /* host byte order */
    __u16 remote_port;
    __u8 family;   /* 4 or 6 as the packets travel; 0: no flow in this record */
    __u8 protocol; /* IPPROTO_TCP, IPPROTO_UDP */
    __u16 reserved;
    __u64 cookie; /* bpf_get_socket_cookie() */
};
DAVY_AT(davy_flow, cookie, 40);
DAVY_SIZE(davy_flow, 48);

/* Every record on the alert ring carries one: what was decided, by which rule, what was done. */
struct davy_decision {
    __u16 detection; /* DAVY_DETECTION_* */
    __u16 rule;      /* DAVY_RULE_* */
    __u8 mode;       /* the mode it was judged under */
    __u8 certainty;  /* DAVY_POSSIBLE, DAVY_CERTAIN */
    __u16 did;       /* DAVY_DID_* */
    __u32 row;       /* policy row that decided (index into its list), or DAVY_NO_ROW */
    __u8 backend;    /* DAVY_BACKEND_* */
    __u8 reserved[3];
};
#define DAVY_NO_ROW 0xffffffffu
DAVY_SIZE(davy_decision, 16);

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
DAVY_AT(davy_event_place, file, 48);
DAVY_AT(davy_event_place, cgroup, 88);
DAVY_SIZE(davy_event_place, 1112);

struct davy_event_fork {
    struct davy_event_header header;
    struct davy_process_id parent;
    struct davy_process_id child;
    char comm[DAVY_COMM_MAX];
};
DAVY_SIZE(davy_event_fork, 72);

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

/* What a descriptor is, as far as the chain cares. */
#define DAVY_FD_OTHER 0
#define DAVY_FD_PIPE 1 /* pipe or fifo */
#define DAVY_FD_INET 2 /* IPv4 or IPv6 stream socket */

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
DAVY_AT(davy_event_exec, stdin_inode, 176);
DAVY_AT(davy_event_exec, code_fd, 196);
DAVY_AT(davy_event_exec, filename, 208);
DAVY_AT(davy_event_exec, args, 336);
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

struct davy_event_connect {
    struct davy_event_header header;
    struct davy_process process;
    struct davy_flow flow;
};
DAVY_SIZE(davy_event_connect, 224);

/* rules/chain.h judges these. */
#define DAVY_SOURCE_NONE 0
#define DAVY_SOURCE_CONNECT 1   /* the writer connects out at this moment */
#define DAVY_SOURCE_FED 2       /* the writer connected out before */
#define DAVY_SOURCE_SOCKET 3    /* a network socket itself is read */
#define DAVY_SOURCE_FILE 4      /* a file that a net-fed process wrote */
#define DAVY_SOURCE_TEXT 5      /* text that came out of a net-fed pipe */
#define DAVY_SOURCE_ONE_LINER 6 /* what a one-liner fetched itself */
#define DAVY_SOURCE_ACCEPTED 7  /* the writer accepted a connection */

struct davy_chain_facts {
    __u8 source;     /* DAVY_SOURCE_* */
    __u8 reads_code; /* 1: an interpreter at the other end takes the stream as its program */
    __u8 hops;       /* pipes between source and interpreter */
    __u8 exempt;     /* 1: a policy row allows this destination */
    __u32 row;       /* that row, or DAVY_NO_ROW */
};
DAVY_SIZE(davy_chain_facts, 8);

/* Who wrote a file that came from the network; rules/provenance.h judges these. */
#define DAVY_WRITER_NONE 0
#define DAVY_WRITER_PROGRAM 1 /* a program that is no interpreter: curl, tar, a dropper in Go */
#define DAVY_WRITER_SHELL 2   /* a shell, by /dev/tcp */
#define DAVY_WRITER_ONE_LINER                                                                      \
    3                        /* an interpreter whose program stands in its arguments or came in    \
                                through standard input */
#define DAVY_WRITER_SCRIPT 4 /* an interpreter that runs a program from a file: pip, npm … */

struct davy_file_facts {
    __u8 writer; /* DAVY_WRITER_* */
    __u8 own;    /* 1: who runs it is a descendant of who wrote it */
    __u8 image;  /* 1: it runs as an image of its own; 0: an interpreter reads it */
    __u8 reserved[5];
};
DAVY_SIZE(davy_file_facts, 8);

struct davy_event_chain {
    struct davy_event_header header;
    struct davy_decision decision;
    struct davy_process process;   /* whose step completed the chain */
    struct davy_flow flow;         /* the source's remote end */
    struct davy_process_id source; /* who is net-fed; tgid 0 where it is a socket */
    struct davy_process_id sink;   /* the interpreter */
    char source_comm[DAVY_COMM_MAX];
    char sink_comm[DAVY_COMM_MAX];
    struct davy_chain_facts facts;
    __u64 pipe_inode;   /* the pipe that the interpreter reads */
    __u32 stages_count; /* entries used in stages */
    __u32 reserved;
    struct davy_process_id stages[DAVY_STAGES_MAX]; /* processes between them, sink's side first */
    /* Appended since; a record without them is as good as one with zeroes (wire/event.h). */
    struct davy_inode_key file; /* CHAIN-003: the file; else zero */
    __u64 fed_ns;               /* CHAIN-003: when it was written; CLOCK_BOOTTIME */
    struct davy_file_facts file_facts;
    /* CHAIN-003: its name as given; CHAIN-004, -005: how the code begins. NUL terminated, perhaps
     * cut. */
    char what[DAVY_PATH_MAX];
    struct davy_allow_facts allow; /* what the allow rules were judged on */
};
DAVY_AT(davy_event_chain, process, 40);
DAVY_AT(davy_event_chain, flow, 192);
DAVY_AT(davy_event_chain, source, 240);
DAVY_AT(davy_event_chain, facts, 304);
DAVY_AT(davy_event_chain, stages, 328);
DAVY_AT(davy_event_chain, file, 424);
DAVY_AT(davy_event_chain, what, 456);
DAVY_AT(davy_event_chain, allow, 584);
DAVY_SIZE(davy_event_chain, 1120);

struct davy_event_image {
    struct davy_event_header header;
    struct davy_decision
        decision;                /* the rule says which cause: fileless, removed, talking, found */
    struct davy_process process; /* EXE-002: who removed it; else: who runs it */
    struct davy_image image;     /* the image that is gone; EXE-006: that is denied */
    struct davy_flow flow;       /* EXE-003: where to; else family 0 */
    struct davy_process_id victim; /* EXE-002: one process that runs it, where known */
    /* EXE-001, -006: as given to execve; EXE-002: the path removed, which LSM and fmod_ret know by
     * its last component alone (userspace adds the folder); EXE-005: the program to start */
    char filename[DAVY_PATH_MAX];
    /* Appended since; a record without them is as good as one with zeroes (wire/event.h). */
    struct davy_image_state state; /* of who runs the image */
};
DAVY_AT(davy_event_image, image, 192);
DAVY_AT(davy_event_image, flow, 272);
DAVY_AT(davy_event_image, victim, 320);
DAVY_AT(davy_event_image, filename, 336);
DAVY_AT(davy_event_image, state, 464);
DAVY_SIZE(davy_event_image, 480);

/* rules/pool.h judges these. */
#define DAVY_POOL_NONE 0
#define DAVY_POOL_ADDRESS 1 /* address or CIDR */
#define DAVY_POOL_PORT 2
#define DAVY_POOL_ANSWER 3        /* DNS gave this address for a listed name */
#define DAVY_POOL_SERVER_NAME 4   /* a listed name in a TLS ClientHello (SNI) */
#define DAVY_POOL_ALPN 5          /* a listed protocol in a TLS ClientHello */
#define DAVY_POOL_PROXY_NAME 6    /* a proxy was asked for a listed name */
#define DAVY_POOL_PROXY_ADDRESS 7 /* a proxy was asked for a listed address */
#define DAVY_POOL_QUESTION 8      /* a DNS question for a listed name */
#define DAVY_POOL_PROVEN 9        /* a connection to this address and port spoke Stratum before */

struct davy_pool_facts {
    __u8 match;        /* DAVY_POOL_* */
    __u8 port_refuses; /* 1: policy lets a bare port convict */
    __u8 reserved[2];
    /* Of stratum.addresses (ADDRESS, PROXY_ADDRESS), .ports (PORT), .names (ANSWER, SERVER_NAME,
     * PROXY_NAME, QUESTION) or .alpn (ALPN), the rows of the list files behind them; or
     * DAVY_NO_ROW. */
    __u32 row;
};
DAVY_SIZE(davy_pool_facts, 8);

struct davy_event_pool {
    struct davy_event_header header;
    struct davy_decision decision;
    /* Who connects, or asks. Seen in a packet: who connected the socket, of whom id, uid and comm
     * alone are known. */
    struct davy_process process;
    struct davy_flow flow;
    struct davy_pool_facts facts;
    /* Appended since; a record without them is as good as one with zeroes (wire/event.h). */
    __u32 tries; /* PROVEN: connects that were refused since the last record, this one included */
    __u32 ttl_s; /* ANSWER: how much longer the answer counts */
    __u8 proxied[16];              /* PROXY_ADDRESS: as in struct davy_flow */
    char name[DAVY_HOST_NAME_MAX]; /* the host or protocol that is listed; NUL terminated */
};
DAVY_AT(davy_event_pool, facts, 240);
DAVY_AT(davy_event_pool, tries, 248);
DAVY_AT(davy_event_pool, name, 272);
DAVY_SIZE(davy_event_pool, 528);

/* rules/stratum.h judges these. */
struct davy_stratum_facts {
    __u8 dialect;   /* DAVY_DIALECT_* */
    __u8 direction; /* DAVY_TO_SERVER, DAVY_TO_CLIENT */
    __u8 midstream; /* 1: the flow's beginning was not seen */
    __u8 exempt;    /* 1: a policy row allows this destination */
    __u32 offset;   /* bytes of the flow read when the verdict fell */
};
DAVY_SIZE(davy_stratum_facts, 8);

struct davy_event_stratum {
    struct davy_event_header header; /* tgid: the owner's; 0 where the socket is older than us */
    struct davy_decision decision;
    struct davy_flow flow;
    struct davy_process_id owner; /* who connected the socket */
    __u32 owner_uid;
    __u32 payload_size; /* bytes in payload */
    char owner_comm[DAVY_COMM_MAX];
    struct davy_stratum_facts facts;
    __u64 payload_offset;           /* where in the flow payload begins */
    __u8 payload[DAVY_PAYLOAD_MAX]; /* the segment that convicted: its beginning, or what is around
                                       the byte that did */
    /* Appended since; a record without it is as good as one with zeroes (wire/event.h). */
    __u8 wraps[DAVY_WRAPS_MAX]; /* DAVY_WRAP_*, the outermost first: what the protocol lay in */
    __u8 reserved[4];
};
DAVY_AT(davy_event_stratum, flow, 40);
DAVY_AT(davy_event_stratum, owner, 88);
DAVY_AT(davy_event_stratum, owner_comm, 112);
DAVY_AT(davy_event_stratum, payload, 144);
DAVY_AT(davy_event_stratum, wraps, 656);
DAVY_SIZE(davy_event_stratum, 664);

/* Userspace writes one at the end, and whenever a count has grown. */
struct davy_event_loss {
    struct davy_event_header header;
    __u64 count[DAVY_LOSS_COUNT]; /* since the programs were loaded */
};
DAVY_SIZE(davy_event_loss, 152);

/* What became of a kill that userspace did for a record of the alert ring. */
#define DAVY_OUTCOME_KILLED 1
#define DAVY_OUTCOME_GONE 2   /* had ended already, or the pid is somebody else now */
#define DAVY_OUTCOME_SPARED 3 /* never-kill list, pid 1, Davylamp itself */
#define DAVY_OUTCOME_FAILED 4
#define DAVY_OUTCOME_SOCKET_DESTROYED 5

struct davy_event_outcome {
    struct davy_event_header header;
    struct davy_process_id target; /* a process, or nobody for a socket */
    __u64 cookie;                  /* of the socket, 0 for a process */
    __u16 rule;                    /* DAVY_RULE_* it was done for */
    __u16 outcome;                 /* DAVY_OUTCOME_* */
    __u32 error;                   /* errno where it failed */
};
DAVY_SIZE(davy_event_outcome, 56);

/* What userspace saved of a process before it was ended for a record of the alert ring. It comes
 * before that record. */
#define DAVY_EVIDENCE_IMAGE 0x1 /* the image, or the beginning of it */
#define DAVY_EVIDENCE_WHOLE 0x2 /* all of the image */
#define DAVY_EVIDENCE_ERROR 0x4 /* nothing was saved, or its manifest is missing; see error */

/* The folder that evidence goes into is no longer than this, so that `folder` below is never cut.
 */
#define DAVY_EVIDENCE_FOLDER_MAX 80

struct davy_event_evidence {
    struct davy_event_header header;
    struct davy_process_id target;
    __u8 sha256[32];  /* of the image as saved; zero where it is not */
    __u64 image_size; /* bytes saved of it */
    __u16 rule;       /* DAVY_RULE_* it was done for */
    __u16 flags;      /* DAVY_EVIDENCE_* */
    __u32 missing;    /* items of which nothing could be saved */
    __u32 error;      /* errno, with DAVY_EVIDENCE_ERROR */
    __u32 reserved;
    char folder[DAVY_PATH_MAX]; /* NUL terminated; empty: nothing was saved */
};
DAVY_AT(davy_event_evidence, sha256, 40);
DAVY_AT(davy_event_evidence, rule, 80);
DAVY_AT(davy_event_evidence, folder, 96);
DAVY_SIZE(davy_event_evidence, 224);
