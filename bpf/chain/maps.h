/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Maps of pipes and of who was fed from the network: key, value, who writes, who deletes, what
 * happens when it is full. */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "davylamp/abi/kernel_policy.h"
#include "davylamp/abi/records.h"
#include "davylamp/rules/budget.h"
#include "davylamp/rules/text_match.h"

#include "../facts/pipe_place.h"
#include "../stratum/maps.h"

/* Tables of processes have room for each process that the host can have: userspace sizes them at
 * load (user/sensor/process_tables.cpp), so that nobody can fill one for others. Their entries are
 * allocated as they come and end with their process. Full all the same (somebody has raised the
 * host's limit since, or no memory): counted. */
#define DAVY_PROCESS_TABLE(name, value_type)                                                       \
    struct {                                                                                       \
        __uint(type, BPF_MAP_TYPE_HASH);                                                           \
        __uint(max_entries, 8192);                                                                 \
        __uint(map_flags, BPF_F_NO_PREALLOC);                                                      \
        __type(key, u32); /* tgid */                                                               \
        __type(value, value_type);                                                                 \
    } name SEC(".maps");

/* Where bytes came from. */
struct fed_origin {
    struct davy_process_id source; /* who connected or accepted; tgid 0: nobody */
    char comm[DAVY_COMM_MAX];
    struct davy_flow flow;
    u32 kind; /* DAVY_SOURCE_*, of a pipe's; with FED_* */
    u32 uid;  /* the source's */
};
#define FED_BY_PACKAGE 0x100 /* root had it unpacked from a package (dpkg-deb --fsys-tarfile) */
#define FED_BY_ANOTHER 0x200 /* who passed it on read it from a user who may not end him */
#define FED_BY_INPUT 0x400   /* by a file that was its stdin, which it may not have read */

/* Where they run: an interpreter, and the pipe that it reads its code from. */
struct chain_sink {
    struct davy_process_id id; /* tgid 0: nobody */
    char comm[DAVY_COMM_MAX];
    struct davy_inode_key image; /* what it runs */
    u64 pipe, inode;             /* the pipe's id and its inode's number; 0: it reads none */
    u32 unwatched;               /* 1: `sinks` had no room for it when it came */
    u32 uid;
};

/* A pipe as the chain sees it: who reads it as code, who fed it from the network, and which pipes
 * flow into it through which process. */
#define DAVY_FEEDERS 4
struct pipe_feeder {
    u64 pipe;
    struct davy_process_id via;
};
struct pipe_node {
    struct chain_sink sink;   /* here or downstream */
    struct fed_origin origin; /* who fed it */
    struct fed_origin before; /* origin until the connect under way, for one that is refused */
    u32 published;            /* bumped as a memory barrier (pipes.h) */
    u32 next_feeder;
    struct pipe_feeder feeder[DAVY_FEEDERS];
    struct davy_pipe_place from; /* where the first who carries the network's bytes begins */
    u32 has_from;                /* 1: it is known */
    /* 1: a feeder has its stdin from who started it, and may read nothing of that. */
    u32 inherited;
};

/* Pipe id (facts/fd.h) → node. Written by exec and connect; nobody deletes: an inode number of
 * pipefs comes again after 2^32 pipes. Full: the least recently used goes; limits.md says what a
 * flood of pipelines can do with that. */
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 16384);
    __type(key, u64);
    __type(value, struct pipe_node);
} pipes SEC(".maps");

/* Processes that read a pipe as code: when they started. Written at exec, deleted at exit or by
 * the next exec, so that a pipe's sink is known to be alive. Full: the sink counts as alive. */
DAVY_PROCESS_TABLE(sinks, u64)

/* Pipes that a process writes to under a name in its arguments (curl -o /dev/fd/63). Written at
 * exec, deleted at exit. Full: that way in goes unseen. */
#define DAVY_NAMED_MAX 4
struct named_pipes {
    u64 start_ns;
    u64 pipe[DAVY_NAMED_MAX];
};
DAVY_PROCESS_TABLE(named_outputs, struct named_pipes)

#define DAVY_WALK_QUEUE 8
struct davy_walk {
    u64 from;               /* in: the pipe to begin at */
    struct chain_sink sink; /* in: who reads it as code */
    u64 source_pipe;        /* out: the net-fed pipe, 0 where there is none */
    u32 hops;               /* out: pipes from there to the sink, that one included */
    u32 stage_count;        /* out */
    u64 inherited;          /* in and out: 1: one of them may read nothing of what it is fed */
    struct davy_process_id stage[DAVY_STAGES_MAX];
    /* The walk's own: pipes still to visit. Here and not on the stack, where the verifier would
     * follow each value of each counter. */
    u32 head, tail;
    u64 queue[DAVY_WALK_QUEUE];
};

/* A walk under way in a connect hook, which has no stack left for it: pid_tgid → walk. Written and
 * deleted within one run. Full: the record goes out without its stages. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 1024);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, u64);
    __type(value, struct davy_walk);
} walks SEC(".maps");

/* Processes that took bytes from the network, themselves or through a file, and from where.
 * Written at connect, accept, exec (a socket as stdin) and open; deleted by the next exec and at
 * exit. Full: what that process writes is taken for its own. */
struct fed_process {
    u64 start_ns;
    struct fed_origin origin;
    u32 writer;      /* DAVY_WRITER_*, as far as files go */
    u32 reads_own;   /* 1: the file that it opened last to read is no download */
    u64 names_shell; /* 1: it was told to start one */
};
DAVY_PROCESS_TABLE(fed_processes, struct fed_process)

/* The texts of one-liners that fetched something: their command lines, as they begin. Written with
 * fed_processes, deleted at exit. Full: what it starts is taken for its own. */
struct one_liner {
    u64 start_ns;
    u32 size;    /* bytes used in args */
    s32 code_fd; /* where its program comes from; DAVY_CODE_* if no descriptor is it */
    u64 args[DAVY_ARGS_MAX / 8];
};
DAVY_PROCESS_TABLE(one_liners, struct one_liner)

/* Those whose command line is longer, a page of it. Written and deleted with the above. 2,048 of
 * them take 8 MiB, and are allocated as they come. A user may have 128 and all users but root half
 * of the table, so nobody takes root's room. Full: the beginning alone counts. */
#define DAVY_PAGE_WORDS 512 /* of eight bytes */
#define DAVY_LONG_LINES 2048
#define DAVY_LONG_LINES_EACH 128
struct long_line {
    u64 start_ns;
    u32 size; /* bytes used in args */
    u32 uid;  /* whose share it counts for */
    u64 args[DAVY_PAGE_WORDS];
};
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, DAVY_LONG_LINES);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, u32); /* tgid */
    __type(value, struct long_line);
} long_lines SEC(".maps");

/* How many of them a user has: uid → number, no entry for none. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, DAVY_LONG_LINES);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, u32);
    __type(value, u32);
} long_line_shares SEC(".maps");

/* Programs that interpreters other than shells take from a descriptor, as a rule a here-document:
 * tgid → how they begin. Written at exec, from a pipe or a file as far as it is filled, else when
 * the process comes to be fed; deleted by the next exec. 2 MiB. Full: the least recently used goes,
 * and is read again where it is asked for, as far as it is there still. */
#define DAVY_INPUT_PAGES 2
struct program_input {
    u64 start_ns;
    u32 size[DAVY_INPUT_PAGES]; /* bytes used in each */
    u64 text[DAVY_INPUT_PAGES][DAVY_PAGE_WORDS];
};
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 256);
    __type(key, u32);
    __type(value, struct program_input);
} program_inputs SEC(".maps");

/* Files that such a process wrote: which file → from where, and who wrote it. Written at open,
 * connect and exec; deleted where somebody else truncates the file, and where its user's budget
 * says so (budget_order.h). An inode number comes again with another file: the generation tells.
 * Full, which takes more users than there are budgets for: the least recently used is forgotten.
 * The kernel gives each processor up to 128 free entries of an LRU table, so that it pushes out
 * before it is full: userspace adds those at load (user/sensor/budget_tables.cpp). */
struct fed_file {
    struct fed_origin origin;      /* of source 0 where `pipe` has yet to tell */
    struct davy_process_id writer; /* who opened it for writing */
    u64 pipe;                      /* the writer's stdin, which may be fed later than it opens */
    u64 time_ns;
    u32 generation;
    u32 kind;  /* DAVY_WRITER_* */
    u64 place; /* among its owner's; 0: none */
    u32 owner; /* on whose budget it is */
    u32 reserved;
    /* Where the writer has it only as a descriptor that it was given, to append: 1, and the file's
     * size and time of change then. As long as these hold, it wrote nothing. */
    u64 untouched, size, changed_ns;
};
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, DAVY_FILES_MOST);
    __type(key, struct davy_inode_key);
    __type(value, struct fed_file);
} fed_files SEC(".maps");

/* What came out of net-fed pipes and files, by who read it and so may run it: four each. Written as
 * the reader is woken, when the writer ends, when a shell opens a file, and when a program is
 * started with it. Each is on the budget of who wrote it. Full: as fed_files. */
#define DAVY_TEXTS_EACH 4
#define DAVY_TEXT_ANCESTORS 3
struct fed_text_key {
    u32 tgid, slot;
};
struct fed_text {
    u64 start_ns;   /* of tgid */
    u64 time_ns;    /* when it was kept; CLOCK_BOOTTIME */
    u64 pipe_inode; /* 0: it came from a file */
    u32 foreign;    /* 1: its writer may not signal tgid */
    u32 carried;    /* 1: a line of it stands in the arguments of tgid (timeout 5 $line) */
    u64 leader;     /* struct task_struct * of tgid */
    u64 place;      /* among its owner's; 0: none */
    u32 owner;      /* on whose budget it is */
    u32 reserved;
    struct fed_origin origin;
    struct davy_text_sample sample;
};
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, DAVY_TEXTS_MOST);
    __type(key, struct fed_text_key);
    __type(value, struct fed_text);
} fed_texts SEC(".maps");

/* Which of fed_files and fed_texts stands at which place among a user's. Written with them, deleted
 * as newer ones push it out. An entry that has gone or moved since leaves its slot behind for as
 * long. Full: as fed_files. */
struct budget_slot {
    u32 owner, table; /* DAVY_BUDGET_* */
    u64 place;
};
struct budget_entry {
    u64 first, second; /* of the entry's key: inode and device, or tgid and slot */
};
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, DAVY_FILES_MOST + DAVY_TEXTS_MOST);
    __type(key, struct budget_slot);
    __type(value, struct budget_entry);
} budget_slots SEC(".maps");

/* A user's next place. Written with the above, deleted by nobody. Full: the user who added least
 * recently begins anew. What he has stays until the table pushes it out. */
struct budget_share_key {
    u32 owner, table;
};
struct budget_share {
    u64 next;
};
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 4096);
    __type(key, struct budget_share_key);
    __type(value, struct budget_share);
} budget_shares SEC(".maps");

/* How many entries all users have added in the window under way, and in the one before it. */
struct budget_total {
    u64 since_ns;
    s64 fresh, before;
};
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, DAVY_BUDGET_TABLES);
    __type(key, u32);
    __type(value, struct budget_total);
} budget_totals SEC(".maps");

/* Processes whose next write to the pipe that is their stdout may be text from the network, and
 * that pipe. Written at exec (a stage of a pipeline) and at connect, done with the first write that
 * wakes a reader, deleted at exit. The waker holds locks, so it only marks its entry. Full: no
 * sample is taken. */
struct text_writer {
    u64 start_ns;
    u64 pipe;                    /* key of `pipes` */
    u64 inode, number, info;     /* see davy_pipe_lives() */
    struct davy_pipe_place from; /* what lies before it others wrote */
    u64 in, in_number;           /* the pipe that is its stdin, and its inode's number; 0: none */
    u32 taken;                   /* 1: its sample has been taken */
    u32 reserved;
};
DAVY_PROCESS_TABLE(text_writers, struct text_writer)

/* Interpreters that have yet to open their script, or have opened a file from the network for some
 * purpose. Written at exec and open, deleted at exit. Full: that one's script goes unseen. */
struct reader {
    u64 start_ns;
    u64 script;  /* hash of the last component of the script's name; 0: none awaited */
    u64 path;    /* its whole path as it was given (rules/script_path.h) */
    u64 opened;  /* the path of the file opened last, likewise; 0: none */
    u64 settled; /* the same, where it is older than any text from the network; else 0 */
    u64 head[2]; /* how that file begins; zeroes: unknown */
    struct davy_inode_key file;
    u64 pipe, pipe_inode; /* where it was a fifo */
    u32 owner;            /* of that fifo */
    u16 depth;            /* of the script below the working folder; 0: unknown */
    u8 keeps;             /* 1: a shell, which keeps its script open (davy_script_of()) */
    u8 folder;            /* 1: it may be given a folder, and runs the __main__.py in it (python) */
};
DAVY_PROCESS_TABLE(readers, struct reader)
