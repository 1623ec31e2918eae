/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* bash is about to run a string: from a descriptor, from the file that it opened last, or text. */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "../facts/user_text.h"
#include "../scratch.h"
#include "conviction.h"
#include "fed_lately.h"
#include "shell_text.h"
#include "sink.h"
#include "text_found.h"
#include "writer.h"

#define ANY_SIZE (1 << 20) /* the string ends in a NUL */

struct evaluate_scratch {
    char from[DAVY_PATH_MAX];
};
DAVY_SCRATCH(evaluate_scratch, struct evaluate_scratch, evaluate_working)

/* The code comes through descriptor `fd`, which source was given by its path. */
static __always_inline u32 evaluate_descriptor(struct sink_work *sink, u32 fd)
{
    struct davy_fd at = {};

    davy_task_fd(davy_current(), fd, &at);
    davy_fd_used(&at, FMODE_READ);
    if (at.kind == DAVY_FD_PIPE)
        return davy_become_sink_here(DAVY_SINK_EVALUATE, at.pipe, at.inode);
    if (at.kind != DAVY_FD_INET)
        return DAVY_ALLOW;
    return sink_of_socket(sink, at.file, DAVY_REACH_NOBODY);
}

/* Whether the string begins as the file did that was opened last, as far as that is known. */
__noinline int davy_evaluates_opened(u64 string)
{
    u32 tgid = bpf_get_current_pid_tgid() >> 32;
    struct reader *reader = bpf_map_lookup_elem(&readers, &tgid);
    u64 head[3] = {};

    if (!reader || !reader->head[0])
        return 1;
    bpf_probe_read_user_str(head, sizeof(reader->head) + 1, (void *)string);
    return head[0] == reader->head[0] && head[1] == reader->head[1];
}

/* The code comes from the file or fifo that this shell opened last, by that very path. A path
 * without a slash may as well be a name of bash's own (eval, exit trap), and the file that is
 * called so one that the shell reads as data: then the file must be what is evaluated. It proves
 * nothing against another user, who may have made both alike; his text is looked at as text. */
static __always_inline u32 evaluate_opened(struct evaluate_scratch *e, struct sink_work *sink,
                                           u64 string, u64 from)
{
    struct reader *reader = bpf_map_lookup_elem(&readers, &sink->me.id.tgid);
    struct davy_conviction *c;
    struct fed_file *file;
    bool clear;

    if (!reader || reader->start_ns != sink->me.id.start_ns || !reader->opened ||
        reader->opened != davy_user_path(from))
        return DAVY_ALLOW;
    clear = davy_path_has_slash(reader->opened);
    if (!clear && !davy_evaluates_opened(string))
        return DAVY_ALLOW;
    if (reader->pipe) {
        if (!clear && !davy_reaches(reader->owner, davy_current()))
            return DAVY_ALLOW;
        reader->opened = 0;
        return davy_become_sink_here(DAVY_SINK_EVALUATE, reader->pipe, reader->pipe_inode);
    }
    reader->opened = 0;
    c = davy_conviction();
    if (!c)
        return DAVY_ALLOW;
    c->file = reader->file;
    file = bpf_map_lookup_elem(&fed_files, &c->file);
    if (!file)
        return DAVY_ALLOW;
    c->origin = file->origin;
    if (!c->origin.source.tgid && !davy_pipe_origin(file->pipe, &c->origin))
        return DAVY_ALLOW;
    if (!clear && !davy_reaches(c->origin.uid, davy_current()))
        return DAVY_ALLOW;
    __builtin_memcpy(c->what, e->from, DAVY_PATH_MAX);
    return davy_file_convicts(c, file, 0) ? davy_convict_here() : DAVY_ALLOW;
}

/* Whether the code is that of the file that this shell opened last, and older than what it fetched:
 * a local file that a script compares with upstream's and then sources. */
__noinline int davy_evaluates_settled(u64 from)
{
    u32 tgid = bpf_get_current_pid_tgid() >> 32;
    struct reader *reader = bpf_map_lookup_elem(&readers, &tgid);

    return reader && reader->start_ns == davy_start_of(davy_current()) && reader->settled &&
           davy_path_has_slash(reader->settled) && reader->settled == davy_user_path(from);
}

/* Where the body of the function begins that `string` defines, NAME () { … }; 0: it defines none.
 * bash takes exported functions in like this. */
#define DEFINITION_MAX 64
__noinline u64 davy_body_of(u64 string)
{
    struct text_scratch *s = davy_text_working();
    u32 behind = 0;

    if (!s || bpf_probe_read_user_str(s->bytes, DEFINITION_MAX, (void *)string) < 0)
        return 0;
    for (u32 i = 0; i < DEFINITION_MAX - 1; i++) {
        u8 byte = s->bytes[i];

        if (!byte)
            break;
        if (byte == '{' && behind)
            return string + i + 1;
        if (byte == ')')
            behind = 1;
        else if (byte != ' ' && byte != '\n')
            behind = 0;
    }
    return 0;
}

/* Whether a function is defined whose body is text from the network. */
__noinline int davy_body_evaluated(u64 string)
{
    u64 body = davy_body_of(string);

    return body && davy_text_evaluated(body, ANY_SIZE);
}

/* bash is about to run `string`; `from` says where it comes from: a file, or a name of bash's own.
 */
static __always_inline void evaluated(u64 string, u64 from)
{
    struct davy_args_state *path;
    struct evaluate_scratch *e;
    struct sink_work *sink;
    s32 fd = -1;
    long size;

    e = evaluate_working();
    sink = davy_sink_working(DAVY_SINK_EVALUATE);
    if (!e || !sink)
        return;
    davy_sink_of(davy_current(), &sink->me);
    size = bpf_probe_read_user_str(e->from, DAVY_PATH_MAX, (void *)from);
    if (size > 1 && e->from[0] == '/') {
        path = davy_reading(DAVY_READING_PATH);
        if (!path)
            return;
        davy_args_begin(path, DAVY_FAMILY_NONE);
        for (u32 i = 0; i < DAVY_PATH_MAX; i++) {
            davy_args_feed(DAVY_READING_PATH, (u8)e->from[i]);
            if (!e->from[i])
                break;
        }
        fd = path->word_fd;
    }
    if (fd >= 0) {
        evaluate_descriptor(sink, fd);
        return;
    }
    if (size > 1 && evaluate_opened(e, sink, string, from) != DAVY_ALLOW)
        return;
    if (!direct_map || (size > 1 && davy_evaluates_settled(from)))
        return;
    if ((davy_texts_lately() &&
         (davy_text_evaluated(string, ANY_SIZE) || davy_body_evaluated(string))) ||
        davy_piped_found((u64)davy_current(), string, ANY_SIZE)) {
        if (!davy_evaluates_own(string))
            davy_convict_here();
    }
}
