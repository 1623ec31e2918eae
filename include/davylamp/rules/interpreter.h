/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Hashes an image's file name, to look it up among the names that policy lists: the whole name, and
 * its stem, the name without a version suffix (python3.11 → python, bash-5.2 → bash). Two look-ups
 * at most, no copy of the string, one byte a step. */
#pragma once

#include <linux/types.h>

#include "davylamp/abi/numbers.h"
#include "davylamp/rules/name_hash.h"

/* The stem ends before the first digit that follows two letters; a dot or dash just before that
 * digit is cut off too. A dash or dot alone ends nothing: node-exporter, lua-language-server and
 * php-fpm8.2 read requests from standard input and are not node, lua or php. What runs under such a
 * name (bash-static, busybox.static) has a policy row of its own. So has a name whose number is
 * part of it (ksh93): the whole name is looked up first. */
struct davy_name_state {
    __u64 full;   /* like davy_basename.hash: of the first DAVY_HASHED_NAME_MAX bytes */
    __u64 stem;   /* equal to full where there is no version */
    __u16 length; /* bytes so far, at most DAVY_HASHED_NAME_MAX */
    __u8 letters; /* at most 2 */
    __u8 cut;     /* 1: the stem has ended */
    __u32 reserved;
};

static inline void davy_name_begin(struct davy_name_state *name)
{
    name->full = DAVY_HASH_BEGIN;
    name->stem = DAVY_HASH_BEGIN;
    name->length = 0;
    name->letters = 0;
    name->cut = 0;
    name->reserved = 0;
}

/* Whether a family's programs are tools that run a program as well: what they read, write and start
 * is judged as any program's. */
static inline __u8 davy_family_is_tool(__u32 family) { return family >= DAVY_FAMILY_AWK; }

/* 1 where x < bound, for small numbers. */
static inline __u64 davy_below(__u64 x, __u64 bound) { return (x - bound) >> 63; }

/* `byte` is neither NUL nor a slash, since a name is one component. Arithmetic instead of
 * conditions, for the reason at davy_basename_step(). */
static inline void davy_name_step(struct davy_name_state *name, __u8 byte)
{
    __u64 letter = davy_below((__u8)((byte | 0x20) - 'a'), 26);
    __u64 digit = davy_below((__u8)(byte - '0'), 10);
    __u64 within = davy_below(name->length, DAVY_HASHED_NAME_MAX);
    __u64 separator = davy_below(byte ^ '.', 1) | davy_below(byte ^ '-', 1);
    __u64 few = davy_below(name->letters, 2), ends;

#ifdef __bpf__
    __asm__ volatile("" : "+r"(letter), "+r"(digit), "+r"(within), "+r"(separator), "+r"(few));
#endif
    name->full ^= (name->full ^ davy_hash_step(name->full, byte)) & -within;
    name->length += within;
    name->cut |= digit & (name->letters >> 1);
    ends = name->cut | separator;
    name->stem ^= (name->stem ^ name->full) & (ends - 1);
    name->letters += letter & few;
}

static inline __u64 davy_name_full(const struct davy_name_state *name) { return name->full; }

static inline __u64 davy_name_stem(const struct davy_name_state *name) { return name->stem; }

/* Hashes a file's beginning, eight bytes a step: FNV-1a over words, with the high half folded in,
 * since a multiplication alone carries nothing downwards. */
#define DAVY_CONTENT_BYTES 256 /* BINPRM_BUF_SIZE, include/uapi/linux/binfmts.h */

static inline __u64 davy_content_step(__u64 hash, __u64 word)
{
    hash = (hash ^ word) * DAVY_HASH_PRIME;
    return hash ^ hash >> 32;
}
