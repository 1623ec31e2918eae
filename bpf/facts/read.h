/* Two ways to follow kernel pointers. A tp_btf program's arguments are typed, and their fields are
 * plain loads, about 1 ns each; a pointer that a helper returned as a number takes
 * bpf_probe_read_kernel(), about 15 ns. `direct` is a constant at every call, so that each program
 * has the one way that it may use. */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_core_read.h>

#define DAVY_TYPED 1  /* a tp_btf argument, or reached from one */
#define DAVY_NUMBER 0 /* from bpf_get_current_task(), a map, a socket */

#define DAVY_READ(direct, source, ...)                                                             \
    ((direct) ? ___arrow(source, __VA_ARGS__) : BPF_CORE_READ(source, __VA_ARGS__))

/* An index below a power of two, in the register that is used: clang turns a loop's counter round
 * (from -size up to 0), and the verifiers up to 6.1 then know no bound of what is added. */
static __always_inline u64 davy_index(u64 index, const u64 size)
{
    asm volatile("" : "+r"(index));
    return index & (size - 1);
}
