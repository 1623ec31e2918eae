/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* An image starts: fileless or not, an interpreter that reads a net-fed stream or not, a stage of a
 * pipeline or not. tp_btf/sched_process_exec fires in exec_binprm() (fs/exec.c), after the new
 * image is mapped and before its first instruction; close-on-exec descriptors are gone by then. */
#include "../vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "../compat.h"
#include "../image/slots.h"
#include "../image/nameless.h"
#include "../chain/above.h"
#include "../place.h"
#include "../chain/fed.h"
#include "../chain/sink.h"
#include "../chain/fed_text.h"
#include "../facts/user_text.h"

#include "davylamp/rules/arguments.h"
#include "davylamp/rules/image.h"

#define INPUTS_MAX 2
#define EXTRA_FDS_MAX 4 /* looked at before the arguments are read for the names of the rest */
#define OUTPUTS_MAX 4   /* powers of two: indices are masked */

struct exec_scratch {
    struct davy_event_exec event;
    struct davy_args_state args;
    struct davy_fd in, out, code;
    u64 inputs[INPUTS_MAX];   /* pipes read */
    u64 outputs[OUTPUTS_MAX]; /* pipes written */
    struct named_pipes named;
    struct reader reader;
    u64 open; /* the first 64 descriptors */
};

/* The exec program's own working memory, too large for the stack. Per CPU: it holds it
 * (compat.h), and a program never nests in itself. */
struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, u32);
    __type(value, struct exec_scratch);
} exec_scratch SEC(".maps");

static __always_inline struct exec_scratch *exec_working(void)
{
    u32 zero = 0;

    return bpf_map_lookup_elem(&exec_scratch, &zero);
}

static __always_inline void read_command_line(struct task_struct *task,
                                              struct davy_event_exec *event)
{
    u64 start = task->mm->arg_start;
    u64 size = task->mm->arg_end - start;

    event->args_cut = 0;
    if (size > DAVY_ARGS_MAX - 1) {
        size = DAVY_ARGS_MAX - 1;
        event->args_cut = 1;
    }
    /* Old verifiers want the bound on the register that is used. */
    asm volatile("" : "+r"(size));
    size &= DAVY_ARGS_MAX - 1;
    if (bpf_probe_read_user(event->args, size, (void *)start))
        size = 0;
    event->args_size = size;
}

static __always_inline void read_arguments(struct exec_scratch *s, u16 family)
{
    u32 size = s->event.args_size;
    struct davy_args_state *args = davy_reading(DAVY_READING_EXEC);

    if (!args)
        return;
    davy_args_begin(args, family);
    for (u32 i = 0; i < DAVY_ARGS_MAX; i++) {
        if (i >= size)
            break;
        davy_args_feed(DAVY_READING_EXEC, (u8)s->event.args[davy_index(i, DAVY_ARGS_MAX)]);
    }
    s->args = *args;
}

/* A descriptor into s->code. Global, so that it is verified once and not once a turn of a loop over
 * descriptors. */
__noinline int davy_exec_fd(u64 table_address, u32 fd)
{
    struct exec_scratch *s = exec_working();

    if (s)
        davy_fd_of((struct fdtable *)table_address, fd, &s->code, DAVY_NUMBER);
    return 0;
}

/* Whether a pipe stands among the first few descriptors of `open`: only such a one can be named in
 * the arguments to a purpose, and reading them costs more than this. */
static __always_inline bool has_pipe(u64 table, u64 open, struct exec_scratch *s)
{
    for (int i = 0; i < EXTRA_FDS_MAX && open; i++) {
        davy_exec_fd(table, davy_lowest_bit(open));
        if (s->code.kind == DAVY_FD_PIPE)
            return true;
        open &= open - 1;
    }
    return open;
}

/* The pipes that this process reads and writes: its standard descriptors, and others only where its
 * arguments name them (bash /dev/fd/63, tee /dev/fd/63). An inherited descriptor that nobody names
 * says nothing: under make every child holds both ends of the job server's pipe. */
static __always_inline void find_pipes(struct exec_scratch *s, u64 table, u64 named)
{
    u32 inputs = 0, outputs = 0;

    s->inputs[0] = s->inputs[1] = 0;
    s->outputs[0] = s->outputs[1] = s->outputs[2] = s->outputs[3] = 0;
    if (s->in.kind == DAVY_FD_PIPE && (s->in.mode & FMODE_READ))
        s->inputs[inputs++] = s->in.pipe;
    if (s->out.kind == DAVY_FD_PIPE && (s->out.mode & FMODE_WRITE))
        s->outputs[outputs++] = s->out.pipe;
    named &= ~7ull;
    for (int i = 0; i < INPUTS_MAX + OUTPUTS_MAX && named; i++) {
        davy_exec_fd(table, davy_lowest_bit(named));
        named &= named - 1;
        if (s->code.kind != DAVY_FD_PIPE)
            continue;
        if ((s->code.mode & FMODE_READ) && inputs < INPUTS_MAX)
            s->inputs[inputs++ & (INPUTS_MAX - 1)] = s->code.pipe;
        if ((s->code.mode & FMODE_WRITE) && outputs < OUTPUTS_MAX)
            s->outputs[outputs++ & (OUTPUTS_MAX - 1)] = s->code.pipe;
    }
}

/* Outputs beyond stdout, for the connect hook, which sees descriptors and no arguments. */
static __always_inline void remember_named(struct exec_scratch *s, bool stdout_is_pipe)
{
    u32 first = stdout_is_pipe ? 1 : 0, used = 0;

    __builtin_memset(&s->named, 0, sizeof(s->named));
    s->named.start_ns = s->event.process.id.start_ns;
    for (u32 i = 0; i < OUTPUTS_MAX; i++) {
        if (i < first || !s->outputs[i])
            continue;
        s->named.pipe[used++ & (DAVY_NAMED_MAX - 1)] = s->outputs[i];
    }
    if (used && bpf_map_update_elem(&named_outputs, &s->event.process.id.tgid, &s->named, 0))
        davy_count_loss(DAVY_LOSS_PIPE_MAP);
}

/* A regular file behind a descriptor, or NULL. */
static __always_inline struct inode *exec_regular(const struct davy_fd *fd)
{
    struct inode *inode;
    struct file *file = fd->file;

    if (!file || fd->kind != DAVY_FD_OTHER)
        return NULL;
    inode = BPF_CORE_READ(file, f_inode);
    return (BPF_CORE_READ(inode, i_mode) & S_IFMT) == S_IFREG ? inode : NULL;
}

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

/* An interpreter's program stands in its arguments. */
__noinline int davy_exec_text(u64 address, u64 size)
{
    struct task_struct *current = davy_current();
    struct davy_above above;
    u64 command = 0;

    /* The NUL between -c and its text. */
    bpf_probe_read_user(&command, 1, (void *)address);
    if (!command)
        address++;
    if (direct_map && ((davy_texts_lately() && davy_text_found(address, size)) ||
                       davy_piped_found((u64)BPF_CORE_READ(current, real_parent), address, size)))
        return 1;
    davy_fed_above(&above);
    if (!above.fed || above.fed->writer != DAVY_WRITER_ONE_LINER ||
        bpf_probe_read_user_str(&command, sizeof(command), (void *)address) <= 1 ||
        davy_brought_along((u64)above.task, command))
        return 0;
    return davy_found_above(above.fed, DAVY_SOURCE_ONE_LINER, 0, address);
}

/* A service pipes scripts of its own into a shell all day; a one-liner that fetched something does
 * it once. It may have filled the pipe and closed it before we look. */
static __always_inline bool piped_by(const struct davy_above *above, const struct davy_fd *code)
{
    struct pipe_inode_info *pipe;
    struct file *file = code->file;
    u64 command = 0;

    if (above->fed->writer != DAVY_WRITER_ONE_LINER)
        return false;
    pipe = davy_pipe_of(file);
    if (BPF_CORE_READ(pipe, writers) && !davy_task_holds((u64)above->task, 0, code->pipe))
        return false;
    /* What is not there yet cannot be compared. */
    return davy_pipe_read(pipe, (u8 *)&command, sizeof(command)) ||
           !davy_brought_along((u64)above->task, command);
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

        if (direct_map && davy_texts_lately() && davy_filled_found((u64)davy_pipe_of(file)))
            return 1;
        davy_fed_above(&above);
        if (above.fed && piped_by(&above, &s->code))
            return davy_found_above(above.fed, DAVY_SOURCE_ONE_LINER, s->code.inode, 0);
        return 0;
    }
    /* In and out through one unix socket, whose other end a net-fed parent holds, is a shell for
     * somebody out there (socat EXEC:). */
    in = s->in.file;
    if (!in || in != s->out.file)
        return 0;
    davy_fed_above(&above);
    peer = above.fed ? davy_unix_peer(in) : 0;
    if (!peer || davy_has_role(DAVY_ROLE_REMOTE_ADMIN) ||
        !davy_task_holds((u64)above.task, peer, 0))
        return 0;
    return davy_found_above(above.fed, DAVY_SOURCE_SOCKET, 0, 0);
}

/* What comes from the network by other ways than a pipe. Something was fed lately. */
static __always_inline u32 exec_provenance(struct task_struct *task, struct exec_scratch *s,
                                           struct file *exe)
{
    struct davy_event_exec *event = &s->event;
    u64 start = task->mm->arg_start, end = task->mm->arg_end;
    struct inode *inode;
    u64 program = start + s->args.program_at;
    u32 verdict = DAVY_ALLOW;
    bool found = false;

    if (davy_exec_file((u64)BPF_CORE_READ(exe, f_inode), 1)) {
        verdict = davy_convict();
        if (verdict != DAVY_ALLOW)
            return verdict;
    }
    if (direct_map && davy_texts_lately() &&
        davy_command_found(davy_number_of(event->args), event->args_size))
        return davy_convict();
    if (!event->process.image.family) {
        /* base64 -d < file */
        inode = exec_regular(&s->in);
        if (inode) {
            struct davy_conviction *c = davy_conviction();

            if (c && davy_fed_file_of(inode, &c->file, &c->origin)) {
                if (davy_reader_fed(davy_number_of(&c->origin), event->process.id.tgid) ==
                    DAVY_WRITER_PROGRAM)
                    davy_open_files_fed(davy_number_of(&c->origin), DAVY_WRITER_PROGRAM);
                if (s->out.kind == DAVY_FD_PIPE)
                    verdict =
                        davy_pipe_fed(s->out.pipe, davy_number_of(&c->origin), DAVY_SOURCE_FED);
            }
        }
        return verdict;
    }
    if (event->code_fd >= 0) {
        inode = exec_regular(&s->code);
        found = inode ? davy_exec_file((u64)inode, 0) : davy_exec_stdin();
    } else if (s->args.program == DAVY_PROGRAM_TEXT) {
        found = davy_exec_text(program, end - program);
    }
    return found ? davy_convict() : DAVY_ALLOW;
}

/* An interpreter will open its program by this name: remembered whether something was fed lately or
 * not, since a fifo may be fed while it is opened. */
static __always_inline void exec_awaits(struct task_struct *task, struct exec_scratch *s)
{
    struct reader *reader = &s->reader;

    __builtin_memset(reader, 0, sizeof(*reader));
    reader->start_ns = s->event.process.id.start_ns;
    reader->script = davy_user_basename(task->mm->arg_start + s->args.program_at);
    bpf_map_update_elem(&readers, &s->event.process.id.tgid, reader, BPF_ANY);
}

/* What this process writes to a file will be what came from the network, or may be: its stdin is a
 * socket, or a pipe that somebody may feed later than we look. */
static __always_inline void exec_output(struct exec_scratch *s, const struct davy_sink *sink)
{
    struct inode *inode = exec_regular(&s->out);
    struct davy_event_exec *event = &s->event;
    u32 kind = DAVY_WRITER_PROGRAM;

    if (s->in.kind == DAVY_FD_INET) {
        if (sink->flow.family)
            davy_process_fed(davy_number_of(&sink->flow), event->process.id.tgid);
    } else if (inode && s->in.kind == DAVY_FD_PIPE) {
        if (event->process.image.family == DAVY_FAMILY_SHELL ||
            (event->process.image.family && s->args.program == DAVY_PROGRAM_FILE))
            return;
        if (event->process.image.family)
            kind = DAVY_WRITER_ONE_LINER;
        davy_file_fed((u64)inode, 0, s->in.pipe, kind);
    }
}

static __always_inline u32 exec_chain(struct task_struct *task, struct exec_scratch *s,
                                      struct file *exe)
{
    struct davy_event_exec *event = &s->event;
    struct fdtable *table = davy_fdtable_of(task, DAVY_TYPED);
    u64 numbered = (u64)davy_fdtable_of(davy_current(), DAVY_NUMBER); /* for global functions */
    struct davy_sink *sink = davy_sink_of(DAVY_SINK_EXEC);
    bool lately = davy_fed_lately();
    u64 named = 0;
    u32 verdict = DAVY_ALLOW, found;

    if (!sink)
        return DAVY_ALLOW;
    sink->me = event->process.id;
    __builtin_memcpy(sink->comm, event->process.comm, DAVY_COMM_MAX);
    sink->image = davy_image_key(&event->process.image);
    sink->flow.family = 0;
    /* What the old image fetched is not the new one's. */
    bpf_map_delete_elem(&fed_processes, &sink->me.tgid);
    davy_fd_of(table, 0, &s->in, DAVY_TYPED);
    davy_fd_of(table, 1, &s->out, DAVY_TYPED);
    event->stdin_kind = s->in.kind;
    event->stdout_kind = s->out.kind;
    event->stdin_inode = s->in.inode;
    event->stdout_inode = s->out.inode;
    s->open = 0;
    bpf_probe_read_kernel(&s->open, sizeof(s->open), table->open_fds);
    /* Interpreters' arguments have been read; others' are where a stream could reach them. */
    if (event->process.image.family) {
        named = s->args.named_fds & s->open;
    } else if (has_pipe(numbered, s->open & ~7ul, s)) {
        read_arguments(s, DAVY_FAMILY_NONE);
        event->code_fd = davy_args_code_fd(&s->args);
        named = s->args.named_fds & s->open;
    }
    find_pipes(s, numbered, named);
    if (named & ~7ull)
        remember_named(s, s->out.kind == DAVY_FD_PIPE);

    if (event->process.image.family && event->code_fd >= 0) {
        davy_fd_of(table, event->code_fd, &s->code, DAVY_TYPED);
        if (s->code.kind == DAVY_FD_INET) {
            verdict = sink_of_socket(sink, s->code.file, true);
        } else if (s->code.kind == DAVY_FD_PIPE) {
            verdict = davy_become_sink(DAVY_SINK_EXEC, s->code.pipe, s->code.inode);
        }
    }
    /* What read code before, and is another program now, reads none any more. */
    if (s->code.kind != DAVY_FD_PIPE || event->code_fd < 0)
        bpf_map_delete_elem(&sinks, &sink->me.tgid);

    if (s->in.kind == DAVY_FD_INET) {
        davy_flow_of(davy_sock_of(s->in.file), &sink->flow);
        if (sink->flow.family && s->outputs[0]) {
            found = davy_become_source(DAVY_SINK_EXEC, s->outputs[0]);
            verdict = found > verdict ? found : verdict;
        }
    }
    for (int i = 0; i < INPUTS_MAX; i++) {
        for (int o = 0; o < OUTPUTS_MAX; o++) {
            if (!s->inputs[i] || !s->outputs[o] || s->inputs[i] == s->outputs[o])
                continue;
            found = davy_become_stage(DAVY_SINK_EXEC, s->inputs[i], s->outputs[o]);
            verdict = found > verdict ? found : verdict;
        }
    }
    if (settings.window_ns && verdict == DAVY_ALLOW) {
        if (s->in.kind == DAVY_FD_PIPE && s->out.kind == DAVY_FD_PIPE)
            davy_watch_writer(sink->me.tgid, sink->me.start_ns);
        exec_output(s, sink);
        if (event->process.image.family && s->args.program == DAVY_PROGRAM_FILE)
            exec_awaits(task, s);
        if (lately)
            verdict = exec_provenance(task, s, exe);
    }
    return verdict;
}

/* The thread that called execve ran an image that may start sealed copies, and this is one, opened
 * by the thread's own descriptor. */
static __always_inline bool exec_sealed_copy(u64 caller, const struct davy_event_exec *event)
{
    const struct davy_image *image = &event->process.image;
    struct davy_inode_key key = davy_image_key(image);
    u64 begin;
    u32 one = 1;

    if (!(image->flags & DAVY_IMAGE_SEALED) || !bpf_map_lookup_elem(&starters, &caller))
        return false;
    __builtin_memcpy(&begin, event->filename, sizeof(begin));
    if (!davy_own_descriptor(begin))
        return false;
    bpf_map_update_elem(&sealed_copies, &key, &one, BPF_ANY);
    return true;
}

/* What runs is denied, or has no name: the image itself, the program that a loader is given, the
 * script that an interpreter reads through a descriptor (a memfd that begins with #!). Not what
 * stands at standard input, where a shell's here-document lies in an unlinked file. */
static __always_inline u32 exec_fileless(struct exec_scratch *s, struct task_struct *task,
                                         u64 caller)
{
    struct davy_event_exec *event = &s->event;
    u16 flags = event->process.image.flags;
    struct file *file;

    if (!event->process.image.nlink) {
        if (exec_sealed_copy(caller, event))
            event->process.image.flags |= DAVY_IMAGE_EXEMPT;
        return davy_nameless_runs(&event->process.image, davy_number_of(event->filename));
    }
    if (flags & DAVY_IMAGE_DENIED)
        return davy_nameless_runs(&event->process.image, davy_number_of(event->filename));
    if (!event->process.image.family && !(flags & DAVY_IMAGE_LOADER))
        return DAVY_ALLOW;
    if (event->code_fd > 0) {
        davy_fd_of(davy_fdtable_of(task, DAVY_TYPED), event->code_fd, &s->code, DAVY_TYPED);
        file = s->code.file;
        if (!exec_regular(&s->code))
            return DAVY_ALLOW;
        return flags & DAVY_IMAGE_LOADER
                   ? davy_loader_runs((u64)file, davy_number_of(event->filename))
                   : davy_script_runs((u64)file, davy_number_of(event->filename));
    }
    if ((flags & DAVY_IMAGE_LOADER) && s->args.program == DAVY_PROGRAM_FILE)
        davy_loader_awaits(davy_user_basename(task->mm->arg_start + s->args.program_at));
    return DAVY_ALLOW;
}

/* A copy of an interpreter under another name: by how the file begins. The kernel has read it
 * already (prepare_binprm(), fs/exec.c). */
static __always_inline void exec_copied(struct linux_binprm *bprm, struct davy_image *image)
{
    struct davy_image_row *row;
    u64 hash = DAVY_HASH_BEGIN, word;

    for (int i = 0; i < DAVY_CONTENT_BYTES / 8; i++) {
        __builtin_memcpy(&word, bprm->buf + 8 * i, 8);
        hash = davy_content_step(hash, word);
    }
    row = bpf_map_lookup_elem(&content_rows, &hash);
    if (row && row->family == DAVY_FAMILY_LOADER)
        image->flags |= DAVY_IMAGE_LOADER;
    else if (row)
        image->family = row->family;
}

static __always_inline void executed(struct task_struct *task, int old_pid,
                                     struct linux_binprm *bprm)
{
    struct davy_event_exec *event;
    struct exec_scratch *s;
    struct file *exe;
    u32 zero = 0, verdict = DAVY_ALLOW, found;
    /* Of the thread that called execve: it has its leader's pid by now. */
    u64 caller = (bpf_get_current_pid_tgid() & ~0xffffffffull) | (u32)old_pid, name_hash;

    if (!davy_in_scope())
        return;
    s = bpf_map_lookup_elem(&exec_scratch, &zero);
    if (!s)
        return;
    event = &s->event;
    exe = bprm->file;
    __builtin_memset(&event->process, 0, sizeof(event->process));
    davy_process_of(task, &event->process, DAVY_TYPED);
    name_hash = davy_image_of(task, exe, &event->process.image, DAVY_TYPED);
    if (!event->process.image.family && !(event->process.image.flags & DAVY_IMAGE_LOADER))
        exec_copied(bprm, &event->process.image);
    davy_forget_gone(&event->process.image);
    davy_image_started(name_hash, exe->f_inode, &event->process.image, &event->process.id,
                       DAVY_SLOT_EVENT);
    bpf_probe_read_kernel_str(event->filename, DAVY_PATH_MAX, bprm->filename);
    read_command_line(task, event);
    event->code_fd = DAVY_CODE_UNREAD;
    s->args.program = DAVY_PROGRAM_NONE;
    s->code.kind = DAVY_FD_OTHER;
    if (event->process.image.family || (event->process.image.flags & DAVY_IMAGE_LOADER)) {
        read_arguments(s, event->process.image.family ? event->process.image.family
                                                      : DAVY_FAMILY_LOADER);
        event->code_fd = davy_args_code_fd(&s->args);
    }
    event->stdin_kind = event->stdout_kind = DAVY_FD_OTHER;
    event->stdin_inode = event->stdout_inode = 0;

    if (settings.mode[DAVY_DETECTION_IMAGE]) {
        if (loaders_used)
            bpf_map_delete_elem(&loaded, &event->process.id.tgid);
        verdict = exec_fileless(s, task, caller);
        bpf_map_delete_elem(&starters, &caller);
    }
    if (settings.mode[DAVY_DETECTION_CHAIN]) {
        found = exec_chain(task, s, exe);
        verdict = found > verdict ? found : verdict;
    }
    if (settings.telemetry) {
        u64 size = event->args_size;

        asm volatile("" : "+r"(size));
        size &= DAVY_ARGS_MAX - 1;
        size += __builtin_offsetof(struct davy_event_exec, args);
        event->reserved = 0;
        davy_header(&event->header, DAVY_EVENT_EXEC, size, verdict);
        if (bpf_ringbuf_output(&telemetry, event, size, davy_telemetry_flags()))
            davy_count_loss(DAVY_LOSS_TELEMETRY_RING);
        if (davy_is_elsewhere(task, DAVY_TYPED))
            davy_report_place((u64)davy_current(), 0);
    }
}

/* Which exec of which task was judged last, by pid: written by davy_exec, read by its spares. */
#define JUDGED 1024
static volatile u64 judged[JUDGED];

static __always_inline u64 exec_number(struct task_struct *task)
{
    return task->start_boottime + (task->self_exec_id << 48);
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(davy_exec, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
    davy_hold_cpu();
    if (settings.hold_cpu)
        judged[task->pid & (JUDGED - 1)] = exec_number(task);
    executed(task, old_pid, bprm);
    davy_let_go_of_cpu();
    return 0;
}

/* Where a tracepoint's program may be preempted (7.0), an exec that comes to the same program on
 * that CPU meanwhile passes it by (bpf_prog_get_recursion_context()); holding the CPU does not help
 * at the edges, and letting go of it is where the scheduler steps in. Whom davy_exec has missed the
 * first spare sends there, and whom that has missed, the second: for one to pass unseen, three
 * tasks must stand preempted at the edges of three programs, on one CPU. */
struct {
    __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
    __uint(max_entries, 1);
    __type(key, u32);
    __type(value, u32);
} exec_again SEC(".maps"); /* davy_exec, put there by userspace once it is loaded */

static __always_inline int exec_missed(u64 *ctx)
{
    struct task_struct *task = (struct task_struct *)ctx[0];

    if (judged[task->pid & (JUDGED - 1)] != exec_number(task))
        bpf_tail_call(ctx, &exec_again, 0);
    return 0;
}

SEC("tp_btf/sched_process_exec")
int davy_exec_spare(u64 *ctx) { return exec_missed(ctx); }

SEC("tp_btf/sched_process_exec")
int davy_exec_last(u64 *ctx) { return exec_missed(ctx); }
