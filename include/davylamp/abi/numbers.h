/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The numbers that kernel, userspace and recordings share. A number is never reused. */
#pragma once

#include <linux/types.h>

/* What a policy asks of a detection, in rising order of force. */
#define DAVY_MODE_OFF 0
#define DAVY_MODE_MONITOR 1 /* report, change nothing */
#define DAVY_MODE_BLOCK 2   /* refuse the operation; kill only where the hook cannot refuse */
#define DAVY_MODE_KILL 3    /* refuse, and end every process of the finding */

/* What a rule decided. Also the order of severity: the larger one wins. */
#define DAVY_ALLOW 0
#define DAVY_ALERT 1
#define DAVY_DENY 2
#define DAVY_KILL 3

/* How sure a rule is. Possible alone refuses nothing, and is reported only where a rule says so. */
#define DAVY_POSSIBLE 1
#define DAVY_CERTAIN 2

#define DAVY_DETECTION_NONE 0
#define DAVY_DETECTION_CHAIN 1
#define DAVY_DETECTION_IMAGE 2
#define DAVY_DETECTION_STRATUM 3
#define DAVY_DETECTION_COUNT 4 /* size of an array indexed by detection */

/* Every rule: its constant, its number, and the event code that reports give it. The one list of
 * rules: the constants, the codes (user/wire/names.h) and the rule book (user/engine/rule_book.cpp,
 * which has the rest of what is said of a rule) are made from it or checked against it. */
#define DAVY_RULES(RULE)                                                                           \
    /* A net-fed pipe is read as code. */                                                          \
    RULE(DAVY_RULE_CHAIN_PIPE, 101, "CHAIN-001")                                                   \
    /* An interpreter's code is a network socket. */                                               \
    RULE(DAVY_RULE_CHAIN_SOCKET, 102, "CHAIN-002")                                                 \
    /* A downloaded file runs as code. */                                                          \
    RULE(DAVY_RULE_CHAIN_FILE, 103, "CHAIN-003")                                                   \
    /* Text out of a net-fed pipe runs as code. */                                                 \
    RULE(DAVY_RULE_CHAIN_TEXT, 104, "CHAIN-004")                                                   \
    /* A one-liner runs code that it fetched. */                                                   \
    RULE(DAVY_RULE_CHAIN_ONE_LINER, 105, "CHAIN-005")                                              \
    /* Exec of an image without a link. */                                                         \
    RULE(DAVY_RULE_IMAGE_FILELESS, 201, "EXE-001")                                                 \
    /* The last link of a running image went away. */                                              \
    RULE(DAVY_RULE_IMAGE_REMOVED, 202, "EXE-002")                                                  \
    /* A process whose image is gone connects out. */                                              \
    RULE(DAVY_RULE_IMAGE_TALKING, 203, "EXE-003")                                                  \
    /* A sweep found a process whose image is gone. */                                             \
    RULE(DAVY_RULE_IMAGE_FOUND, 204, "EXE-004")                                                    \
    /* A process whose image is gone starts a program. */                                          \
    RULE(DAVY_RULE_IMAGE_STARTING, 205, "EXE-005")                                                 \
    /* Exec of a file that policy lists. */                                                        \
    RULE(DAVY_RULE_IMAGE_DENIED, 206, "EXE-006")                                                   \
    /* The Stratum protocol on a flow. */                                                          \
    RULE(DAVY_RULE_STRATUM_PAYLOAD, 301, "MINE-001")                                               \
    /* Connect to an address that policy lists. */                                                 \
    RULE(DAVY_RULE_STRATUM_POOL, 302, "MINE-002")                                                  \
    /* Connect to a port that policy lists. */                                                     \
    RULE(DAVY_RULE_STRATUM_PORT, 303, "MINE-003")                                                  \
    /* A connection to a name that policy lists. */                                                \
    RULE(DAVY_RULE_STRATUM_NAME, 304, "MINE-004")                                                  \
    /* A DNS question for such a name. */                                                          \
    RULE(DAVY_RULE_STRATUM_QUESTION, 305, "MINE-005")

/* The constants come from the list, so that there is no rule outside it. Records hold them as
 * __u16: an enum is no field of the ABI. */
#define DAVY_RULE_CONSTANT(constant, number, code) constant = number,
enum davy_rule { DAVY_RULE_NONE = 0, DAVY_RULES(DAVY_RULE_CONSTANT) };
#undef DAVY_RULE_CONSTANT

/* What was done about it, a bit each; set only after the helper that does it returned 0. */
#define DAVY_DID_REFUSE 0x1       /* the syscall returned EPERM, or what follows */
#define DAVY_DID_DROP 0x2         /* the packet did not leave (or did not arrive) */
#define DAVY_DID_KILL_CURRENT 0x4 /* SIGKILL queued for the current process by the kernel */
#define DAVY_DID_KILL_PEER 0x8    /* SIGKILL queued by the kernel for the other end */
#define DAVY_DID_STOP_CURRENT                                                                      \
    0x10 /* SIGSTOP instead of SIGKILL: userspace saves it, then ends it */
#define DAVY_DID_STOP_PEER 0x20
#define DAVY_DID_NO_ROAD 0x40 /* with REFUSE: it returned ECONNREFUSED */
#define DAVY_DID_AGAIN 0x80   /* with REFUSE: it was refused before, and has to end */
#define DAVY_DID_FAIL 0x8000  /* the kernel program wanted to act and a helper refused */

/* Through which kind of program a verdict fell. The portable one is also what records of older
 * writers have. */
#define DAVY_BACKEND_PORTABLE 0 /* tracepoints and cgroup programs */
#define DAVY_BACKEND_FMOD_RET 1 /* fmod_ret on a security_* function */
#define DAVY_BACKEND_LSM 2      /* BPF LSM */

/* What those two kinds can refuse. */
#define DAVY_HOOK_EXEC 0
#define DAVY_HOOK_UNLINK 1
#define DAVY_HOOK_RENAME 2
#define DAVY_HOOK_COUNT 3

/* Interpreter families: how arguments are read (rules/arguments.h). */
#define DAVY_FAMILY_NONE 0
#define DAVY_FAMILY_SHELL 1
#define DAVY_FAMILY_PYTHON 2
#define DAVY_FAMILY_PERL 3
#define DAVY_FAMILY_RUBY 4
#define DAVY_FAMILY_NODE 5
#define DAVY_FAMILY_PHP 6
#define DAVY_FAMILY_LUA 7
#define DAVY_FAMILY_MULTICALL 8 /* busybox, toybox: the applet decides */
#define DAVY_FAMILY_LOADER 9 /* ld.so: the program is its argument; no interpreter to the rules */
/* Tools that run a program as well. What they read and write is judged as any program's. */
#define DAVY_FAMILY_AWK 10
#define DAVY_FAMILY_TCL 11 /* tclsh, expect */
#define DAVY_FAMILY_MAKE 12
#define DAVY_FAMILY_JAVA 13
#define DAVY_FAMILY_INPUT 14 /* standard input, whatever else is named: at, crontab, gdb */
#define DAVY_FAMILY_OTHER 15 /* a program on standard input, or in the file that is named */
#define DAVY_FAMILY_COUNT 16

/* Where an interpreter takes its code from: a descriptor number, or one of these. */
#define DAVY_CODE_ELSEWHERE (-1) /* a file, a module, the text of an argument */
#define DAVY_CODE_UNREAD (-2)    /* the kernel had no reason to look: no stream could reach it */

/* What an interpreter's command line gives it as its program (rules/arguments.h). */
#define DAVY_PROGRAM_NONE 0   /* neither: standard input, or no interpreter */
#define DAVY_PROGRAM_FILE 1   /* an operand names it */
#define DAVY_PROGRAM_TEXT 2   /* it stands in an argument (-c, -e) */
#define DAVY_PROGRAM_MODULE 3 /* an argument names a module that is installed (python -m) */

/* Stratum dialects. */
#define DAVY_DIALECT_NONE 0
#define DAVY_DIALECT_BITCOIN 1    /* mining.* */
#define DAVY_DIALECT_CRYPTONOTE 2 /* login, submit */
#define DAVY_DIALECT_ETHEREUM 3   /* eth_submitLogin and its kin */

/* What a flow is wrapped in (rules/unwrap.h). */
#define DAVY_WRAP_NONE 0
#define DAVY_WRAP_SOCKS4 1
#define DAVY_WRAP_SOCKS5 2
#define DAVY_WRAP_CONNECT 3 /* HTTP CONNECT */
#define DAVY_WRAP_WEBSOCKET 4
#define DAVY_WRAP_TLS 5
#define DAVY_WRAP_DNS 6 /* messages behind their lengths (RFC 1035 4.2.2) */
#define DAVY_WRAPS_MAX 4

#define DAVY_TO_SERVER 0 /* direction of a payload */
#define DAVY_TO_CLIENT 1

/* Reasons for a loss; indices of davy_event_loss.count. */
#define DAVY_LOSS_ALERT_RING 0     /* alert ring full: the record is gone, the enforcement is not */
#define DAVY_LOSS_TELEMETRY_RING 1 /* telemetry ring full */
#define DAVY_LOSS_PIPE_MAP 2       /* no room for a pipe's node */
#define DAVY_LOSS_IMAGE_MAP 3      /* more images of one name than slots: a sweep is asked for */
#define DAVY_LOSS_PENDING_MAP 4    /* no room for a syscall under way */
#define DAVY_LOSS_STORAGE 5        /* no socket storage: a flow went unread */
#define DAVY_LOSS_PAYLOAD 6        /* a segment's tail beyond the scan limit was skipped */
#define DAVY_LOSS_SIGNAL 7         /* the kernel wanted to kill and the helper refused */
#define DAVY_LOSS_WALK 8           /* a pipeline longer than the walk's bound */
#define DAVY_LOSS_FED_MAP 9        /* no room for a net-fed process */
#define DAVY_LOSS_ROLE_MAP 10      /* no room for a file that is now in a listed place */
#define DAVY_LOSS_FED_FILE 11      /* a download was forgotten before its time */
#define DAVY_LOSS_FED_TEXT 12      /* text from the network was, whose reader lives */
#define DAVY_LOSS_COUNT 16
