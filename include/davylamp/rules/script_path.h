/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Paths as one number, and how deep below the working folder a path leads. */
#pragma once

#include <linux/types.h>

#include "davylamp/rules/name_hash.h"

/* A path, eight bytes at a time and zeroes behind its end. Its lowest bit says whether a slash
 * stands in it. */
struct davy_whole_path {
    __u64 hash;
    __u64 slashes; /* the high bit of each byte that is one, of any word */
};

static inline void davy_whole_path_begin(struct davy_whole_path *path)
{
    path->hash = DAVY_HASH_BEGIN;
    path->slashes = 0;
}

static inline void davy_whole_path_step(struct davy_whole_path *path, __u64 word)
{
    __u64 others = word ^ 0x2f2f2f2f2f2f2f2full; /* a slash is zero */

    path->slashes |= (others - 0x0101010101010101ull) & ~others & 0x8080808080808080ull;
    path->hash = (path->hash ^ word) * DAVY_HASH_PRIME;
    path->hash ^= path->hash >> 29; /* else the bytes' order would not count in the low bits */
}

/* Never 0. */
static inline __u64 davy_whole_path_end(const struct davy_whole_path *path)
{
    return ((path->hash | 2) & ~1ull) | (path->slashes != 0);
}

static inline int davy_path_has_slash(__u64 path) { return path & 1; }

/* How many components a relative path has, after one leading "./". 0: it is absolute, or it leads
 * up or back to where it is ("..", "a//b", "a/."), so that no count says where the file lies; a
 * hidden component is taken for that. */
struct davy_path_depth {
    __u32 depth;
    __u32 unclear;
    __u32 before; /* the byte before */
};

static inline void davy_path_depth_begin(struct davy_path_depth *path)
{
    path->depth = 1;
    path->unclear = 0;
    path->before = '/';
}

static inline void davy_path_depth_step(struct davy_path_depth *path, __u8 byte)
{
    path->unclear |= (path->before == '/') & ((byte == '.') | (byte == '/'));
    path->depth += byte == '/';
    path->before = byte;
}

static inline __u32 davy_path_depth_end(const struct davy_path_depth *path)
{
    return path->unclear || path->before == '/' ? 0 : path->depth;
}
