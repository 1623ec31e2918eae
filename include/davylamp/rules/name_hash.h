/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Names as numbers: an image or an interpreter is found by the hash of its last path component, so
 * that the kernel looks up eight bytes, not a string. FNV-1a, 64 bit (draft-eastlake-fnv). A
 * collision costs a second look at the inode, never a verdict. */
#pragma once

#include <linux/types.h>

#define DAVY_HASH_BEGIN 0xcbf29ce484222325ull
#define DAVY_HASH_PRIME 0x100000001b3ull

static inline __u64 davy_hash_step(__u64 hash, __u8 byte)
{
    return (hash ^ byte) * DAVY_HASH_PRIME;
}

/* 1 where two hashes are equal, by arithmetic: in a loop, a condition gives the verifier two ways
 * to follow for each turn. */
static inline __u64 davy_hash_equal(__u64 one, __u64 other)
{
    __u64 differs = one ^ other;

    differs |= 0 - differs;
#ifdef __bpf__
    __asm__ volatile("" : "+r"(differs)); /* twice, else clang makes a condition of it */
#endif
    differs >>= 63;
#ifdef __bpf__
    __asm__ volatile("" : "+r"(differs));
#endif
    return differs ^ 1;
}

/* Only these first bytes of a name count, as many as struct davy_image keeps. */
#define DAVY_HASHED_NAME_MAX 47

struct davy_basename {
    __u64 hash;
    __u64 length; /* bytes of the component so far */
};

static inline void davy_basename_begin(struct davy_basename *name)
{
    name->hash = DAVY_HASH_BEGIN;
    name->length = 0;
}

/* The hash of what follows the last slash, a byte at a time. Arithmetic instead of conditions: BPF
 * has no conditional move, so each ?: would be a branch, and in a loop doubles the verifier's paths
 * at each byte. (x - 1) >> 63 is 1 for x == 0 and 0 for any other small x. */
static inline void davy_basename_step(struct davy_basename *name, __u8 byte)
{
    __u64 differs = byte ^ '/';
    __u64 slash = (differs - 1) >> 63;
    __u64 counts = (name->length - DAVY_HASHED_NAME_MAX) >> 63;

#ifdef __bpf__
    __asm__ volatile("" : "+r"(slash), "+r"(counts)); /* else clang makes branches of them again */
#endif
    name->hash ^= (name->hash ^ davy_hash_step(name->hash, byte)) & -counts;
    name->hash ^= (name->hash ^ DAVY_HASH_BEGIN) & -slash;
    name->length = (name->length + 1) & (slash - 1);
}

/* The hash of a literal of at most 32 bytes, as a constant expression: tables need one, and clang's
 * BPF target cannot compare strings. */
#define DAVY_HASH_BYTE(hash, word, i)                                                              \
    (((hash) ^ ((i) < sizeof(word) - 1 ? (__u64)(__u8)(word)[(i) < sizeof(word) ? (i) : 0] : 0)) * \
     ((i) < sizeof(word) - 1 ? DAVY_HASH_PRIME : 1))
#define DAVY_HASH_4(hash, word, i)                                                                 \
    DAVY_HASH_BYTE(DAVY_HASH_BYTE(DAVY_HASH_BYTE(DAVY_HASH_BYTE(hash, word, i), word, (i) + 1),    \
                                  word, (i) + 2),                                                  \
                   word, (i) + 3)
#define DAVY_HASH_16(hash, word, i)                                                                \
    DAVY_HASH_4(                                                                                   \
        DAVY_HASH_4(DAVY_HASH_4(DAVY_HASH_4(hash, word, i), word, (i) + 4), word, (i) + 8), word,  \
        (i) + 12)
#define DAVY_HASH_FROM(begin, word)                                                                \
    (DAVY_HASH_16(DAVY_HASH_16(begin, word, 0), word, 16) +                                        \
     0 * sizeof(char[sizeof(word) <= 33 ? 1 : -1]))
#define DAVY_HASH_OF(word) DAVY_HASH_FROM(DAVY_HASH_BEGIN, word)
