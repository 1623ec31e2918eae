/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Keeps the program that an interpreter takes from a descriptor: a here-document, a here-string,
 * a file or a pipe as its standard input. */
#pragma once

#include "../facts/program_pages.h"
#include "../facts/task.h"
#include "../scratch.h"
#include "fed_files.h"
#include "maps.h"
#include "writer.h"

/* Per CPU: before 6.15 a connect hook may be preempted while it reads. Then a program may be kept
 * with another's page, once in the life of both. */
DAVY_SCRATCH(input_scratch, struct program_input, input_working)

/* A page of the program behind `file`. Global, so that it is verified once and not once a page. */
__noinline int davy_input_page(u64 file_address, u32 page)
{
    struct file *file = (struct file *)file_address;
    struct program_input *input = input_working();
    struct inode *inode = davy_inode_of(file);
    u32 type = davy_inode_type(inode), size = 0;
    u64 address = 0;

    if (!input)
        return 0;
    page = davy_index(page, DAVY_INPUT_PAGES);
    input->size[page] = 0;
    if (!direct_map)
        return 0;
    if (type == S_IFREG) {
        size = davy_file_page_size(inode, page);
        if (size)
            address = davy_file_page(inode, page);
    } else if (type == S_IFIFO) {
        address = davy_pipe_program_page(davy_pipe_of(file), page, &size);
    }
    if (!address || !size || bpf_probe_read_kernel(input->text[page], PAGE_BYTES, (void *)address))
        return 0;
    input->size[page] = size < PAGE_BYTES ? size : PAGE_BYTES;
    return 1;
}

/* Keeps what is known of `task`'s program, behind `file`. */
__noinline int davy_keep_input(u64 file_address, u64 task_address)
{
    struct program_input *input = input_working();
    struct task_struct *task = (struct task_struct *)task_address;
    u32 tgid = davy_tgid_of(task);

    if (!input || !davy_input_page(file_address, 0))
        return 0;
    davy_input_page(file_address, 1);
    input->start_ns = davy_start_of(task);
    bpf_map_update_elem(&program_inputs, &tgid, input, BPF_ANY);
    return 1;
}

/* What `task` itself, or who it was forked from, was given as its program; NULL where nothing is
 * known. */
#define DAVY_FORKS_BACK 2
static __always_inline struct program_input *davy_input_of(struct task_struct *task)
{
    for (int i = 0; i <= DAVY_FORKS_BACK; i++) {
        u32 tgid = davy_tgid_of(task);
        struct program_input *input = bpf_map_lookup_elem(&program_inputs, &tgid);

        if (input && input->start_ns == davy_start_of(task))
            return input;
        if (!davy_is_fork(task))
            return NULL;
        task = davy_parent_of(task);
    }
    return NULL;
}

/* The current process comes to be fed, and is a one-liner. Where it takes its program from a
 * descriptor, that was not there yet at exec, or has been forgotten. */
__noinline int davy_keep_input_late(void)
{
    struct task_struct *task = davy_current();
    s32 number = davy_writer_code_fd();
    struct file *file;

    if (number < 0 || davy_input_of(task))
        return 0;
    file = davy_file_at(davy_fdtable_of(task, DAVY_NUMBER), number, DAVY_NUMBER);
    return file ? davy_keep_input((u64)file, (u64)task) : 0;
}

/* Others' programs have taken the place of what was kept of `task`'s. Reads it again where it is as
 * it was: nobody can write to the pipe any more, and no download went into the file. */
__noinline int davy_keep_input_again(u64 task_address, u32 number)
{
    struct task_struct *task = (struct task_struct *)task_address;
    struct file *file = davy_file_at(davy_fdtable_of(task, DAVY_NUMBER), number, DAVY_NUMBER);
    struct inode *inode;

    if (!file)
        return 0;
    inode = davy_inode_of(file);
    if (davy_inode_type(inode) == S_IFIFO ? davy_pipe_writers(davy_pipe_of(file)) != 0
                                          : davy_has_download((u64)inode))
        return 0;
    return davy_keep_input((u64)file, task_address);
}
