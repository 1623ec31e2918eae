/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whether the program that starts is a filter that leaves its stdin alone. It is no stage then of
 * the pipeline that it happens to stand in. */
#pragma once

#include "../exec_work.h"
#include "text_found.h"

#include "davylamp/rules/operands.h"

#define OPERANDS_PART 64

struct operands_scratch {
    struct davy_operands operands;
};
DAVY_SCRATCH(operands_scratch, struct operands_scratch, operands_working)

/* Global, so that it is verified once and not once a byte. */
__noinline int davy_operand_byte(u32 byte)
{
    struct operands_scratch *s = operands_working();

    if (s)
        davy_operands_step(&s->operands, byte);
    return 0;
}

__noinline int davy_operand_part(u64 args, u32 size)
{
    u64 word = 0;

    for (u32 i = 0; i < OPERANDS_PART; i++) {
        if (i >= size)
            break;
        davy_operand_byte(davy_byte_at(args, i, &word));
    }
    return 0;
}

/* Not where its arguments have a line of what it would read: it may pass that on. */
__noinline int davy_leaves_input(void)
{
    struct davy_image_row *row = davy_policy_row(davy_exe_inode(davy_current()));
    struct operands_scratch *o = operands_working();
    struct exec_scratch *s = exec_working();
    u64 args;

    if (!row || !(row->roles & DAVY_ROLE_FILTER) || !o || !s || s->event.args_cut ||
        !davy_operands_begin(&o->operands, davy_file_name_hash((u64)davy_exe_of(davy_current()))))
        return 0;
    args = davy_number_of(s->event.args);
    for (u32 from = 0; from < DAVY_ARGS_MAX; from += OPERANDS_PART) {
        if (from >= s->event.args_size)
            break;
        davy_operand_part(args + from, s->event.args_size - from);
    }
    if (!davy_operands_leave_stdin(&o->operands) ||
        (direct_map && davy_texts_lately() && davy_line_given(args, s->event.args_size)))
        return 0;
    bpf_map_update_elem(&leave_input, &s->event.process.id.tgid, &s->event.process.id.start_ns,
                        BPF_ANY);
    return 1;
}
