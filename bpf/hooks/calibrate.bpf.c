/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Finds where the kernel keeps its pages (facts/pages.h). Userspace runs it with BPF_PROG_TEST_RUN;
 * it is never attached. Userspace has written `calibrate_magic` to a pipe of its own, whose
 * descriptor is `calibrate_fd`, and tries one guess after the other until the bytes are found. */
#include "../vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "../facts/fd.h"
#include "../facts/pages.h"
#include "../facts/task.h"

#define GUESSES 64     /* a run */
#define GUESS_SHIFT 30 /* both areas begin at a multiple of 1 GiB (arch/x86/mm/kaslr.c) */

volatile __u32 calibrate_fd = 0;
volatile __u64 calibrate_magic = 0;
volatile __u64 calibrate_array = 0; /* GiB that the array of pages begins below the pipe's page */
volatile __u64 calibrate_map = 0;   /* GiB that the direct map begins below the pipe, at first */

SEC("raw_tp/davy_calibrate")
int davy_calibrate(void *ctx)
{
    struct fdtable *table = davy_fdtable_of(davy_current(), DAVY_NUMBER);
    struct file *file = davy_file_at(table, calibrate_fd, DAVY_NUMBER);
    struct pipe_inode_info *pipe;
    struct davy_pipe_place beginning = {};
    struct davy_pipe_bytes found;
    u64 array, map, bytes;

    if (!file)
        return 0;
    pipe = davy_pipe_of(file);
    davy_pipe_page(pipe, &beginning, &found);
    if (!found.page)
        return 0;
    array = ((found.page >> GUESS_SHIFT) - calibrate_array) << GUESS_SHIFT;
    for (u32 i = 0; i < GUESSES; i++) {
        map = (((u64)pipe >> GUESS_SHIFT) - calibrate_map - i) << GUESS_SHIFT;
        bytes = 0;
        bpf_probe_read_kernel(&bytes, sizeof(bytes),
                              (void *)davy_page_address(found.page, array, map));
        if (bytes == calibrate_magic) {
            page_array = array;
            direct_map = map;
            return 1;
        }
    }
    return 0;
}
