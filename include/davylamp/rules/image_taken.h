/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whether somebody else may have taken a process's image away. */
#pragma once

#include "davylamp/rules/reach.h"

/* Whether somebody else may have removed an image whose removal nobody saw (io_uring, from outside
 * the scope). `folder`, `mode`: whose its folder is, and what others may do there. `file`: whose
 * the file is. `uid`, `saved`: of who runs it. Who opens his own folder to everybody answers for
 * what goes on in it, but root does not. */
static inline int davy_may_be_taken(__u32 folder, __u32 mode, __u32 file, __u32 uid, __u32 saved)
{
    if (!davy_may_hit(folder, uid, saved))
        return 1;
    if (folder != 0 || !(mode & 022))
        return 0;
    return !(mode & 01000) || !davy_may_hit(file, uid, saved);
}
