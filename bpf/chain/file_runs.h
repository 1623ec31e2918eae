/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A file from the network is about to run. */
#pragma once

#include "../facts/world.h"
#include "fed_files.h"
#include "fed_pipe.h"

extern volatile __u64 host_root;

/* Root unpacked it from a package, and it runs in the root that is being made of such
 * (debootstrap): it is installed, as what dpkg puts there itself. */
static __always_inline bool is_installed_here(const struct fed_origin *origin)
{
    return (origin->kind & FED_BY_PACKAGE) &&
           davy_root_of(davy_current(), DAVY_NUMBER) != host_root;
}

/* What is known of a file that is about to run; NULL where it is nothing, or nothing any more.
 * Fills `origin`. Not inlined, for a stack of its own: exec's callers have little left. */
static __noinline struct fed_file *davy_fed_file_of(struct inode *inode, struct davy_inode_key *key,
                                                    struct fed_origin *origin)
{
    struct fed_file *file;

    *key = davy_inode_key_of(inode);
    file = bpf_map_lookup_elem(&fed_files, key);
    if (!file || file->generation != davy_inode_generation(inode) ||
        file->time_ns + settings.window_ns < bpf_ktime_get_boot_ns() ||
        (file->untouched &&
         davy_file_untouched(file, davy_inode_size(inode), davy_inode_changed(inode))))
        return NULL;
    if (davy_input_was_idle(file))
        return NULL;
    if (file->origin.source.tgid)
        *origin = file->origin;
    else if (!davy_pipe_origin(file->pipe, origin))
        return NULL;
    return is_installed_here(origin) ? NULL : file;
}
