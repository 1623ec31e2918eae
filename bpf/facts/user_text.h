/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Strings in the current process's memory: paths as they were given to a syscall. */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "../compat.h"

#include "davylamp/rules/text.h"

#define PATH_CHUNK 128 /* bytes read at once */
#define PATH_CHUNKS 32 /* of these make PATH_MAX */

struct path_chunk {
    struct davy_basename name;
    char bytes[PATH_CHUNK];
};

/* A chunk into the hash; 1 when the path ended in it. Global: verified once, not once a chunk. */
__noinline int davy_path_feed(struct path_chunk *chunk)
{
    if (!chunk)
        return 1;
    for (int i = 0; i < PATH_CHUNK - 1; i++) {
        if (!chunk->bytes[i])
            return 1;
        davy_basename_step(&chunk->name, chunk->bytes[i]);
    }
    return 0;
}

/* The hash of a user path's last component, 0 where it cannot be read. */
__noinline u64 davy_user_basename(u64 address)
{
    struct path_chunk chunk;

    davy_basename_begin(&chunk.name);
    for (int c = 0; c < PATH_CHUNKS; c++) {
        if (bpf_probe_read_user_str(chunk.bytes, PATH_CHUNK, (void *)address) <= 0)
            return 0;
        if (davy_path_feed(&chunk))
            return chunk.name.hash;
        address += PATH_CHUNK - 1;
    }
    return 0;
}

/* The address of the path that the syscall under way was given, as its first or second argument:
 * the registers keep it until the return. */
static __always_inline u64 davy_syscall_path(u32 second)
{
    struct pt_regs *regs = davy_syscall_registers();

    return second ? PT_REGS_PARM2_CORE(regs) : PT_REGS_PARM1_CORE(regs);
}
