/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a rule's loop is, so that the kernel's verifier walks it once a program: a function of its
 * own in BPF, and nothing special in the host's code. It takes numbers alone, since the global
 * functions of 5.10 take nothing else (kernel/bpf/verifier.c). */
#pragma once

#ifdef __bpf__
#define DAVY_VERIFIED_ONCE __attribute__((noinline))
#else
#define DAVY_VERIFIED_ONCE static inline
#endif
