/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Text from the network goes along with a program that a shell starts with it: as an argument (sudo
 * sh -c "$text"), in the environment, or on a stdin that the shell made for it (a here string,
 * xargs). Then that program holds it as well. What a shell starts without it does not: a build that
 * runs for an hour below a shell that once read a page. */
#pragma once

#include "../facts/fd.h"
#include "fed_lately.h"
#include "shell_text.h"
#include "text_found.h"
#include "text_owned.h"

#define ENVIRONMENT_CHUNK 256
#define ENVIRONMENT_CHUNKS 32 /* 8 KiB */

/* Compares a byte of the arguments, NULs between them. 1 at the end of one that is the text or a
 * line of it. */
__noinline int davy_argument_byte(u32 byte)
{
    struct text_scratch *s = davy_text_working();

    if (byte) {
        davy_match_byte(byte);
        return 0;
    }
    if (!s || davy_match_done())
        return 1;
    davy_text_begin(&s->state);
    return 0;
}

__noinline int davy_arguments_part(u64 args, u32 size)
{
    u64 word = 0;

    for (u32 i = 0; i < TEXT_PART; i++) {
        if (i >= size)
            break;
        if (davy_argument_byte(davy_byte_at(args, i, &word)))
            return 1;
    }
    return 0;
}

/* Whether one of the arguments is the text or a line of it. */
__noinline int davy_arguments_hold(u64 text, u64 args, u32 size)
{
    struct text_scratch *s = davy_text_working();

    if (!s)
        return 0;
    davy_match_begin(s, text);
    for (u32 from = 0; from < DAVY_ARGS_MAX; from += TEXT_PART) {
        if (from >= size)
            break;
        if (davy_arguments_part(args + from, size - from))
            return 1;
    }
    return davy_match_done();
}

/* How the text begins, sought in other memory: sixteen bytes of it, folded. Eight are too few: many
 * a text begins like PATH does. */
struct beginning_sought {
    u64 first, last; /* the last eight of them and those before; the first byte lowest */
    u64 first_mask, last_mask;
    u64 before, window; /* the same of the memory: its newest sixteen */
    u8 blank;
    u8 chunk[ENVIRONMENT_CHUNK];
};
DAVY_SCRATCH(beginnings_sought, struct beginning_sought, sought_working)

__noinline int davy_sought_byte(u32 byte)
{
    struct beginning_sought *b = sought_working();

    if (!b)
        return 0;
    if (byte == '\n' || byte == '\t' || byte == '\r')
        byte = ' ';
    if (byte == ' ' && b->blank)
        return 0;
    b->blank = byte == ' ';
    b->before = b->before >> 8 | b->window << 56;
    b->window = b->window >> 8 | (u64)byte << 56;
    return (b->window & b->last_mask) == b->last && (b->before & b->first_mask) == b->first;
}

__noinline int davy_sought_chunk(void)
{
    struct beginning_sought *b = sought_working();

    if (!b)
        return 0;
    for (u32 i = 0; i < ENVIRONMENT_CHUNK; i++) {
        if (davy_sought_byte(b->chunk[i]))
            return 1;
    }
    return 0;
}

/* Whether the environment of the current process has the text's beginning. */
__noinline int davy_environment_holds(u64 text_address)
{
    struct fed_text *text = (struct fed_text *)text_address;
    struct task_struct *task = davy_current();
    struct beginning_sought *b = sought_working();
    u64 at = davy_environment_address(task), end = davy_environment_end(task);
    u32 size = 0;

    if (!b || bpf_probe_read_kernel(&size, sizeof(size), &text->sample.size) ||
        size < DAVY_MATCH_WHOLE)
        return 0;
    if (size > 16)
        size = 16;
    /* The windows' last bytes are the newest: a shorter beginning stands at their end. */
    b->first = b->first_mask = 0;
    b->last_mask = ~0ull;
    if (size > 8) {
        bpf_probe_read_kernel(&b->first, sizeof(b->first), text->sample.text);
        bpf_probe_read_kernel(&b->last, sizeof(b->last), text->sample.text + size - 8);
        b->first <<= 8 * (16 - size & 7);
        b->first_mask = ~0ull << (8 * (16 - size & 7));
    } else {
        bpf_probe_read_kernel(&b->last, sizeof(b->last), text->sample.text);
        b->last <<= 8 * (8 - size & 7);
        b->last_mask <<= 8 * (8 - size & 7);
    }
    b->before = b->window = 0;
    b->blank = 0;
    for (u32 c = 0; c < ENVIRONMENT_CHUNKS; c++) {
        if (at >= end)
            break;
        /* The arguments lie before the environment: a short one is read with some of them. */
        if (bpf_probe_read_user(
                b->chunk, ENVIRONMENT_CHUNK,
                (void *)(at + ENVIRONMENT_CHUNK > end ? end - ENVIRONMENT_CHUNK : at)))
            break;
        if (davy_sought_chunk())
            return 1;
        at += ENVIRONMENT_CHUNK;
    }
    return 0;
}

struct travel_arguments {
    u64 args[DAVY_ARGS_MAX / 8];
    u32 words;
    u32 reserved;
};
DAVY_SCRATCH(travels, struct travel_arguments, travel_working)

/* Whether the arguments end in a line of the text (timeout 5 $line): which then runs. The count of
 * words lies in the scratch, where the verifier does not follow its values. */
#define CARRIERS_WORDS 6   /* before it */
#define CARRIERS_BYTES 128 /* that these have */
__noinline int davy_arguments_run(u64 text, u64 args, u32 size)
{
    struct travel_arguments *scratch = travel_working();
    u64 word = 0;

    if (!scratch)
        return 0;
    scratch->words = 0;
    for (u32 i = 0; i < CARRIERS_BYTES; i++) {
        if (i >= size)
            break;
        if (davy_byte_at(args, i, &word))
            continue;
        if (scratch->words++ >= CARRIERS_WORDS)
            break;
        if (davy_command_runs(text, args + i + 1, size - i - 1, 0))
            return 1;
    }
    return 0;
}

/* Descriptor 0 of a task, where that is a pipe or a regular file; as a number, or 0. */
__noinline u64 davy_stdin_of(u64 task_address)
{
    struct task_struct *task = (struct task_struct *)task_address;
    struct file *file = davy_file_at(davy_fdtable_of(task, DAVY_NUMBER), 0, DAVY_NUMBER);
    u32 type = file ? davy_inode_type(davy_inode_of(file)) : 0;

    return type == S_IFIFO || type == S_IFREG ? (u64)file : 0;
}

/* Keeps one text of `holder`, who forked the current process, for that one where it goes along;
 * `in`: its stdin, `size`: of its arguments in the scratch. */
__noinline int davy_text_goes(u64 holder, u32 slot, u64 in, u32 size)
{
    struct fed_text *text = davy_text_of((struct task_struct *)holder, slot);
    struct fed_text_key key = {.tgid = bpf_get_current_pid_tgid() >> 32, .slot = slot};
    struct text_scratch *s = davy_text_working();
    struct travel_arguments *line = travel_working();
    u64 number = davy_number_of(text);
    u32 carried;

    if (!text || !s || !line)
        return 0;
    carried = size && davy_arguments_run(number, davy_number_of(line->args), size);
    if (!carried && (!in || davy_stdin_of(holder) == in) &&
        !(size && davy_arguments_hold(number, davy_number_of(line->args), size)) &&
        !davy_environment_holds(number))
        return 0;
    bpf_probe_read_kernel(&s->text, sizeof(s->text), (void *)number);
    s->text.start_ns = davy_start_of(davy_current());
    s->text.leader = davy_number_of(davy_leader_of(davy_current()));
    s->text.carried = carried;
    davy_text_owned(s, &key);
    return 1;
}

/* The current process, a fork until now, has become a program. Keeps for it the texts of who forked
 * it that go along. What the shell's own program has as a command is no text that goes along as an
 * argument. */
__noinline int davy_text_travels(void)
{
    struct task_struct *task = davy_current();
    struct travel_arguments *line = travel_working();
    u64 in = davy_stdin_of((u64)task);
    u64 all;
    u32 size;

    if (!line || !davy_was_fork(task) || !davy_is_own_child(task))
        return 0;
    size = davy_starts_own() ? 0 : davy_args_read(task, line->args, &all, DAVY_NUMBER);
    task = davy_parent_of(task);
    for (int i = 0; i < DAVY_TEXT_ANCESTORS * DAVY_TEXTS_EACH; i++) {
        u32 slot = i & (DAVY_TEXTS_EACH - 1);

        davy_text_goes((u64)task, slot, in, size);
        if (slot == DAVY_TEXTS_EACH - 1) {
            if (!davy_is_fork(task) || !davy_is_own_child(task))
                break;
            task = davy_parent_of(task);
        }
    }
    return 0;
}
