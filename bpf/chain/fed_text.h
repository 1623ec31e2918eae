/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Text that came out of a net-fed pipe: taken as its reader is woken and when the writer ends,
 * held against what is about to run as code. */
#pragma once

#include "fed.h"

#define TEXT_CHUNK 256
#define TEXT_CHUNKS 16 /* 4 KiB of the code are read */

struct text_scratch {
    struct fed_text text;
    struct davy_text_state state;
    struct davy_text_sample sought; /* what code is held against */
    u64 address, left;              /* of the code that is read */
    u8 bytes[DAVY_SAMPLE_BYTES];
};
DAVY_SCRATCH(text_scratch, struct text_scratch, davy_text_working)
/* A wake-up's own: it may come in an interrupt, in the midst of an exec, and its text must not
 * become what that exec is held against. */
DAVY_SCRATCH(waking_scratch, struct text_scratch, davy_text_waking)

/* What follows and takes a sample exists for each of the two; `waking` is a constant. */
static __always_inline struct text_scratch *text_working(const bool waking)
{
    return waking ? davy_text_waking() : davy_text_working();
}

/* Global functions, so that each is verified once and not once a byte; without pointers, which
 * 5.10's take none of: what they work on lies in the scratch. */
static __always_inline int sample_byte(struct text_scratch *s, u32 byte)
{
    if (s)
        davy_sample_step(&s->text.sample, &s->state, byte);
    return 0;
}

__noinline int davy_sample_byte(u32 byte) { return sample_byte(davy_text_working(), byte); }
__noinline int davy_waking_byte(u32 byte) { return sample_byte(davy_text_waking(), byte); }

__noinline int davy_match_byte(u32 byte)
{
    struct text_scratch *s = davy_text_working();

    if (!s)
        return 0;
    davy_match_step(&s->sought, &s->state, byte);
    return davy_match_open(&s->state);
}

__noinline int davy_match_done(void)
{
    struct text_scratch *s = davy_text_working();

    return s ? davy_match_end(&s->sought, &s->state) : 0;
}

/* What davy_match_byte() goes by. */
static __always_inline void davy_match_begin(struct text_scratch *s, u64 text_address)
{
    const struct fed_text *text = (const struct fed_text *)text_address;

    bpf_probe_read_kernel(&s->sought, sizeof(s->sought), &text->sample);
    davy_text_begin(&s->state);
}

/* A sample of the bytes in the scratch, into s->text. 0, or -1 where there are none. */
static __always_inline int sample_bytes(const bool waking)
{
    struct text_scratch *s = text_working(waking);

    if (!s)
        return -1;
    s->text.sample.lines = 0;
    s->text.sample.size = 0;
    davy_text_begin(&s->state);
    for (u32 i = 0; i < DAVY_SAMPLE_BYTES; i++) {
        if (!s->bytes[i])
            break;
        if (waking)
            davy_waking_byte(s->bytes[i]);
        else
            davy_sample_byte(s->bytes[i]);
    }
    return s->text.sample.size ? 0 : -1;
}

__noinline int davy_sample_bytes(void) { return sample_bytes(false); }
__noinline int davy_waking_bytes(void) { return sample_bytes(true); }

/* The same of what the pipe holds. */
static __always_inline int sample_pipe(u64 pipe_address, const bool waking)
{
    struct text_scratch *s = text_working(waking);

    if (!s || davy_pipe_read((struct pipe_inode_info *)pipe_address, s->bytes, DAVY_SAMPLE_BYTES))
        return -1;
    return waking ? davy_waking_bytes() : davy_sample_bytes();
}

__noinline int davy_sample_pipe(u64 pipe_address) { return sample_pipe(pipe_address, false); }
__noinline int davy_waking_pipe(u64 pipe_address) { return sample_pipe(pipe_address, true); }

/* A chunk of the code through the matcher; s->address and s->left say where. Returns whether more
 * of it can change the answer. */
__noinline int davy_match_chunk(void)
{
    struct text_scratch *s = davy_text_working();
    long got;

    if (!s)
        return 0;
    got = bpf_probe_read_user_str(s->bytes, TEXT_CHUNK, (void *)s->address);
    if (got <= 1)
        return 0;
    for (u32 i = 0; i < TEXT_CHUNK - 1; i++) {
        if (!s->bytes[i] || !s->left)
            return 0;
        s->left--;
        if (!davy_match_byte(s->bytes[i]))
            return 0;
    }
    s->address += TEXT_CHUNK - 1;
    return 1;
}

/* Whether the text in user memory at `address`, at most `size` bytes or to its NUL, is that of
 * `text`. */
__noinline int davy_text_runs(u64 text, u64 address, u64 size)
{
    struct text_scratch *s = davy_text_working();

    if (!s)
        return 0;
    davy_match_begin(s, text);
    s->address = address;
    s->left = size;
    for (u32 c = 0; c < TEXT_CHUNKS; c++) {
        if (!davy_match_chunk())
            break;
    }
    return davy_match_done();
}

/* Keeps the sample in the scratch for `task`, who may run it. */
static __always_inline void davy_keep_for(struct text_scratch *s, struct task_struct *task,
                                          u64 number)
{
    struct fed_text_key key = {
        .tgid = BPF_CORE_READ(task, tgid),
        .slot = number & (DAVY_TEXTS_EACH - 1),
    };

    s->text.start_ns = BPF_CORE_READ(task, group_leader, start_boottime);
    bpf_map_update_elem(&fed_texts, &key, &s->text, BPF_ANY);
}

/* What the current process wrote to a net-fed pipe is kept, for those of its ancestors that may
 * read it: when its first write wakes a reader, and when it ends (do_exit() closes descriptors
 * after the tracepoint, but many programs close their stdout before). 1 where something was kept.
 */
static __always_inline int keep_text(const bool waking)
{
    struct task_struct *task = davy_current();
    struct text_scratch *s = text_working(waking);
    struct pipe_inode_info *pipe;
    struct davy_fd out = {};

    davy_task_fd(task, 1, &out);
    if (out.kind != DAVY_FD_PIPE)
        return 0;
    if (!s || !davy_pipe_origin(out.pipe, &s->text.origin))
        return 0;
    pipe = davy_pipe_of(out.file);
    if (waking ? davy_waking_pipe((u64)pipe) : davy_sample_pipe((u64)pipe))
        return 0;
    s->text.time_ns = bpf_ktime_get_boot_ns();
    s->text.pipe_inode = out.inode;
    texts_until_ns = s->text.time_ns + settings.window_ns;
    for (int i = 0; i < DAVY_TEXT_ANCESTORS; i++) {
        task = BPF_CORE_READ(task, real_parent);
        if (BPF_CORE_READ(task, tgid) <= 1)
            break;
        davy_keep_for(s, task, out.inode);
    }
    return 1;
}

__noinline int davy_keep_text(void) { return keep_text(false); }
__noinline int davy_keep_text_waking(void) { return keep_text(true); }

/* A shell opened a file from the network: it may be data to it, or evaluated ($(<file), a loop of
 * read). How the file begins is kept for this shell; where its pages end is where its text does. */
__noinline int davy_keep_file(u64 inode_address, u64 origin)
{
    struct inode *inode = (struct inode *)inode_address;
    struct text_scratch *s = davy_text_working();

    if (!s || davy_file_read(inode, s->bytes, DAVY_SAMPLE_BYTES) || davy_sample_bytes())
        return 0;
    bpf_probe_read_kernel(&s->text.origin, sizeof(s->text.origin), (void *)origin);
    s->text.time_ns = bpf_ktime_get_boot_ns();
    s->text.pipe_inode = 0;
    texts_until_ns = s->text.time_ns + settings.window_ns;
    davy_keep_for(s, davy_current(), BPF_CORE_READ(inode, i_ino));
    return 0;
}

/* What was found, in the scratch of convictions; `text` says from where it came. */
static __always_inline struct davy_conviction *davy_text_conviction(const struct fed_text *text)
{
    struct davy_conviction *c = davy_conviction();

    if (!c)
        return NULL;
    c->facts.source = DAVY_SOURCE_TEXT;
    c->facts.hops = 1;
    c->origin = text->origin;
    c->sink.inode = text->pipe_inode;
    return c;
}

static __always_inline struct fed_text *davy_text_of(struct task_struct *task, u32 slot)
{
    struct fed_text_key key = {.tgid = BPF_CORE_READ(task, tgid), .slot = slot};
    struct fed_text *text;

    if (key.tgid <= 1)
        return NULL;
    text = bpf_map_lookup_elem(&fed_texts, &key);
    if (!text || text->start_ns != BPF_CORE_READ(task, group_leader, start_boottime) ||
        text->time_ns + settings.window_ns < bpf_ktime_get_boot_ns())
        return NULL;
    return text;
}

/* Code at `address` against every text that the current process or a near ancestor may have read. 1
 * and a conviction where it is one of them. */
__noinline int davy_text_found(u64 address, u64 size)
{
    struct task_struct *task = davy_current();

    for (int i = 0; i < DAVY_TEXT_ANCESTORS * DAVY_TEXTS_EACH; i++) {
        struct fed_text *text = davy_text_of(task, i & (DAVY_TEXTS_EACH - 1));
        struct davy_conviction *c;

        if (text && davy_text_runs(davy_number_of(text), address, size)) {
            c = davy_text_conviction(text);
            if (c)
                bpf_probe_read_user_str(c->what, DAVY_PATH_MAX, (void *)address);
            return c != NULL;
        }
        if ((i & (DAVY_TEXTS_EACH - 1)) == DAVY_TEXTS_EACH - 1)
            task = BPF_CORE_READ(task, real_parent);
    }
    return 0;
}

/* The command line of a program that a shell started, NULs as blanks, against the lines of `text`:
 * whether it is one of them, word for word. */
__noinline int davy_command_runs(u64 text, u64 args, u32 size)
{
    struct text_scratch *s;
    u64 word = 0;
    u32 byte;

    s = davy_text_working();
    if (!s)
        return 0;
    davy_match_begin(s, text);
    for (u32 i = 0; i < DAVY_ARGS_MAX; i++) {
        if (i >= size)
            break;
        byte = davy_byte_at(args, i, &word);
        davy_match_byte(byte ? byte : ' ');
    }
    davy_match_done();
    return s->state.last != 0 && s->state.at_line >= DAVY_MATCH_COMMAND;
}

/* A program starts whose command line is a line of a text that its shell read: shells that export
 * nothing to probe (dash, zsh) are seen so, when the first such line runs. */
__noinline int davy_command_found(u64 args, u32 size)
{
    struct task_struct *task = davy_current();

    for (int i = 0; i < DAVY_TEXT_ANCESTORS * DAVY_TEXTS_EACH; i++) {
        struct fed_text *text = davy_text_of(task, i & (DAVY_TEXTS_EACH - 1));
        struct davy_conviction *c;

        if (text && davy_command_runs(davy_number_of(text), args, size)) {
            c = davy_text_conviction(text);
            if (!c)
                return 0;
            bpf_probe_read_kernel(c->what, DAVY_PATH_MAX - 1, (void *)args);
            /* Whoever started us evaluates the text: we are a line of it. */
            if (text->start_ns == BPF_CORE_READ(davy_current(), group_leader, start_boottime))
                return 1;
            task = BPF_CORE_READ(davy_current(), real_parent);
            davy_process_id_of(task, &c->sink.id, DAVY_NUMBER);
            bpf_probe_read_kernel(c->sink.comm, DAVY_COMM_MAX, &task->comm);
            return 1;
        }
        if ((i & (DAVY_TEXTS_EACH - 1)) == DAVY_TEXTS_EACH - 1)
            task = BPF_CORE_READ(task, real_parent);
    }
    return 0;
}

/* Code at `address` against what is in a pipe right now: `task` reads it as its stdin (xargs, a
 * loop of read and eval), and its writer lives. */
__noinline int davy_piped_found(u64 task_address, u64 address, u64 size)
{
    struct task_struct *task = (struct task_struct *)task_address;
    struct davy_conviction *c;
    struct text_scratch *s;
    struct davy_fd in = {};

    davy_task_fd(task, 0, &in);
    if (in.kind != DAVY_FD_PIPE)
        return 0;
    s = davy_text_working();
    if (!s || !davy_pipe_origin(in.pipe, &s->text.origin))
        return 0;
    if (davy_sample_pipe((u64)davy_pipe_of(in.file)))
        return 0;
    s->text.pipe_inode = in.inode;
    if (!davy_text_runs(davy_number_of(&s->text), address, size))
        return 0;
    c = davy_text_conviction(&s->text);
    if (c)
        bpf_probe_read_user_str(c->what, DAVY_PATH_MAX, (void *)address);
    return c != NULL;
}

/* Whether the bytes in the scratch are those of `text`. */
__noinline int davy_bytes_run(u64 text)
{
    struct text_scratch *s = davy_text_working();

    if (!s)
        return 0;
    davy_match_begin(s, text);
    for (u32 i = 0; i < DAVY_SAMPLE_BYTES; i++) {
        if (!s->bytes[i])
            break;
        if (!davy_match_byte(s->bytes[i]))
            return 1;
    }
    return davy_match_done();
}

/* What waits in a pipe that an interpreter is about to read as code, and that nobody fed: a here
 * string. Against the texts of its ancestors: the shell that filled the pipe has them. */
__noinline int davy_filled_found(u64 pipe_address)
{
    struct task_struct *task = davy_current();
    struct davy_conviction *c;
    struct text_scratch *s = davy_text_working();

    if (!s || davy_pipe_read((struct pipe_inode_info *)pipe_address, s->bytes, DAVY_SAMPLE_BYTES))
        return 0;
    for (int i = 0; i < DAVY_TEXT_ANCESTORS * DAVY_TEXTS_EACH; i++) {
        struct fed_text *text = davy_text_of(task, i & (DAVY_TEXTS_EACH - 1));

        if (text && davy_bytes_run(davy_number_of(text))) {
            c = davy_text_conviction(text);
            if (c)
                __builtin_memcpy(c->what, s->bytes, DAVY_PATH_MAX - 1);
            return c != NULL;
        }
        if ((i & (DAVY_TEXTS_EACH - 1)) == DAVY_TEXTS_EACH - 1)
            task = BPF_CORE_READ(task, real_parent);
    }
    return 0;
}
