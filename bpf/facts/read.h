/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Two ways to follow kernel pointers. A tp_btf program's arguments are typed, and their fields are
 * plain loads, about 1 ns each; a pointer that a helper returned as a number takes
 * bpf_probe_read_kernel(), about 15 ns. `direct` is a constant at every call, so that each program
 * has the one way that it may use. */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_core_read.h>

#include "davylamp/abi/index.h"

#define DAVY_TYPED 1  /* a tp_btf argument, or reached from one */
#define DAVY_NUMBER 0 /* from bpf_get_current_task(), a map, a socket */

#define DAVY_READ(direct, source, ...)                                                             \
    ((direct) ? ___arrow(source, __VA_ARGS__) : BPF_CORE_READ(source, __VA_ARGS__))

/* A pointer as the number that global functions take: 5.10's take no pointers but the context. Two
 * negations, since no verifier follows a pointer through one. Who gets the number reads by
 * bpf_probe_read_kernel(). */
static __always_inline u64 davy_number_of(const void *pointer)
{
    u64 number = (u64)pointer;

    asm volatile("%0 = -%0\n\t%0 = -%0" : "+r"(number) : : "memory");
    return number;
}

/* The byte at `address` + `index`, for a loop from 0 on; `word` holds eight bytes that were read
 * ahead, so the memory must be a multiple of eight bytes. */
static __always_inline u8 davy_byte_at(u64 address, u32 index, u64 *word)
{
    u8 byte;

    if (!(index & 7)) {
        *word = 0;
        bpf_probe_read_kernel(word, sizeof(*word), (void *)(address + index));
    }
    byte = (u8)*word;
    *word >>= 8;
    return byte;
}
