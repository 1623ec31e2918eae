/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A place in what goes through a pipe. */
#pragma once

#include "../vmlinux.h"

/* Slot `slot` of the pipe's ring, counted from the pipe's beginning, and `at` bytes into its page.
 * All zeroes: the beginning. */
struct davy_pipe_place {
    u32 slot, at;
};

/* The same as one number, for global functions. */
static __always_inline u64 davy_place_number(const struct davy_pipe_place *place)
{
    return (u64)place->slot << 32 | place->at;
}

static __always_inline struct davy_pipe_place davy_place_of(u64 number)
{
    struct davy_pipe_place place = {.slot = number >> 32, .at = number};

    return place;
}
