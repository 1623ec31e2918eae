/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A path as a number, made from its last component to its first, as a walk up through folders meets
 * them; each component by the hash of its name. The numbers on the way stand for the path's ends,
 * so that a walk stops where no listed path goes on. */
#pragma once

#include "davylamp/rules/name_hash.h"

#define DAVY_PATH_HASH_BEGIN DAVY_HASH_BEGIN
#define DAVY_PATH_COMPONENTS_MAX 8 /* a deeper path is not found */

static inline __u64 davy_path_step(__u64 hash, __u64 name_hash)
{
    hash = (hash ^ name_hash) * DAVY_HASH_PRIME;
    return hash ^ hash >> 29; /* else the order of components would not count in the low bits */
}
