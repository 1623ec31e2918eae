/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Strings in the current process's memory: paths as they were given to a syscall. */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "registers.h"

#include "davylamp/rules/name_hash.h"
#include "davylamp/rules/script_path.h"

#define PATH_CHUNK 120 /* bytes read at once; words of three times eight */
#define PATH_CHUNKS 35 /* of these make PATH_MAX */

/* Feeds eight bytes of a path to its last component, up to the path's end; the first is the lowest.
 * Returns whether more may follow. */
static __always_inline bool davy_basename_word(struct davy_basename *name, u64 word)
{
    for (int i = 0; i < 8; i++) {
        u8 byte = word >> (8 * i);

        if (!byte)
            return false;
        davy_basename_step(name, byte);
    }
    return true;
}

/* The same of three words by numbers, since 5.10's global functions take nothing else: the hash and
 * the length after these bytes, a function each. So each is verified once. By the chunk's address
 * it was verified for each chunk: 140,000 instructions in each of nine programs. */
__noinline u64 davy_hash_after(u64 hash, u64 length, u64 first, u64 second, u64 third)
{
    struct davy_basename name = {.hash = hash, .length = length};

    if (davy_basename_word(&name, first) && davy_basename_word(&name, second))
        davy_basename_word(&name, third);
    return name.hash;
}

__noinline u64 davy_length_after(u64 length, u64 first, u64 second, u64 third)
{
    struct davy_basename name = {.length = length};

    if (davy_basename_word(&name, first) && davy_basename_word(&name, second))
        davy_basename_word(&name, third);
    return name.length;
}

/* The hash of a user path's last component, 0 where it cannot be read. */
__noinline u64 davy_user_basename(u64 address)
{
    struct davy_basename name;
    u64 chunk[PATH_CHUNK / 8], hash;
    long size;

    davy_basename_begin(&name);
    for (int c = 0; c < PATH_CHUNKS; c++) {
        size = bpf_probe_read_user_str(chunk, PATH_CHUNK, (void *)address);
        if (size <= 0)
            return 0;
        for (int w = 0; w < PATH_CHUNK / 8; w += 3) {
            if (w * 8 >= size)
                break;
            hash = davy_hash_after(name.hash, name.length, chunk[w], chunk[w + 1], chunk[w + 2]);
            name.length = davy_length_after(name.length, chunk[w], chunk[w + 1], chunk[w + 2]);
            name.hash = hash;
        }
        if (size < PATH_CHUNK)
            return name.hash;
        address += PATH_CHUNK - 1;
    }
    return 0;
}

/* A user path as a number (rules/script_path.h), 0 where it cannot be read. */
__noinline u64 davy_user_path(u64 address)
{
    struct davy_whole_path path;
    u64 chunk[PATH_CHUNK / 8];
    long size;

    davy_whole_path_begin(&path);
    for (int c = 0; c < PATH_CHUNKS; c++) {
        __builtin_memset(chunk, 0, sizeof(chunk));
        size = bpf_probe_read_user_str(chunk, PATH_CHUNK, (void *)address);
        if (size <= 0)
            return 0;
        for (int w = 0; w < PATH_CHUNK / 8; w++)
            davy_whole_path_step(&path, chunk[w]);
        if (size < PATH_CHUNK)
            return davy_whole_path_end(&path);
        address += PATH_CHUNK - 1;
    }
    return 0;
}

/* How many folders a relative user path leads down, and one for its last component; 0 where that is
 * unclear, or the path is longer than a chunk. */
__noinline u32 davy_user_path_depth(u64 address)
{
    struct davy_path_depth path;
    u64 chunk[PATH_CHUNK / 8], word = 0;
    long size;

    __builtin_memset(chunk, 0, sizeof(chunk));
    size = bpf_probe_read_user_str(chunk, PATH_CHUNK, (void *)address);
    if (size <= 1 || size == PATH_CHUNK)
        return 0;
    if ((u16)chunk[0] == 0x2f2e) { /* ./ */
        size = bpf_probe_read_user_str(chunk, PATH_CHUNK, (void *)(address + 2));
        if (size <= 1)
            return 0;
    }
    davy_path_depth_begin(&path);
    for (u32 w = 0; w < PATH_CHUNK / 8; w++) {
        word = chunk[w];
        for (u32 i = 0; i < 8; i++) {
            if (w * 8 + i >= size - 1)
                return davy_path_depth_end(&path);
            davy_path_depth_step(&path, (u8)word);
            word >>= 8;
        }
    }
    return 0;
}
