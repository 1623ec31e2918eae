/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who took bytes from the network, and what became of them: processes, files, text. The chain's
 * pipes have a bookkeeping of their own (chain.h). */
#pragma once

#include "../facts/pages.h"
#include "judge.h"
#include "pipes.h"

#include "davylamp/rules/arguments.h"
#include "davylamp/rules/provenance.h"

/* Until when something that was fed may still matter, CLOCK_BOOTTIME: hooks that look for such
 * things return at once when it has passed. */
extern volatile __u64 fed_until_ns;
extern volatile __u64 texts_until_ns;
/* Until when wake-ups are looked at (wake.bpf.c); 0 where nobody may write such text. */
extern volatile __u64 watch_until_ns;
#define DAVY_WATCH_NS 30000000000ull /* a download that takes longer is sampled at its end */

#define DAVY_LINEAGE_MAX 8 /* a process and its ancestors, as far as roles are looked for */
#define DAVY_OPEN_FILES 8  /* descriptors looked at for files that are written already */

static __always_inline bool davy_fed_lately(void)
{
    return settings.window_ns && fed_until_ns > bpf_ktime_get_boot_ns();
}

static __always_inline bool davy_texts_lately(void)
{
    return settings.window_ns && texts_until_ns > bpf_ktime_get_boot_ns();
}

/* Whether this process, or one of its near ancestors, has a role by its image. */
__noinline int davy_has_role(u32 role)
{
    struct task_struct *task = davy_current();

    for (int i = 0; i < DAVY_LINEAGE_MAX; i++) {
        struct davy_inode_key key;
        struct davy_image_row *row;

        if (!task || BPF_CORE_READ(task, tgid) <= 1)
            break;
        key = davy_inode_key_of(BPF_CORE_READ(task, mm, exe_file, f_inode));
        row = bpf_map_lookup_elem(&image_rows, &key);
        if (row && (row->roles & role))
            return 1;
        task = BPF_CORE_READ(task, real_parent);
    }
    return 0;
}

/* Whether the process `ancestor` is one of the current process. A child whose parent has ended is
 * its subreaper's. */
__noinline int davy_is_ancestor(u32 ancestor, u64 start_ns)
{
    struct task_struct *task = davy_current();

    for (int i = 0; i < DAVY_LINEAGE_MAX; i++) {
        u32 tgid;

        task = BPF_CORE_READ(task, real_parent);
        tgid = BPF_CORE_READ(task, tgid);
        if (tgid <= 1)
            break;
        if (tgid == ancestor && BPF_CORE_READ(task, group_leader, start_boottime) == start_ns)
            return 1;
    }
    return 0;
}

/* The arguments of the current process, to be read where its way of writing matters. Per CPU:
 * before 6.15 a connect hook may be preempted while it reads, and another one's arguments be mixed
 * in; then one process may be taken for another kind of writer, once in a lifetime of both. */
struct writer_scratch {
    struct one_liner line;
};
struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, u32);
    __type(value, struct writer_scratch);
} writer_scratch SEC(".maps");

/* Command lines that are being read, one for each reader. Per CPU, as the above. */
#define DAVY_READING_WRITER 0
#define DAVY_READING_EXEC 1
#define DAVY_READING_PATH 2 /* evaluate.bpf.c */
#define DAVY_READINGS 3
struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, DAVY_READINGS);
    __type(key, u32);
    __type(value, struct davy_args_state);
} readings SEC(".maps");

static __always_inline struct davy_args_state *davy_reading(u32 which)
{
    return bpf_map_lookup_elem(&readings, &which);
}

/* Global, so that it is verified once and not once a byte; and by number, since 5.10's global
 * functions take no pointers. */
__noinline int davy_args_feed(u32 which, u32 byte)
{
    struct davy_args_state *state = davy_reading(which);

    if (!state)
        return 1;
    davy_args_step(state, byte);
    return 0;
}

/* What the current process is as a writer of files: DAVY_WRITER_*. */
__noinline int davy_writer_kind(void)
{
    struct task_struct *task = davy_current();
    struct davy_image image = {};
    struct davy_args_state *args = davy_reading(DAVY_READING_WRITER);
    struct writer_scratch *s;
    u64 start, size;
    u32 zero = 0, tgid;

    davy_image_of(task, davy_exe_of(task), &image, DAVY_NUMBER);
    if (!image.family)
        return DAVY_WRITER_PROGRAM;
    if (image.family == DAVY_FAMILY_SHELL)
        return DAVY_WRITER_SHELL;
    s = bpf_map_lookup_elem(&writer_scratch, &zero);
    if (!s || !args)
        return DAVY_WRITER_NONE;
    start = BPF_CORE_READ(task, mm, arg_start);
    size = BPF_CORE_READ(task, mm, arg_end) - start;
    if (size > DAVY_ARGS_MAX - 1)
        size = DAVY_ARGS_MAX - 1;
    asm volatile("" : "+r"(size));
    size &= DAVY_ARGS_MAX - 1;
    __builtin_memset(s->line.args, 0, DAVY_ARGS_MAX);
    if (bpf_probe_read_user(s->line.args, size, (void *)start))
        return DAVY_WRITER_NONE;
    davy_args_begin(args, image.family);
    /* clang knows by the mask that the loop ends with `size` and drops its own bound, which is the
     * one that the verifier needs. */
    barrier_var(size);
    for (u32 i = 0; i < DAVY_ARGS_MAX; i++) {
        if (i >= size)
            break;
        davy_args_feed(DAVY_READING_WRITER, (u8)s->line.args[davy_index(i, DAVY_ARGS_MAX)]);
    }
    if (image.family == DAVY_FAMILY_MULTICALL)
        return args->row == DAVY_FAMILY_SHELL ? DAVY_WRITER_SHELL : DAVY_WRITER_PROGRAM;
    if (args->program == DAVY_PROGRAM_FILE)
        return DAVY_WRITER_SCRIPT;
    s->line.start_ns = BPF_CORE_READ(task, group_leader, start_boottime);
    tgid = BPF_CORE_READ(task, tgid);
    bpf_map_update_elem(&one_liners, &tgid, &s->line, BPF_ANY);
    return DAVY_WRITER_ONE_LINER;
}

/* A regular file that the current process writes, to be held against who runs it. `origin` 0: its
 * stdin is `pipe`, and what that carries will be known when the file runs. */
__noinline int davy_file_fed(u64 inode_address, u64 origin, u64 pipe, u32 kind)
{
    struct inode *inode = (struct inode *)inode_address;
    struct blank *blank = davy_blank();
    struct davy_inode_key key;
    struct fed_file *file;

    /* A fed process was asked for its role when it came to be fed. */
    if (!settings.window_ns || !blank ||
        (!origin && davy_has_role(DAVY_ROLE_INSTALLER | DAVY_ROLE_PACKAGE_MANAGER)))
        return 0;
    key = davy_inode_key_of(inode);
    bpf_map_update_elem(&fed_files, &key, &blank->file, BPF_ANY);
    file = bpf_map_lookup_elem(&fed_files, &key);
    if (!file)
        return 0;
    if (origin)
        bpf_probe_read_kernel(&file->origin, sizeof(file->origin), (void *)origin);
    davy_process_id_of(davy_current(), &file->writer, DAVY_NUMBER);
    file->pipe = pipe;
    file->generation = BPF_CORE_READ(inode, i_generation);
    file->kind = kind;
    file->time_ns = bpf_ktime_get_boot_ns();
    fed_until_ns = file->time_ns + settings.window_ns;
    return 0;
}

/* What the current process has open for writing when it turns out to be fed: wget -O opens its file
 * before it connects, and a shell's redirection is older than the program. */
__noinline int davy_open_files_fed(u64 origin, u32 kind)
{
    struct fdtable *table = davy_fdtable_of(davy_current(), DAVY_NUMBER);
    unsigned long open = 0;
    u64 rest;

    bpf_probe_read_kernel(&open, sizeof(open), BPF_CORE_READ(table, open_fds));
    rest = open & ~5ull; /* not stdin, not stderr */
    for (int i = 0; i < DAVY_OPEN_FILES && rest; i++) {
        struct file *file = davy_file_at(table, davy_lowest_bit(rest), DAVY_NUMBER);
        struct inode *inode;

        rest &= rest - 1;
        if (!file || !(BPF_CORE_READ(file, f_mode) & FMODE_WRITE))
            continue;
        inode = BPF_CORE_READ(file, f_inode);
        if ((BPF_CORE_READ(inode, i_mode) & S_IFMT) == S_IFREG)
            davy_file_fed((u64)inode, origin, 0, kind);
    }
    return 0;
}

/* A pipe turns out to be fed. Who reads it may have opened the file that it writes long before
 * (tee): a bounded look at the children of `parent`. */
#define DAVY_READER_FILES 4
__noinline int davy_reader_files_fed(u64 table_address, u64 pipe)
{
    struct fdtable *table = (struct fdtable *)table_address;
    unsigned long open = 0;
    u64 rest;

    bpf_probe_read_kernel(&open, sizeof(open), BPF_CORE_READ(table, open_fds));
    rest = open & ~7ull;
    for (int i = 0; i < DAVY_READER_FILES && rest; i++) {
        struct file *file = davy_file_at(table, davy_lowest_bit(rest), DAVY_NUMBER);
        struct inode *inode;

        rest &= rest - 1;
        if (!file || !(BPF_CORE_READ(file, f_mode) & FMODE_WRITE))
            continue;
        inode = BPF_CORE_READ(file, f_inode);
        if ((BPF_CORE_READ(inode, i_mode) & S_IFMT) == S_IFREG)
            davy_file_fed((u64)inode, 0, pipe, DAVY_WRITER_PROGRAM);
    }
    return 0;
}

__noinline int davy_readers_fed(u64 parent_address, u64 pipe)
{
    struct davy_children children = davy_children_of(parent_address);

    for (int i = 0; i < DAVY_CHILDREN_MAX; i++) {
        struct task_struct *task = davy_next_child(&children);

        if (!task)
            break;
        if (davy_pipe_at((u64)task, 0) == pipe)
            davy_reader_files_fed((u64)davy_fdtable_of(task, DAVY_NUMBER), pipe);
    }
    return 0;
}

/* The record of the current process, made if it has none since its exec; `fresh` says which. NULL
 * and a counted loss where there is no room. */
static __always_inline struct fed_process *davy_fed_record(u32 tgid, bool *fresh)
{
    u64 start_ns = BPF_CORE_READ(davy_current(), group_leader, start_boottime);
    struct fed_process *fed = bpf_map_lookup_elem(&fed_processes, &tgid);
    struct blank *blank;

    *fresh = !fed || fed->start_ns != start_ns;
    if (!*fresh)
        return fed;
    blank = davy_blank();
    if (!blank)
        return NULL;
    if (bpf_map_update_elem(&fed_processes, &tgid, &blank->process, BPF_ANY))
        davy_count_loss(DAVY_LOSS_FED_MAP);
    fed = bpf_map_lookup_elem(&fed_processes, &tgid);
    if (fed)
        fed->start_ns = start_ns;
    return fed;
}

/* The current process passes on what it read from a file; the source stays who fetched that. What
 * it is as a writer: an installer is none, and what the process was before counts. */
__noinline int davy_reader_fed(u64 origin, u32 tgid)
{
    struct fed_process *fed;
    bool fresh;

    fed = davy_fed_record(tgid, &fresh);
    if (!fed || !fresh)
        return 0;
    bpf_probe_read_kernel(&fed->origin, sizeof(fed->origin), (void *)origin);
    fed->writer = davy_has_role(DAVY_ROLE_INSTALLER | DAVY_ROLE_PACKAGE_MANAGER)
                      ? DAVY_WRITER_NONE
                      : DAVY_WRITER_PROGRAM;
    return fed->writer;
}

/* The current process took bytes from `flow`. Known already: the newest flow counts, it is where
 * the bytes come from after a redirection. */
__noinline int davy_process_fed(u64 flow, u32 tgid)
{
    struct fed_process *fed;
    bool fresh;

    fed_until_ns = bpf_ktime_get_boot_ns() + settings.window_ns;
    fed = davy_fed_record(tgid, &fresh);
    if (!fed)
        return 0;
    bpf_probe_read_kernel(&fed->origin.flow, sizeof(fed->origin.flow), (void *)flow);
    if (!fresh)
        return 0;
    fed->origin.source.tgid = tgid;
    fed->origin.source.start_ns = fed->start_ns;
    bpf_get_current_comm(fed->origin.comm, DAVY_COMM_MAX);
    fed->writer = davy_has_role(DAVY_ROLE_INSTALLER | DAVY_ROLE_PACKAGE_MANAGER)
                      ? DAVY_WRITER_NONE
                      : davy_writer_kind();
    if (fed->writer != DAVY_WRITER_SCRIPT && fed->writer != DAVY_WRITER_NONE)
        davy_open_files_fed(davy_number_of(&fed->origin), fed->writer);
    return 0;
}

/* The current process may write text from the network to the pipe that is its stdout, once it is
 * fed. */
static __always_inline void davy_watch_writer(u32 tgid, u64 start_ns)
{
    if (!direct_map)
        return;
    bpf_map_update_elem(&text_writers, &tgid, &start_ns, BPF_ANY);
}

/* It is fed now: wake-ups are looked at. */
static __always_inline void davy_watch_fed_writer(u32 tgid)
{
    watch_until_ns = bpf_ktime_get_boot_ns() + DAVY_WATCH_NS;
    davy_watch_writer(tgid, BPF_CORE_READ(davy_current(), group_leader, start_boottime));
}

/* The record of `task` itself; NULL where it has none since its exec. */
static __always_inline struct fed_process *davy_fed_of(struct task_struct *task)
{
    u32 tgid = BPF_CORE_READ(task, tgid);
    struct fed_process *fed = bpf_map_lookup_elem(&fed_processes, &tgid);

    return fed && fed->start_ns == BPF_CORE_READ(task, group_leader, start_boottime) ? fed : NULL;
}

/* What a process is fed with, by its own record or, where it was forked and runs its parent's
 * image still, by its parent's. */
static __always_inline struct fed_process *davy_fed_process_of(struct task_struct *task)
{
    struct fed_process *fed = davy_fed_of(task);

    if (fed || !(BPF_CORE_READ(task, flags) & PF_FORKNOEXEC))
        return fed;
    return davy_fed_of(BPF_CORE_READ(task, real_parent));
}

/* From a pipe upstream to who feeds it from the network; the newest feeder of each on the way.
 * Fills `origin`; 1 where there is one. */
#define DAVY_PIPES_BACK 6
__noinline int davy_pipe_origin(u64 pipe, struct fed_origin *origin)
{
    if (!origin)
        return 0;
    for (int i = 0; i < DAVY_PIPES_BACK; i++) {
        struct pipe_node *node = bpf_map_lookup_elem(&pipes, &pipe);

        if (!node)
            return 0;
        if (node->origin.source.tgid) {
            *origin = node->origin;
            return 1;
        }
        pipe = node->feeder[(node->next_feeder - 1) & (DAVY_FEEDERS - 1)].pipe;
        if (!pipe)
            return 0;
    }
    return 0;
}

/* What is known of a file that is about to run; NULL where it is nothing, or nothing any more.
 * Fills `origin`. Not inlined, for a stack of its own: exec's callers have little left. */
static __noinline struct fed_file *davy_fed_file_of(struct inode *inode, struct davy_inode_key *key,
                                                    struct fed_origin *origin)
{
    struct fed_file *file;

    *key = davy_inode_key_of(inode);
    file = bpf_map_lookup_elem(&fed_files, key);
    if (!file || file->generation != BPF_CORE_READ(inode, i_generation) ||
        file->time_ns + settings.window_ns < bpf_ktime_get_boot_ns())
        return NULL;
    if (file->origin.source.tgid) {
        *origin = file->origin;
        return file;
    }
    return davy_pipe_origin(file->pipe, origin) ? file : NULL;
}

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, u32);
    __type(value, struct davy_conviction);
} convictions SEC(".maps");

static __always_inline struct davy_conviction *davy_conviction(void)
{
    u32 zero = 0;
    struct davy_conviction *c = bpf_map_lookup_elem(&convictions, &zero);

    if (c)
        __builtin_memset(c, 0, sizeof(*c));
    return c;
}

/* Kills what would run it, before it does. */
static __always_inline u32 davy_convict_body(struct davy_conviction *c, const bool peers)
{
    struct davy_chain chain = {.conviction = c};
    u32 reach = DAVY_REACH_SINK;

    if (!c)
        return DAVY_ALLOW;
    if (!c->sink.id.tgid) {
        davy_process_id_of(davy_current(), &c->sink.id, DAVY_NUMBER);
        bpf_get_current_comm(c->sink.comm, DAVY_COMM_MAX);
        reach = DAVY_REACH_SOURCE;
    }
    c->sink.image = davy_current_image_key();
    c->facts.reads_code = 1;
    chain.facts = &c->facts;
    chain.origin = &c->origin;
    chain.sink = &c->sink;
    return davy_complete_chain(&chain, peers ? reach : DAVY_REACH_NOBODY);
}

/* What a function found last. */
static __always_inline struct davy_conviction *davy_found(void)
{
    u32 zero = 0;

    return bpf_map_lookup_elem(&convictions, &zero);
}

/* Convicts by what was found last. */
__noinline int davy_convict(void) { return davy_convict_body(davy_found(), true); }
__noinline int davy_convict_here(void) { return davy_convict_body(davy_found(), false); }

/* A file from the network runs, as an image or read by an interpreter: whether that is a finding.
 * c->origin and c->file are davy_fed_file_of()'s; c->what is set. */
static __always_inline bool davy_file_convicts(struct davy_conviction *c,
                                               const struct fed_file *file, u8 image)
{
    c->file_facts.writer = file->kind;
    c->file_facts.image = image;
    c->file_facts.own = davy_is_ancestor(file->writer.tgid, file->writer.start_ns);
    if (!davy_is_download(&c->file_facts))
        return false;
    c->facts.source = DAVY_SOURCE_FILE;
    c->fed_ns = file->time_ns;
    return true;
}

/* The current process carries bytes of `origin` into `pipe`: with a reader that runs them, both
 * ends go. */
__noinline int davy_pipe_fed(u64 pipe, u64 origin, u32 kind)
{
    struct davy_chain_facts facts = {.source = kind, .reads_code = 1, .hops = 1};
    struct davy_chain chain = {.facts = &facts};
    struct pipe_node *node = davy_pipe_node(pipe);

    if (!node)
        return DAVY_ALLOW;
    bpf_probe_read_kernel(&node->origin, sizeof(node->origin), (void *)origin);
    node->origin.kind = kind;
    davy_publish(node);
    if (!davy_sink_lives(&node->sink))
        return DAVY_ALLOW;
    chain.origin = &node->origin;
    chain.sink = &node->sink;
    return davy_complete_chain(&chain, DAVY_REACH_SINK);
}
