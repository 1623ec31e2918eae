/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Paths in a command line that name a descriptor: /dev/fd/63, /proc/self/fd/3, /dev/stdin. All
 * arguments are read for them, byte by byte, whatever the options say. */
#pragma once

#include <linux/types.h>

#include "davylamp/rules/arguments_state.h"
#include "davylamp/rules/name_hash.h"

/* Letters, digits and ./_- as a bit set of two words. Other characters that a file's name may have
 * end it here, which names too much rather than too little. */
static inline __u8 davy_args_is_path_byte(__u8 byte)
{
    __u64 low = 0x3ffull << ('0' & 63) | 1ull << '-' | 1ull << '.' | 1ull << '/';
    __u64 high = 0x3ffffffull << ('A' & 63) | 0x3ffffffull << ('a' & 63) | 1ull << ('_' & 63);

    return (__u8)((byte & 0x40 ? high : low) >> (byte & 63)) & 1 & ~(byte >> 7);
}

/* A path has ended: the descriptor it names, or -1. */
static inline __s32 davy_args_path_end(const struct davy_args_state *s)
{
    if (s->path == DAVY_FDPATH_NUMBER)
        return s->path_fd;
    if (s->path != DAVY_FDPATH_IN || s->slash)
        return -1;
    if (s->path_hash == DAVY_HASH_OF("/dev/stdin"))
        return 0;
    if (s->path_hash == DAVY_HASH_OF("/dev/stdout"))
        return 1;
    return s->path_hash == DAVY_HASH_OF("/dev/stderr") ? 2 : -1;
}

/* /dev/fd is a link to /proc/self/fd, whose names have no leading zero (name_to_int(),
 * fs/proc/util.c). */
static inline void davy_args_number_step(struct davy_args_state *s, __u8 byte)
{
    __u8 digit = byte - '0';

    if (byte == '.' && s->path_fd < 0 && s->slash == 1) {
        s->slash = 2;
    } else if (digit > 9 || s->slash == 2 || s->path_fd == 0 || s->path_fd > 99999) {
        s->path = DAVY_FDPATH_NO;
    } else {
        s->path_fd = (s->path_fd < 0 ? 0 : s->path_fd * 10) + digit;
        s->slash = 0;
    }
}

/* Follows paths through all of the arguments. Repeated slashes and /./ count as one slash, as in
 * the kernel. A descriptor with something below it (/dev/fd/3/x) is named too: perl reads it
 * (S_open_script(), perl.c), and for all others a pipe is no folder. Returns the descriptor whose
 * name ended with this byte, or -1. */
static inline __s32 davy_args_path_step(struct davy_args_state *s, __u8 byte)
{
    __s32 found = -1;

    if (s->fresh) {
        if (s->path < DAVY_FDPATH_IN)
            s->path = DAVY_FDPATH_MAY;
        s->word_fd = -1;
    }
    if (!davy_args_is_path_byte(byte)) {
        found = davy_args_path_end(s);
        s->path = DAVY_FDPATH_MAY;
    } else if (s->path == DAVY_FDPATH_NO) {
        return -1;
    } else if (byte == '/' && s->path <= DAVY_FDPATH_OPTION) {
        s->path = DAVY_FDPATH_IN;
        s->path_hash = davy_hash_step(DAVY_HASH_BEGIN, '/');
        s->path_fd = -1;
        s->slash = 1;
        s->whole = s->fresh;
    } else if (s->path == DAVY_FDPATH_MAY) {
        s->path = s->fresh && byte == '-' ? DAVY_FDPATH_OPTION : DAVY_FDPATH_NO;
    } else if (s->path == DAVY_FDPATH_OPTION) {
        if (byte == '.' || byte == '_')
            s->path = DAVY_FDPATH_NO;
    } else if (byte == '/' && s->slash) {
        s->slash = 1;
    } else if (byte == '/') {
        found = davy_args_path_end(s);
        s->path_hash = davy_hash_step(s->path_hash, '/');
        s->slash = 1;
        if (found >= 0 || s->path == DAVY_FDPATH_NUMBER)
            s->path = DAVY_FDPATH_NO;
        else if (s->path_hash == DAVY_HASH_OF("/dev/fd/") ||
                 s->path_hash == DAVY_HASH_OF("/proc/self/fd/") ||
                 s->path_hash == DAVY_HASH_OF("/proc/thread-self/fd/"))
            s->path = DAVY_FDPATH_NUMBER;
    } else if (s->path == DAVY_FDPATH_NUMBER) {
        davy_args_number_step(s, byte);
    } else if (byte == '.' && s->slash == 1) {
        s->slash = 2;
    } else {
        if (s->slash == 2)
            s->path_hash = davy_hash_step(s->path_hash, '.');
        s->path_hash = davy_hash_step(s->path_hash, byte);
        s->slash = 0;
    }
    if (found >= 0) {
        if (found < 64)
            s->named_fds |= 1ull << found;
        else if (found <= 0xffff)
            s->high_fd = (__u16)found;
        if (s->whole && (!byte || byte == '/'))
            s->word_fd = found;
    }
    return found;
}
