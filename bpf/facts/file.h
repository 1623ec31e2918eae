/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* struct file and struct inode → plain facts. An unreadable pointer gives zeroes. */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "../maps.h"
#include "davylamp/abi/process_record.h"
#include "davylamp/rules/interpreter.h"
#include "davylamp/rules/name_hash.h"
#include "davylamp/rules/policy_file.h"
#include "read.h"

static __always_inline struct davy_inode_key davy_inode_key_of(struct inode *inode)
{
    struct davy_inode_key key = {
        .inode = BPF_CORE_READ(inode, i_ino),
        .device = BPF_CORE_READ(inode, i_sb, s_dev),
    };
    return key;
}

static __always_inline u32 davy_inode_device(struct inode *inode)
{
    return BPF_CORE_READ(inode, i_sb, s_dev);
}

static __always_inline struct inode *davy_inode_of(struct file *file)
{
    return BPF_CORE_READ(file, f_inode);
}

static __always_inline u32 davy_nlink_of(struct inode *inode)
{
    return BPF_CORE_READ(inode, i_nlink);
}

/* S_IFREG, S_IFIFO, S_IFSOCK … */
static __always_inline u32 davy_inode_type(struct inode *inode)
{
    return BPF_CORE_READ(inode, i_mode) & S_IFMT;
}

/* The majors of consoles, pseudo-terminals and serial lines
 * (Documentation/admin-guide/devices.txt).
 */
static __always_inline bool davy_inode_is_terminal(struct inode *inode)
{
    u32 major = BPF_CORE_READ(inode, i_rdev) >> 20;

    return davy_inode_type(inode) == S_IFCHR &&
           (major == 4 || major == 5 || major == 204 || (major >= 136 && major <= 143));
}

/* How often the inode's number was used before, on file systems that count. */
static __always_inline u32 davy_inode_generation(struct inode *inode)
{
    return BPF_CORE_READ(inode, i_generation);
}

/* Whose it is; of a pipe without a name: who made it. In the initial user namespace. */
static __always_inline u32 davy_inode_owner(struct inode *inode)
{
    return BPF_CORE_READ(inode, i_uid.val);
}

static __always_inline u64 davy_inode_size(struct inode *inode)
{
    return BPF_CORE_READ(inode, i_size);
}

/* When a file was changed last; nobody can set that. 6.6 has it under another name, 6.11 in two. */
struct inode___one {
    struct timespec64 i_ctime;
} __attribute__((preserve_access_index));
struct inode___other {
    struct timespec64 __i_ctime;
} __attribute__((preserve_access_index));
struct inode___two {
    s64 i_ctime_sec;
    u32 i_ctime_nsec;
} __attribute__((preserve_access_index));
static __always_inline u64 davy_inode_changed(struct inode *inode)
{
    struct inode___one *one = (void *)inode;
    struct inode___other *other = (void *)inode;
    struct inode___two *two = (void *)inode;

    if (bpf_core_field_exists(two->i_ctime_sec))
        return (u64)BPF_CORE_READ(two, i_ctime_sec) * 1000000000 + BPF_CORE_READ(two, i_ctime_nsec);
    if (bpf_core_field_exists(other->__i_ctime))
        return (u64)BPF_CORE_READ(other, __i_ctime.tv_sec) * 1000000000 +
               BPF_CORE_READ(other, __i_ctime.tv_nsec);
    return (u64)BPF_CORE_READ(one, i_ctime.tv_sec) * 1000000000 +
           BPF_CORE_READ(one, i_ctime.tv_nsec);
}

/* Whether a file can only be appended to: not read, not mapped. */
#define DAVY_APPENDS 02000 /* O_APPEND */
static __always_inline bool davy_file_appends(struct file *file)
{
    return (BPF_CORE_READ(file, f_flags) & DAVY_APPENDS) &&
           (BPF_CORE_READ(file, f_mode) & (FMODE_READ | FMODE_WRITE)) == FMODE_WRITE;
}

/* FMODE_READ, FMODE_WRITE. */
static __always_inline u32 davy_file_mode(struct file *file) { return BPF_CORE_READ(file, f_mode); }

static __always_inline u64 davy_inode_number(struct inode *inode)
{
    return BPF_CORE_READ(inode, i_ino);
}

static __always_inline bool davy_inode_is(struct inode *inode, u64 number, u32 device)
{
    return BPF_CORE_READ(inode, i_ino) == number && BPF_CORE_READ(inode, i_sb, s_dev) == device;
}

/* Whether it is root's or `owner`'s (uids of the initial user namespace), and nobody else may write
 * it. */
static __always_inline bool davy_is_system_inode(struct inode *inode, u32 owner)
{
    u32 uid = davy_inode_owner(inode);

    return (!uid || uid == owner) && !(BPF_CORE_READ(inode, i_mode) & 022);
}

/* Whether somebody runs it: then nobody may write it (deny_write_access(), fs/exec.c). */
static __always_inline bool davy_inode_runs(struct inode *inode, const bool direct)
{
    return (s32)DAVY_READ(direct, inode, i_writecount.counter) < 0;
}

/* How many descriptors can write it. */
static __always_inline s32 davy_inode_writers(struct inode *inode)
{
    return BPF_CORE_READ(inode, i_writecount.counter);
}

static __always_inline struct davy_inode_key davy_image_key(const struct davy_image *image)
{
    struct davy_inode_key key = {.inode = image->inode, .device = image->device};

    return key;
}

/* A file without a link: whether it is a memfd, which lies on the kernel's own mount of shmem, and
 * whether its writing is over for good (shmem's seals, mm/memfd.c). */
static __always_inline u16 davy_nameless_flags(struct inode *inode)
{
    u32 seals, all = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    struct shmem_inode_info *info;

    if (!(BPF_CORE_READ(inode, i_sb, s_flags) & SB_NOUSER))
        return 0;
    info = (void *)inode - bpf_core_field_offset(struct shmem_inode_info, vfs_inode);
    seals = BPF_CORE_READ(info, seals);
    return DAVY_IMAGE_MEMFD | ((seals & all) == all ? DAVY_IMAGE_SEALED : 0);
}

/* The part of an image that the rules judge; neither name nor policy rows. */
static __always_inline void davy_image_links_of(struct inode *inode, struct davy_image *image,
                                                const bool direct)
{
    image->inode = DAVY_READ(direct, inode, i_ino);
    image->device = DAVY_READ(direct, inode, i_sb, s_dev);
    image->nlink = DAVY_READ(direct, inode, i_nlink);
    image->mode = DAVY_READ(direct, inode, i_mode);
    image->owner = DAVY_READ(direct, inode, i_uid.val);
    if (davy_inode_runs(inode, direct))
        image->flags |= DAVY_IMAGE_RUNNING;
    if (!image->nlink)
        image->flags |= davy_nameless_flags(inode);
}

/* NULL: there is no file of this name. */
static __always_inline struct inode *davy_dentry_inode(struct dentry *dentry, const bool direct)
{
    return DAVY_READ(direct, dentry, d_inode);
}

/* The same of the file or folder that has this name. */
static __always_inline bool davy_is_system_dentry(u64 dentry, u32 owner)
{
    struct inode *inode = davy_dentry_inode((struct dentry *)dentry, DAVY_NUMBER);

    return inode && davy_is_system_inode(inode, owner);
}

/* The name as it lies in the kernel. */
static __always_inline const void *davy_dentry_text(struct dentry *dentry)
{
    return BPF_CORE_READ(dentry, d_name.name);
}

static __always_inline void davy_dentry_name(struct dentry *dentry, char *name, u16 *flags,
                                             const bool direct)
{
    const unsigned char *text = DAVY_READ(direct, dentry, d_name.name);

    if (bpf_probe_read_kernel_str(name, DAVY_NAME_MAX, text) == DAVY_NAME_MAX)
        *flags |= DAVY_IMAGE_NAME_CUT;
    if (!DAVY_READ(direct, dentry, d_hash.pprev))
        *flags |= DAVY_IMAGE_UNHASHED;
}

/* The last component of the name that the file was opened by: dentry->d_name. */
static __always_inline void davy_name_of(struct file *file, char *name, u16 *flags,
                                         const bool direct)
{
    davy_dentry_name(DAVY_READ(direct, file, f_path.dentry), name, flags, direct);
}

/* The hash of the DAVY_NAME_MAX bytes of a name, whole or without a version suffix. A global
 * function: verified once, and not wherever an image is read. */
__noinline u64 davy_name_hash(u64 name_address, u32 stem)
{
    struct davy_name_state hashes;
    u64 word = 0;
    u8 byte;

    davy_name_begin(&hashes);
    for (u32 i = 0; i < DAVY_NAME_MAX; i++) {
        byte = davy_byte_at(name_address, i, &word);
        if (!byte)
            break;
        davy_name_step(&hashes, byte);
    }
    return stem ? davy_name_stem(&hashes) : davy_name_full(&hashes);
}

/* What policy says of a file. A number is given again once its file is gone, and then the
 * generation differs, on file systems that count. */
static __always_inline struct davy_image_row *davy_policy_row(struct inode *inode)
{
    struct davy_inode_key key = davy_inode_key_of(inode);
    struct davy_image_row *row = bpf_map_lookup_elem(&image_rows, &key);

    return row && davy_row_is_of(row, davy_inode_generation(inode), davy_inode_owner(inode)) ? row
                                                                                             : NULL;
}

/* What policy says of an image: by file first, by name where the file is unknown to it. */
static __always_inline struct davy_image_row *
davy_row_of(const struct davy_image *image, u32 generation, u64 name_hash, bool *by_name)
{
    struct davy_inode_key key = {.inode = image->inode, .device = image->device};
    struct davy_image_row *row = bpf_map_lookup_elem(&image_rows, &key);

    if (row && !davy_row_is_of(row, generation, image->owner))
        row = NULL;
    *by_name = !row;
    if (row)
        return row;
    row = bpf_map_lookup_elem(&name_rows, &name_hash);
    if (row)
        return row;
    name_hash = davy_name_hash(davy_number_of(image->name), 1);
    return bpf_map_lookup_elem(&name_rows, &name_hash);
}

/* Whether a gone image is one that a package manager replaced, or a copy that a runtime started. */
static __always_inline void davy_mark_known(struct davy_image *image)
{
    struct davy_inode_key key = {.inode = image->inode, .device = image->device};

    if (image->nlink)
        return;
    if (bpf_map_lookup_elem(&replaced, &key))
        image->flags |= DAVY_IMAGE_REPLACED;
    if (bpf_map_lookup_elem(&sealed_copies, &key))
        image->flags |= DAVY_IMAGE_EXEMPT;
}

/* A file that has a name starts. What is remembered of a gone file with the same number is not
 * about this one. */
static __always_inline void davy_forget_gone(const struct davy_image *image)
{
    struct davy_inode_key key = {.inode = image->inode, .device = image->device};

    if (!image->nlink)
        return;
    if (bpf_map_lookup_elem(&replaced, &key))
        bpf_map_delete_elem(&replaced, &key);
    if (bpf_map_lookup_elem(&told_starting, &key))
        bpf_map_delete_elem(&told_starting, &key);
    if (bpf_map_lookup_elem(&removed_by, &key))
        bpf_map_delete_elem(&removed_by, &key);
}

/* The hash of a name, as davy_basename gives it. */
__noinline u64 davy_dentry_hash(u64 dentry_address)
{
    char name[DAVY_NAME_MAX] = {};
    u16 flags = 0;

    davy_dentry_name((struct dentry *)dentry_address, name, &flags, DAVY_NUMBER);
    return davy_name_hash(davy_number_of(name), 0);
}

/* The same of the name that a file was opened by. */
static __always_inline u64 davy_file_name_hash(u64 file_address)
{
    struct file *file = (struct file *)file_address;

    return davy_dentry_hash((u64)BPF_CORE_READ(file, f_path.dentry));
}
