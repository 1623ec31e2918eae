/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whether the current process is just writing the bytes of a packet that leaves.
 *
 * A packet may leave in anybody's context: a timer or an acknowledgement sends it in softirq, on
 * top of whoever runs, and a process that reads, writes or closes the same socket sends what
 * another has left in it. So the current process counts as the writer only if all of this is so: it
 * is in a syscall that writes to this very socket, and where that syscall's buffer must hold the
 * packet's bytes, counted from the end of all that was written to the socket, it does hold them. */
#pragma once

#include "../compat.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "fd.h"
#include "registers.h"
#include "sock.h"
#include "task.h"

#if defined(__TARGET_ARCH_arm64) /* asm-generic/unistd.h */
#define NR_WRITE 64
#define NR_WRITEV 66
#define NR_SENDTO 206
#define NR_SENDMSG 211
#else /* asm/unistd_64.h */
#define NR_WRITE 1
#define NR_WRITEV 20
#define NR_SENDTO 44
#define NR_SENDMSG 46
#endif

#define WRITTEN_PARTS 16 /* of a vector that are looked at */

/* What is written: parts of memory, of which one buffer is one. */
struct written {
    u64 parts, count; /* struct iovec[] in the process's memory; 0: `single` is it */
    struct davy_part {
        u64 address, size;
    } single;
};

/* struct user_msghdr (linux/socket.h), as the process fills it. */
struct written_header {
    u64 name, name_size, parts, count;
};

static __always_inline bool written_of(const struct davy_call *call, struct written *out)
{
    struct written_header header = {};

    out->parts = out->count = 0;
    out->single.address = call->second;
    out->single.size = call->third;
    switch (call->number) {
    case NR_WRITE:
    case NR_SENDTO: return true;
    case NR_WRITEV:
        out->parts = call->second;
        out->count = call->third;
        break;
    case NR_SENDMSG:
        if (bpf_probe_read_user(&header, sizeof(header), (void *)call->second))
            return false;
        out->parts = header.parts;
        out->count = header.count;
        break;
    default: return false;
    }
    return out->count && out->count <= WRITTEN_PARTS;
}

/* The eight bytes that end `behind` bytes before the end of what is written, if one part has them
 * all. */
static __always_inline bool written_word(const struct written *written, u64 behind, u64 *word)
{
    struct davy_part part = written->single;
    u64 at = written->count;

    for (u32 i = 0; i < WRITTEN_PARTS; i++) {
        if (written->count) {
            if (!at)
                return false;
            at--;
            if (bpf_probe_read_user(&part, sizeof(part),
                                    (void *)(written->parts + at * sizeof(part))))
                return false;
        }
        if (behind < part.size)
            return part.size - behind >= sizeof(*word) &&
                   !bpf_probe_read_user(
                       word, sizeof(*word),
                       (void *)(part.address + part.size - behind - sizeof(*word)));
        if (!written->count)
            return false;
        behind -= part.size;
    }
    return false;
}

/* `end`: sequence number behind a byte of the packet; `word`: it and the seven before it. */
static __noinline bool davy_writes(u64 sock, u32 end, u64 word)
{
    struct task_struct *task = davy_current();
    struct written written;
    struct davy_call call;
    struct davy_fd at;
    u64 own = 0;

    if (!davy_call_of(task, &call) || !written_of(&call, &written))
        return false;
    davy_task_fd(task, (u32)call.first, &at);
    if (at.kind != DAVY_FD_INET || (u64)davy_sock_of(at.file) != sock)
        return false;
    return written_word(&written, davy_written_to((struct sock *)sock) - end, &own) && own == word;
}
