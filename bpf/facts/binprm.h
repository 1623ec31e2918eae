/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* struct linux_binprm: the program that the kernel is about to run, or the script that names it. */
#pragma once

#include "file.h"

static __always_inline struct file *davy_binprm_file(struct linux_binprm *bprm)
{
    return BPF_CORE_READ(bprm, file);
}

/* Its name as execve was given it, as it lies in the kernel. */
static __always_inline const void *davy_binprm_name(struct linux_binprm *bprm)
{
    return BPF_CORE_READ(bprm, filename);
}

/* The first eight bytes of that name. */
static __always_inline u64 davy_binprm_name_begins(struct linux_binprm *bprm)
{
    u64 begin = 0;

    bpf_probe_read_kernel(&begin, sizeof(begin), davy_binprm_name(bprm));
    return begin;
}

/* Whether the file begins with `#!`. */
static __always_inline bool davy_binprm_is_script(struct linux_binprm *bprm)
{
    u16 begin = 0;

    bpf_probe_read_kernel(&begin, sizeof(begin), &bprm->buf);
    return begin == 0x2123;
}

/* For a typed pointer: whether the file has a name. */
static __always_inline bool davy_binprm_is_named(struct linux_binprm *bprm)
{
    return bprm->file->f_inode->i_nlink != 0;
}
