/* An image starts: fileless or not, an interpreter that reads a net-fed stream or not, a stage of a
 * pipeline or not. tp_btf/sched_process_exec fires in exec_binprm() (fs/exec.c), after the new
 * image is mapped and before its first instruction; close-on-exec descriptors are gone by then. */
#include "../vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "../chain.h"
#include "../images.h"

#include "davylamp/rules/arguments.h"
#include "davylamp/rules/image.h"

#define INPUTS_MAX 2
#define EXTRA_FDS_MAX 4 /* looked at before the arguments are read for the names of the rest */
#define OUTPUTS_MAX 4   /* powers of two: indices are masked */

struct exec_scratch {
    struct davy_event_exec event;
    struct davy_args_state args;
    struct davy_walk walk;
    struct davy_flow flow;
    struct davy_fd in, out, code;
    u64 inputs[INPUTS_MAX];   /* pipes read */
    u64 outputs[OUTPUTS_MAX]; /* pipes written */
};

/* The exec program's own working memory, too large for the stack. Per CPU: the tracepoint runs with
 * preemption or at least migration off, and a program never nests in itself. */
struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, u32);
    __type(value, struct exec_scratch);
} exec_scratch SEC(".maps");

/* Global, so that it is verified once and not once a byte. */
__noinline int davy_exec_args_feed(struct davy_args_state *state, u32 byte)
{
    if (!state)
        return 1;
    davy_args_step(state, byte);
    return 0;
}

static __always_inline u32 lowest_bit(u64 bits)
{
    /* Without a branch: a table of 64 by a de Bruijn product. */
    return davy_debruijn[((bits & -bits) * 0x03f79d71b4cb0a89ull) >> 58];
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

static __always_inline void read_arguments(struct exec_scratch *s)
{
    u32 size = s->event.args_size;

    davy_args_begin(&s->args, s->event.process.image.family);
    for (u32 i = 0; i < DAVY_ARGS_MAX; i++) {
        if (i >= size)
            break;
        davy_exec_args_feed(&s->args, (u8)s->event.args[i]);
    }
}

/* Whether a pipe stands among the first few descriptors of `open`: only such a one can be named in
 * the arguments to a purpose, and reading them costs more than this. */
static __always_inline bool has_pipe(struct fdtable *table, u64 open, struct davy_fd *fd)
{
    for (int i = 0; i < EXTRA_FDS_MAX && open; i++) {
        davy_fd_of(table, lowest_bit(open), fd, DAVY_TYPED);
        if (fd->kind == DAVY_FD_PIPE)
            return true;
        open &= open - 1;
    }
    return open;
}

/* The pipes that this process reads and writes: its standard descriptors, and others only where its
 * arguments name them (bash /dev/fd/63, tee /dev/fd/63). An inherited descriptor that nobody names
 * says nothing: under make every child holds both ends of the job server's pipe. */
static __always_inline void find_pipes(struct exec_scratch *s, struct fdtable *table, u64 named)
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
        davy_fd_of(table, lowest_bit(named), &s->code, DAVY_TYPED);
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
    struct named_pipes pipes_named = {.start_ns = s->event.process.id.start_ns};
    u32 first = stdout_is_pipe ? 1 : 0, used = 0;

    for (u32 i = 0; i < OUTPUTS_MAX; i++) {
        if (i < first || !s->outputs[i])
            continue;
        pipes_named.pipe[used++ & (DAVY_NAMED_MAX - 1)] = s->outputs[i];
    }
    if (used && bpf_map_update_elem(&named_outputs, &s->event.process.id.tgid, &pipes_named, 0))
        davy_count_loss(DAVY_LOSS_PIPE_MAP);
}

/* A chain whose last piece is this exec. `source` NULL: the code comes from a socket itself. */
static __noinline u32 exec_chain_found(struct exec_scratch *s, struct davy_chain_facts *facts,
                                       const struct pipe_node *node, bool current_is_sink)
{
    u8 mode = settings.mode[DAVY_DETECTION_CHAIN];
    struct davy_process_id nobody = {};
    struct davy_chain_report report = {
        .pipe_inode = s->walk.sink_inode,
        .flow = node ? &node->flow : &s->flow,
        .source = node ? &node->source : &nobody,
        .source_comm = node ? node->source_comm : s->event.process.comm,
        .sink = &s->walk.sink,
        .sink_comm = s->walk.sink_comm,
        .walk = node ? &s->walk : NULL,
    };
    struct davy_allow_query query = {.flow = report.flow, .interpreter = s->walk.sink_image};
    u32 verdict;
    u16 did = 0;

    davy_chain_allowed(&query, facts);
    verdict = davy_judge_chain(facts, mode);
    if (verdict == DAVY_ALLOW && !facts->exempt)
        return verdict;
    if (davy_enforced(verdict)) {
        did = davy_kill_current();
        /* A stage's death starves the interpreter, which has had nothing yet; it ends as well. The
         * downloader of an interpreter that is dead harms nobody: block mode leaves it. */
        if (!current_is_sink)
            did |= davy_kill_peer(report.sink);
        else if (verdict == DAVY_KILL)
            did |= davy_kill_peer(report.source);
    }
    davy_report_chain(facts, verdict, did, &report);
    return verdict;
}

/* From `walk.from` to the network, if it feeds a pipe on the way; `below`: pipes from there to the
 * interpreter. */
static __always_inline u32 exec_walk(struct exec_scratch *s, u8 below, bool current_is_sink)
{
    struct davy_chain_facts facts = {.reads_code = 1};
    struct pipe_node *node;

    davy_walk_upstream(&s->walk);
    if (!s->walk.source_pipe)
        return DAVY_ALLOW;
    node = bpf_map_lookup_elem(&pipes, &s->walk.source_pipe);
    if (!node)
        return DAVY_ALLOW;
    facts.source = node->source_kind;
    facts.hops = s->walk.hops + below;
    s->walk.sink.reserved = 0;
    return exec_chain_found(s, &facts, node, current_is_sink);
}

/* The interpreter's own code comes through a pipe: it is the sink of everything upstream. */
__noinline int davy_become_sink(struct exec_scratch *s)
{
    struct davy_process_id *me;

    if (!s)
        return DAVY_ALLOW;
    me = &s->event.process.id;
    s->walk.from = s->walk.sink_pipe = s->code.pipe;
    s->walk.sink_inode = s->code.inode;
    s->walk.sink = *me;
    s->walk.sink_image = davy_image_key(&s->event.process.image);
    __builtin_memcpy(s->walk.sink_comm, s->event.process.comm, DAVY_COMM_MAX);
    if (!davy_pipe_node(s->code.pipe))
        return DAVY_ALLOW;
    if (bpf_map_update_elem(&sinks, &me->tgid, &me->start_ns, 0)) {
        davy_count_loss(DAVY_LOSS_PIPE_MAP);
        s->walk.sink.reserved = 1;
    }
    return exec_walk(s, 0, true);
}

/* Where `node` keeps the pipe `from`: where it stands already (a script that execs its program, as
 * gunzip does, is one stage and not two), else the next place. */
static __always_inline u32 davy_feeder_slot(struct pipe_node *node, u64 from)
{
    for (u32 i = 0; i < DAVY_FEEDERS; i++) {
        if (node->feeder[i].pipe == from)
            return i;
    }
    return node->next_feeder++ & (DAVY_FEEDERS - 1);
}

/* This process carries what it reads from `from` to `to`. */
__noinline int davy_become_stage(struct exec_scratch *s, u64 from, u64 to)
{
    struct pipe_node *node = davy_pipe_node(to);
    u32 slot;

    if (!s || !node || !davy_pipe_node(from))
        return DAVY_ALLOW;
    slot = davy_feeder_slot(node, from);
    node->feeder[slot].via = s->event.process.id;
    node->feeder[slot].pipe = from;
    davy_publish(node);
    if (!davy_sink_lives(&node->sink))
        return DAVY_ALLOW;
    s->walk.from = from;
    s->walk.sink_pipe = node->sink_pipe;
    s->walk.sink_inode = node->sink_inode;
    s->walk.sink = node->sink;
    s->walk.sink_image = node->sink_image;
    __builtin_memcpy(s->walk.sink_comm, node->sink_comm, DAVY_COMM_MAX);
    return exec_walk(s, 1, false);
}

/* stdin is a network socket: what this process writes to `to` came from the network
 * (exec 3<>/dev/tcp/…; cat <&3 | sh). */
__noinline int davy_become_source(struct exec_scratch *s, u64 to)
{
    struct davy_chain_facts facts = {.source = DAVY_SOURCE_SOCKET, .reads_code = 1, .hops = 1};
    struct pipe_node *node = davy_pipe_node(to);

    if (!s || !node)
        return DAVY_ALLOW;
    node->flow = s->flow;
    node->source_kind = DAVY_SOURCE_SOCKET;
    __builtin_memcpy(node->source_comm, s->event.process.comm, DAVY_COMM_MAX);
    node->source = s->event.process.id;
    davy_publish(node);
    if (!davy_sink_lives(&node->sink))
        return DAVY_ALLOW;
    s->walk.sink = node->sink;
    s->walk.sink_image = node->sink_image;
    s->walk.sink.reserved = 0;
    s->walk.sink_inode = node->sink_inode;
    s->walk.stage_count = 0;
    __builtin_memcpy(s->walk.sink_comm, node->sink_comm, DAVY_COMM_MAX);
    return exec_chain_found(s, &facts, node, false);
}

static __always_inline u32 exec_chain(struct task_struct *task, struct exec_scratch *s)
{
    struct davy_event_exec *event = &s->event;
    struct fdtable *table = davy_fdtable_of(task, DAVY_TYPED);
    unsigned long open = 0;
    u64 named = 0;
    u32 verdict = DAVY_ALLOW, found;

    davy_fd_of(table, 0, &s->in, DAVY_TYPED);
    davy_fd_of(table, 1, &s->out, DAVY_TYPED);
    event->stdin_kind = s->in.kind;
    event->stdout_kind = s->out.kind;
    event->stdin_inode = s->in.inode;
    event->stdout_inode = s->out.inode;
    bpf_probe_read_kernel(&open, sizeof(open), table->open_fds);
    /* Arguments are read where a stream could reach this process, and nowhere else. */
    if (has_pipe(table, open & ~7ul, &s->code) ||
        (event->process.image.family &&
         (s->in.kind == DAVY_FD_PIPE || s->in.kind == DAVY_FD_INET))) {
        read_arguments(s);
        event->code_fd = davy_args_code_fd(&s->args);
        named = s->args.named_fds & open;
    }
    find_pipes(s, table, named);
    if (named & ~7ull)
        remember_named(s, s->out.kind == DAVY_FD_PIPE);

    if (event->process.image.family && event->code_fd >= 0) {
        davy_fd_of(table, event->code_fd, &s->code, DAVY_TYPED);
        if (s->code.kind == DAVY_FD_INET) {
            struct davy_chain_facts facts = {.source = DAVY_SOURCE_SOCKET, .reads_code = 1};

            davy_flow_of(davy_sock_of(s->code.file), &s->flow);
            s->walk.sink_inode = 0;
            s->walk.sink = event->process.id;
            s->walk.sink_image = davy_image_key(&event->process.image);
            __builtin_memcpy(s->walk.sink_comm, event->process.comm, DAVY_COMM_MAX);
            if (s->flow.family)
                verdict = exec_chain_found(s, &facts, NULL, true);
        } else if (s->code.kind == DAVY_FD_PIPE) {
            verdict = davy_become_sink(s);
        }
    }
    /* What read code before, and is another program now, reads none any more. */
    if (s->code.kind != DAVY_FD_PIPE || event->code_fd < 0)
        bpf_map_delete_elem(&sinks, &event->process.id.tgid);

    if (s->in.kind == DAVY_FD_INET && s->outputs[0]) {
        davy_flow_of(davy_sock_of(s->in.file), &s->flow);
        if (s->flow.family) {
            found = davy_become_source(s, s->outputs[0]);
            verdict = found > verdict ? found : verdict;
        }
    }
    for (int i = 0; i < INPUTS_MAX; i++) {
        for (int o = 0; o < OUTPUTS_MAX; o++) {
            if (!s->inputs[i] || !s->outputs[o] || s->inputs[i] == s->outputs[o])
                continue;
            found = davy_become_stage(s, s->inputs[i], s->outputs[o]);
            verdict = found > verdict ? found : verdict;
        }
    }
    return verdict;
}

static __always_inline u32 exec_fileless(struct exec_scratch *s)
{
    u8 mode = settings.mode[DAVY_DETECTION_IMAGE];
    const struct davy_image *image = &s->event.process.image;
    struct davy_event_image *event;
    u16 did = 0;
    u32 verdict;

    if (image->nlink)
        return DAVY_ALLOW;
    verdict = davy_judge_image(image, DAVY_RULE_IMAGE_FILELESS, mode);
    if (verdict == DAVY_ALLOW)
        return verdict;
    if (davy_enforced(verdict))
        did = davy_kill_current();
    event = davy_alert_reserve(sizeof(*event));
    if (event) {
        davy_header(&event->header, DAVY_EVENT_IMAGE, sizeof(*event), verdict);
        davy_decide(&event->decision, DAVY_DETECTION_IMAGE, DAVY_RULE_IMAGE_FILELESS, DAVY_CERTAIN,
                    did, DAVY_NO_ROW);
        event->process = s->event.process;
        event->image = *image;
        __builtin_memcpy(event->filename, s->event.filename, DAVY_PATH_MAX);
        davy_alert_submit(event);
    }
    return verdict;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(davy_exec, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
    struct davy_event_exec *event;
    struct exec_scratch *s;
    struct file *exe;
    u32 zero = 0, verdict = DAVY_ALLOW, fileless;
    u64 name_hash;

    if (!davy_in_scope())
        return 0;
    s = bpf_map_lookup_elem(&exec_scratch, &zero);
    if (!s)
        return 0;
    event = &s->event;
    exe = bprm->file;
    __builtin_memset(&event->process, 0, sizeof(event->process));
    davy_process_of(task, &event->process, DAVY_TYPED);
    name_hash = davy_image_of(task, exe, &event->process.image, DAVY_TYPED);
    davy_image_started(name_hash, exe->f_inode, &event->process.image, &event->process.id);
    bpf_probe_read_kernel_str(event->filename, DAVY_PATH_MAX, bprm->filename);
    read_command_line(task, event);
    event->code_fd = DAVY_CODE_UNREAD;
    event->stdin_kind = event->stdout_kind = DAVY_FD_OTHER;
    event->stdin_inode = event->stdout_inode = 0;

    if (settings.mode[DAVY_DETECTION_CHAIN])
        verdict = exec_chain(task, s);
    if (settings.mode[DAVY_DETECTION_IMAGE]) {
        fileless = exec_fileless(s);
        verdict = fileless > verdict ? fileless : verdict;
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
    }
    return 0;
}
