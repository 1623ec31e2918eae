/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whether a file with the number of one that policy lists is that file. */
#pragma once

#include "davylamp/abi/kernel_policy.h"

/* Numbers are given again once their file is gone, and the generation that counts this is not
 * proof: some file systems count none (overlayfs), and on ext4 without checksums of metadata a
 * file's owner sets it (FS_IOC_SETVERSION). So it must have the owner that policy's file had: a
 * user who can make such a file could have written the listed one. What is denied stays denied,
 * whoever is given it. */
static inline int davy_row_is_of(const struct davy_image_row *row, __u32 generation, __u32 owner)
{
    return row->generation == generation &&
           (row->owner == owner || (row->roles & DAVY_ROLE_DENIED));
}
