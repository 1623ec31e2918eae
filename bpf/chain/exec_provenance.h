/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A program starts, and what it is or runs came from the network by other ways than a pipe. */
#pragma once

#include "../exec_work.h"
#include "above.h"
#include "fed_process.h"
#include "file_runs.h"
#include "shell_text.h"
#include "text_found.h"

/* The three functions below find, and davy_exec() convicts: a conviction begun from within them
 * would exceed the 512 bytes of stack that a chain of calls has. Each returns 1 where it found
 * something.
 *
 * The image itself was downloaded, or a descriptor that is read as code leads to such a file. */
__noinline int davy_exec_file(u64 inode_address, u32 image)
{
    struct exec_scratch *s = exec_working();
    struct davy_conviction *c = davy_conviction();
    struct fed_file *file;

    if (!c || !s)
        return 0;
    file = davy_fed_file_of((struct inode *)inode_address, &c->file, &c->origin);
    if (!file)
        return 0;
    __builtin_memcpy(c->what, s->event.filename, DAVY_PATH_MAX);
    return davy_file_convicts(c, file, image);
}

/* A program starts while a shell may hold text from the network: whether its command line is a line
 * of that text, and no command of the shell's own. */
__noinline int davy_exec_line(void)
{
    struct exec_scratch *s = exec_working();
    struct davy_conviction *c = davy_found();
    int found;

    if (!s || !c || davy_starts_own())
        return 0;
    found = davy_command_found(davy_number_of(s->event.args), s->event.args_size);
    if (!found)
        return 0;
    return found == 2 || !c->sink.id.tgid ||
           davy_runs_lines((u64)davy_parent_of(davy_current()), c->sink.inode);
}

/* Notes a program that may leave its stdin alone, unless its arguments have what it would read. */
static __always_inline void exec_may_idle(struct exec_scratch *s, u32 tgid)
{
    if (!direct_map || !davy_texts_lately() ||
        !davy_line_given(davy_number_of(s->event.args), s->event.args_size))
        davy_input_begins(tgid, davy_number_of(s->in.file), s->in.pipe);
}

__noinline int davy_exec_input(void)
{
    struct exec_scratch *s = exec_working();
    u32 tgid = bpf_get_current_pid_tgid() >> 32;

    bpf_map_delete_elem(&idle_inputs, &tgid);
    if (s && (s->in.kind == DAVY_FD_INET ||
              (s->in.kind == DAVY_FD_PIPE && bpf_map_lookup_elem(&pipes, &s->in.pipe))))
        exec_may_idle(s, tgid);
    return 0;
}

/* A program that passes on what it reads has a download as its stdin: base64 -d < file. */
__noinline int davy_exec_passes(void)
{
    struct exec_scratch *s = exec_working();
    u32 tgid = bpf_get_current_pid_tgid() >> 32;
    struct davy_conviction *c;
    struct inode *inode;

    if (!s)
        return DAVY_ALLOW;
    inode = exec_regular(&s->in);
    c = inode ? davy_conviction() : NULL;
    if (!c || !davy_fed_file_of(inode, &c->file, &c->origin))
        return DAVY_ALLOW;
    exec_may_idle(s, tgid);
    if (davy_reader_fed(davy_number_of(&c->origin), tgid, FED_BY_INPUT) == DAVY_WRITER_PROGRAM)
        davy_own_files_fed();
    if (s->out.kind != DAVY_FD_PIPE)
        return DAVY_ALLOW;
    return davy_pipe_fed(s->out.pipe, davy_number_of(&c->origin), davy_passed_kind());
}

/* An interpreter's program stands in its arguments. */
__noinline int davy_exec_text(u64 address, u64 size)
{
    struct task_struct *current = davy_current();
    struct davy_above above;
    u8 byte = 0;

    /* The NUL between -c and its text. */
    bpf_probe_read_user(&byte, 1, (void *)address);
    if (!byte)
        address++;
    if (direct_map && !davy_starts_own() &&
        ((davy_texts_lately() && davy_text_started(address, size)) ||
         davy_piped_found((u64)davy_parent_of(current), address, size)))
        return 1;
    davy_fed_above(&above);
    if (!above.fed || above.fed->writer != DAVY_WRITER_ONE_LINER || !davy_command_at(address) ||
        davy_brought_along((u64)above.task))
        return 0;
    return davy_found_above(above.fed, DAVY_SOURCE_ONE_LINER, 0, address);
}

/* Whether who handed the current process its socket accepts an administrator's connections. */
__noinline int davy_is_administrators(u64 task_address)
{
    return (davy_roles_of(task_address) & DAVY_ROLE_REMOTE_ADMIN) &&
           davy_same_world((struct task_struct *)task_address, davy_current());
}

/* A service pipes scripts of its own into a shell all day; a one-liner that fetched something does
 * it once. It may have filled the pipe and closed it before we look. */
static __always_inline bool piped_by(const struct davy_above *above, const struct davy_fd *code)
{
    struct pipe_inode_info *pipe;
    struct file *file = code->file;

    if (above->fed->writer != DAVY_WRITER_ONE_LINER && !above->fed->names_shell)
        return false;
    pipe = davy_pipe_of(file);
    if (davy_pipe_writers(pipe) && !davy_task_holds((u64)above->task, 0, code->pipe))
        return false;
    /* A relay that was told to start this shell, on pipes of its own. */
    if (above->fed->names_shell)
        return !davy_is_administrators((u64)above->task);
    /* What is not there yet cannot be compared. */
    return !davy_command_in(pipe) || !davy_brought_along((u64)above->task);
}

/* An interpreter reads its program from its stdin, and no chain of pipes explains what comes there.
 */
__noinline int davy_exec_stdin(void)
{
    struct exec_scratch *s = exec_working();
    struct davy_above above;
    struct file *in;
    u64 peer;

    if (!s)
        return 0;
    if (s->code.kind == DAVY_FD_PIPE) {
        struct file *file = s->code.file;

        if (direct_map && davy_texts_lately() && davy_filled_found((u64)file))
            return 1;
        davy_fed_above(&above);
        if (above.fed && piped_by(&above, &s->code))
            return davy_found_above(
                above.fed, above.fed->names_shell ? DAVY_SOURCE_SOCKET : DAVY_SOURCE_ONE_LINER,
                s->code.inode, 0);
        return 0;
    }
    /* In and out through one unix socket, whose other end a net-fed parent holds, is a shell for
     * somebody out there (socat EXEC:). A one-liner may have one for its child's stdin alone (node
     * has one for every child). */
    in = s->in.file;
    if (!in)
        return 0;
    davy_fed_above(&above);
    if (in != s->out.file && !(above.fed && above.fed->writer == DAVY_WRITER_ONE_LINER))
        return 0;
    peer = above.fed ? davy_unix_peer(in) : 0;
    if (!peer || davy_is_administrators((u64)above.task))
        return 0;
    /* Who has filled it may have closed it before we look. */
    if (!davy_task_holds((u64)above.task, peer, 0) &&
        (in == s->out.file || !davy_sock_is_closed((struct sock *)peer)))
        return 0;
    return davy_found_above(above.fed,
                            in == s->out.file ? DAVY_SOURCE_SOCKET : DAVY_SOURCE_ONE_LINER, 0, 0);
}

/* The same where it is in a file without a name: bash has one for a here-document that does not fit
 * into a pipe. */
__noinline int davy_exec_document(void)
{
    struct exec_scratch *s = exec_working();

    return s && direct_map && davy_texts_lately() && s->code.file == s->in.file &&
           davy_filled_found(davy_number_of(s->code.file));
}

/* The shell that started this program reads its own script on, which has become a download since
 * (wget >> "$0"). Any other program may have a download open as well, to read it as data. */
__noinline int davy_exec_rewritten(void)
{
    struct task_struct *task = davy_parent_of(davy_current());
    struct davy_conviction *c = davy_conviction();
    struct exec_scratch *s = exec_working();
    struct fed_file *file;
    u64 inode = davy_script_of((u64)task);

    if (!inode && davy_is_fork(task)) {
        task = davy_parent_of(task);
        inode = davy_script_of((u64)task);
    }
    if (!c || !s || !inode || !davy_is_shell(task, false))
        return 0;
    file = davy_fed_file_of((struct inode *)inode, &c->file, &c->origin);
    if (!file || file->time_ns < davy_start_of(task))
        return 0;
    __builtin_memcpy(c->what, s->event.filename, DAVY_PATH_MAX);
    davy_sink_of(task, &c->sink);
    return davy_file_convicts(c, file, 0);
}

/* What comes from the network by other ways than a pipe. For when something was fed lately. */
static __always_inline u32 exec_provenance(struct task_struct *task, struct exec_scratch *s,
                                           struct file *exe)
{
    struct davy_event_exec *event = &s->event;
    u64 start = davy_args_address(task, DAVY_TYPED), end = davy_args_end(task, DAVY_TYPED);
    struct inode *inode;
    u64 program = start + s->args.program_at;
    u32 verdict = DAVY_ALLOW;
    bool found = false;

    if (davy_exec_file((u64)davy_inode_of(exe), 1)) {
        verdict = davy_convict();
        if (verdict != DAVY_ALLOW)
            return verdict;
    }
    if ((direct_map && davy_texts_lately() && davy_exec_line()) || davy_exec_rewritten())
        return davy_convict();
    if (!event->process.image.family ||
        (davy_family_is_tool(event->process.image.family) && event->code_fd != 0)) {
        verdict = davy_exec_passes();
        if (verdict != DAVY_ALLOW || !event->process.image.family)
            return verdict;
    }
    if (event->code_fd >= 0) {
        inode = exec_regular(&s->code);
        found = inode ? davy_exec_file((u64)inode, 0) || davy_exec_document() : davy_exec_stdin();
    } else if (s->args.program == DAVY_PROGRAM_TEXT || s->args.program == DAVY_PROGRAM_MODULE) {
        found = davy_exec_text(program, end - program);
    }
    return found ? davy_convict() : DAVY_ALLOW;
}
