/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Indexes that the kernel's verifier knows to be in bounds. */
#pragma once

#include <linux/types.h>

/* An index below `size`, a power of two, in the register that is used. Clang drops a mask that it
 * can prove to be needless, and turns a loop's counter round (from -size up to 0). Then the
 * verifiers up to 6.1 know no bound of what is added. */
static inline __u64 davy_index(__u64 index, const __u64 size)
{
#ifdef __bpf__
    __asm__ volatile("" : "+r"(index));
#endif
    return index & (size - 1);
}
