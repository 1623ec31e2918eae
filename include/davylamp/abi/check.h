/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Layout assertions that hold in C (BPF) and in C++ alike. libbpf 1.1 defines an offsetof() that is
 * no constant expression, hence the builtin. */
#pragma once

#ifdef __cplusplus
#define DAVY_STATIC_ASSERT static_assert
#else
#define DAVY_STATIC_ASSERT _Static_assert
#endif

#define DAVY_OFFSET(type, field, offset)                                                           \
    DAVY_STATIC_ASSERT(__builtin_offsetof(struct type, field) == (offset), #type "." #field)
#define DAVY_SIZE(type, bytes) DAVY_STATIC_ASSERT(sizeof(struct type) == (bytes), #type " size")
