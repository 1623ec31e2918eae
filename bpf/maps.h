/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Every map: key, value, who writes, who deletes, what happens when it is full. */
#pragma once

#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "davylamp/abi/event.h"
#include "davylamp/abi/policy.h"
#include "davylamp/rules/dns.h"
#include "davylamp/rules/flow.h"
#include "davylamp/rules/text_match.h"

/* Alerts and enforcement. Nothing else goes in, so that no flood of telemetry can push one out.
 * Full: the record is lost and counted, the enforcement is not touched. */
struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 256 * 1024);
} alerts SEC(".maps");

/* Fork, exec, exit, connect. Full: lost and counted. */
struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 2 * 1024 * 1024);
} telemetry SEC(".maps");

/* DAVY_LOSS_* → how often, per CPU. Written by every hook, read by userspace. */
struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, DAVY_LOSS_COUNT);
    __type(key, u32);
    __type(value, u64);
} losses SEC(".maps");

/* Policy, by file: what an image is. Written by userspace at load. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, DAVY_IMAGE_ROWS_MAX);
    __type(key, struct davy_inode_key);
    __type(value, struct davy_image_row);
} image_rows SEC(".maps");

/* Policy, by name: hash of an interpreter's or a memfd's name → what it is. For files that
 * userspace could not see at load (containers, other filesystems). */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, DAVY_NAME_ROWS_MAX);
    __type(key, u64);
    __type(value, struct davy_image_row);
} name_rows SEC(".maps");

/* Policy: pool addresses → row, and the hash of a domain from its end (rules/host_name.h) → row.
 * Each in an array of one, so that userspace replaces a whole list at once. Written by userspace at
 * load and whenever a list file has changed. */
struct pool_address_list {
    __uint(type, BPF_MAP_TYPE_LPM_TRIE);
    __uint(max_entries, DAVY_POOL_ADDRESSES_MAX);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, struct davy_prefix_key);
    __type(value, u32);
} pool_addresses SEC(".maps");
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
    __uint(max_entries, 1);
    __type(key, u32);
    __array(values, struct pool_address_list);
} pool_address_lists SEC(".maps") = {.values = {[0] = &pool_addresses}};

struct pool_name_list {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, DAVY_POOL_NAMES_MAX);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, u64);
    __type(value, u32);
} pool_names SEC(".maps");
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
    __uint(max_entries, 1);
    __type(key, u32);
    __array(values, struct pool_name_list);
} pool_name_lists SEC(".maps") = {.values = {[0] = &pool_names}};

/* Policy: protocol names of TLS (ALPN), hashed from their beginning (rules/text.h) → row. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, DAVY_POOL_ALPN_MAX);
    __type(key, u64);
    __type(value, u32);
} pool_alpn SEC(".maps");

/* Policy: pool ports → row of the list. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, DAVY_POOL_PORTS_MAX);
    __type(key, u16);
    __type(value, u32);
} pool_ports SEC(".maps");

/* Policy: the chain's allow rules, in order. One row, so that a verdict costs one look-up. */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, u32);
    __type(value, struct davy_allow_rules);
} allow_rules SEC(".maps");

/* Policy: which rules a value satisfies, a map for each kind of condition. Written by userspace at
 * load. Destinations: a prefix's set holds those of the shorter prefixes around it, for the trie
 * gives the longest alone. */
struct {
    __uint(type, BPF_MAP_TYPE_LPM_TRIE);
    __uint(max_entries, DAVY_ALLOW_VALUES_MAX);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, struct davy_prefix_key);
    __type(value, struct davy_allow_set);
} allow_to SEC(".maps");

/* Names and cgroups are compared as text and not by a hash: whoever may choose a name could choose
 * one of the same hash. ".example.org" stands for what lies below it. */
struct davy_dns_name {
    char text[DAVY_DNS_NAME_MAX];
};
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, DAVY_ALLOW_VALUES_MAX);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, struct davy_dns_name);
    __type(value, struct davy_allow_set);
} allow_names SEC(".maps");

struct davy_cgroup_path {
    char text[DAVY_CGROUP_PATH_MAX];
};
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, DAVY_ALLOW_VALUES_MAX);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, struct davy_cgroup_path);
    __type(value, struct davy_allow_set);
} allow_cgroups SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, DAVY_ALLOW_VALUES_MAX);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, u32);
    __type(value, struct davy_allow_set);
} allow_users SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, DAVY_ALLOW_VALUES_MAX);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, struct davy_inode_key);
    __type(value, struct davy_allow_set);
} allow_parents SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, DAVY_ALLOW_VALUES_MAX);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, struct davy_inode_key);
    __type(value, struct davy_allow_set);
} allow_interps SEC(".maps");

/* Policy: whose DNS answers count, as IPv6 or mapped. Written by userspace at load. */
struct davy_address {
    u8 byte[16];
};
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, DAVY_RESOLVERS_MAX);
    __type(key, struct davy_address);
    __type(value, u32);
} resolvers SEC(".maps");

/* Addresses that were the answer for a name which an allow rule lists, with the name asked for
 * last. Written by the names hook; nobody deletes, until_ns ends them. Full: the least recently
 * used goes, and its connection is judged as one without a name. */
struct name_answer {
    u64 until_ns; /* CLOCK_BOOTTIME */
    struct davy_dns_name name;
};
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 4096);
    __type(key, struct davy_address);
    __type(value, struct name_answer);
} name_answers SEC(".maps");

/* A name under way: looked up from each of its dots on. */
struct name_work {
    struct davy_dns_name name, suffix;
    struct davy_allow_set rules; /* that list it or a domain around it */
};

/* The facts of a verdict under way: pid_tgid → facts and sets. Written when a chain is about to be
 * judged, deleted when it is reported, for connect hooks have no stack left. Full: no rule allows,
 * and the record goes out without these facts. */
#define DAVY_CGROUP_LEVELS 16
struct allow_work {
    struct davy_allow_facts facts;
    struct davy_allow_sets sets;
    u64 node[DAVY_CGROUP_LEVELS]; /* struct kernfs_node *, the root's children first */
    struct name_work name;
    char path[DAVY_CGROUP_PATH_MAX + 128]; /* room for a component behind the last that counts */
};
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 1024);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, u64);
    __type(value, struct allow_work);
} allow_work SEC(".maps");

/* A pipe as the chain sees it: who reads it as code, who fed it from the network, and which pipes
 * flow into it through which process. */
#define DAVY_FEEDERS 4
struct pipe_feeder {
    u64 pipe;
    struct davy_process_id via;
};
/* In a sink's own_tgid, where no pid reaches: there was no room to watch it when it came. */
#define DAVY_UNWATCHED 0x80000000u
struct pipe_node {
    struct davy_process_id sink;   /* tgid 0: nobody reads it as code, here or downstream */
    struct davy_process_id source; /* tgid 0: nobody fed it */
    char sink_comm[DAVY_COMM_MAX];
    char source_comm[DAVY_COMM_MAX];
    struct davy_flow flow; /* the source's */
    u32 source_kind;       /* DAVY_SOURCE_* */
    u32 published;         /* bumped as a memory barrier (chain.h) */
    u32 next_feeder;
    u32 reserved;
    u64 sink_pipe;  /* the pipe that the sink itself reads */
    u64 sink_inode; /* its inode */
    struct davy_inode_key sink_image;
    struct pipe_feeder feeder[DAVY_FEEDERS];
};

/* Pipe id (facts/fd.h) → node. Written by exec and connect; nobody deletes: an inode number of
 * pipefs comes again after 2^32 pipes. Full: the least recently used goes, and limits.md says what
 * a flood of pipelines can make of that. */
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 16384);
    __type(key, u64);
    __type(value, struct pipe_node);
} pipes SEC(".maps");

/* Processes that read a pipe as code: tgid → start time. Written at exec, deleted at exit or by
 * the next exec, so that a pipe's sink is known to be alive. Full: the sink counts as alive. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 8192);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, u32);
    __type(value, u64);
} sinks SEC(".maps");

/* Pipes that a process writes to under a name in its arguments (curl -o /dev/fd/63): tgid → pipe
 * ids. Written at exec, deleted at exit. Full: counted, that way in goes unseen. */
#define DAVY_NAMED_MAX 4
struct named_pipes {
    u64 start_ns;
    u64 pipe[DAVY_NAMED_MAX];
};
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 4096);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, u32);
    __type(value, struct named_pipes);
} named_outputs SEC(".maps");

#define DAVY_WALK_QUEUE 8
struct davy_walk {
    u64 from;                         /* in: the pipe to begin at */
    u64 sink_pipe, sink_inode;        /* in: the pipe that the sink reads */
    struct davy_process_id sink;      /* in: who reads it as code */
    struct davy_inode_key sink_image; /* in: what it runs */
    char sink_comm[DAVY_COMM_MAX];
    u64 source_pipe; /* out: the net-fed pipe, 0 where there is none */
    u32 hops;        /* out: pipes from there to the sink, that one included */
    u32 stage_count; /* out */
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

/* Where bytes came from. */
struct fed_origin {
    struct davy_process_id source; /* who connected or accepted; tgid 0: nobody */
    char comm[DAVY_COMM_MAX];
    struct davy_flow flow;
    u64 time_ns;
};

/* Processes that took bytes from the network, themselves or through a file: tgid → from where.
 * Written at connect, accept, exec (a socket as stdin) and open; deleted by the next exec and at
 * exit. Full: counted, what that process writes is taken for its own. */
struct fed_process {
    u64 start_ns;
    struct fed_origin origin;
    u32 writer; /* DAVY_WRITER_*, as far as files go */
    u32 reserved;
};
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 8192);
    __type(key, u32);
    __type(value, struct fed_process);
} fed_processes SEC(".maps");

/* The command lines of one-liners that fetched something: tgid → bytes. Written with fed_processes.
 * Full: the least recently used goes, and what it starts is taken for its own. */
struct one_liner {
    u64 start_ns;
    char args[DAVY_ARGS_MAX];
};
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 256);
    __type(key, u32);
    __type(value, struct one_liner);
} one_liners SEC(".maps");

/* Files that such a process wrote: which file → from where, and who wrote it. Written at open,
 * connect and exec; deleted where somebody else truncates the file. An inode number comes again
 * with another file: the generation tells. Full: the least recently used is forgotten. */
struct fed_file {
    struct fed_origin origin;      /* of source 0 where `pipe` has yet to tell */
    struct davy_process_id writer; /* who opened it for writing */
    u64 pipe;                      /* the writer's stdin, which may be fed later than it opens */
    u64 time_ns;
    u32 generation;
    u32 kind; /* DAVY_WRITER_* */
};
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 8192);
    __type(key, struct davy_inode_key);
    __type(value, struct fed_file);
} fed_files SEC(".maps");

/* What came out of net-fed pipes, by who may run it: an ancestor of the writer, four pipes each.
 * Written when the writer exits. Full: the least recently used goes. */
#define DAVY_TEXTS_EACH 4
#define DAVY_TEXT_ANCESTORS 3
struct fed_text_key {
    u32 tgid, slot;
};
struct fed_text {
    u64 start_ns; /* of tgid */
    u64 pipe_inode;
    struct fed_origin origin;
    struct davy_text_sample sample;
};
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 1024);
    __type(key, struct fed_text_key);
    __type(value, struct fed_text);
} fed_texts SEC(".maps");

/* Processes whose next write to the pipe that is their stdout may be text from the network: tgid →
 * start time. Written at exec (a stage of a pipeline) and at connect, deleted by the first write
 * that wakes a reader, and at exit. Allocated beforehand: the waker holds locks. Full: the sample
 * is taken at exit. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 4096);
    __type(key, u32);
    __type(value, u64);
} text_writers SEC(".maps");

/* Interpreters that have yet to open their script, or have opened a file from the network for some
 * purpose: tgid → names. Written at exec and open. Full: the least recently used goes unseen. */
struct reader {
    u64 start_ns;
    u64 script; /* hash of the last component of the script's name; 0: none awaited */
    u64 opened; /* the same of the file opened last; 0: none */
    struct davy_inode_key file;
    u64 pipe, pipe_inode; /* where it was a fifo */
};
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 4096);
    __type(key, u32);
    __type(value, struct reader);
} readers SEC(".maps");

/* Interpreters by what their file holds, for copies under other names: a hash of the file's first
 * 256 bytes (an ELF header has the entry point and the tables' places: no two builds agree) → what
 * it is. Written by userspace at load. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, DAVY_NAME_ROWS_MAX);
    __type(key, u64);
    __type(value, struct davy_image_row);
} content_rows SEC(".maps");

/* Images that ran, by the hash of their name: candidates when that name is removed. Written at
 * exec, by rename and by the sweep; a slot is judged by inode and link count, so a stale one costs
 * a look and no verdict. Full (of names): the least recently used goes and the next sweep brings
 * it back. Full (of slots): counted. */
#define DAVY_SLOTS 8
#define DAVY_BUCKETS 8 /* of slots under one name; the Nth has the key hash + N */
struct image_slot {
    u64 inode_address; /* struct inode *, only ever read through bpf_probe_read_kernel() */
    u64 inode;
    u32 device;
    u32 tgid; /* who ran it last */
    u64 start_ns;
    u64 loaded; /* 1: by a loader */
};
struct image_slots {
    u64 next; /* of the last bucket: the slot to use next, once all have been */
    struct image_slot slot[DAVY_SLOTS];
};
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 8192);
    __type(key, u64);
    __type(value, struct image_slots);
} images SEC(".maps");

/* A place under way: pid_tgid → record, and what its texts are made of. Written and deleted within
 * one run of davy_report_place(), which has no stack for it. Full: the place is not told. */
#define DAVY_PLACE_DEPTH 32 /* components of a path, a power of two; a deeper one is not told */
struct place_work {
    struct davy_event_place event;
    u64 node[DAVY_PLACE_DEPTH]; /* struct dentry * or kernfs_node *, the last component first */
    u64 dentry, mount, root, root_mount;  /* where the walk is, and where it ends */
    u32 count, at;                        /* of node, and of text */
    char text[DAVY_PLACE_PATH_MAX + 256]; /* room for a component behind the last that counts */
};
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 1024);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, u64);
    __type(value, struct place_work);
} place_work SEC(".maps");

/* Zeroes to make new entries from, which are too large for the stack. Read only. */
struct blank {
    struct pipe_node node;
    struct davy_walk walk;
    struct image_slots slots;
    struct fed_process process;
    struct fed_file file;
    struct allow_work allow;
    struct place_work place;
};
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, u32);
    __type(value, struct blank);
} blanks SEC(".maps");

static __always_inline struct blank *davy_blank(void)
{
    u32 zero = 0;

    return bpf_map_lookup_elem(&blanks, &zero);
}

/* Images that a package manager replaced while they ran: no finding, then or later. Written by
 * rename and unlink and by userspace at start. Full: the oldest is judged again. */
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 4096);
    __type(key, struct davy_inode_key);
    __type(value, u32);
} replaced SEC(".maps");

/* Sealed copies that a runtime started: may have no name, then and later. Written at exec, and by
 * userspace for those that it finds at start. Full: the oldest is judged again. */
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 4096);
    __type(key, struct davy_inode_key);
    __type(value, u32);
} sealed_copies SEC(".maps");

/* Threads that are about to exec and whose image may start sealed copies: pid_tgid → 1. Written
 * where execve begins, deleted where it succeeds. Full: the oldest's copy is a finding. */
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 512);
    __type(key, u64);
    __type(value, u32);
} starters SEC(".maps");

/* Gone images whose processes were reported as starting programs, and which nobody stopped: once is
 * enough. Full: one is reported again. */
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 1024);
    __type(key, struct davy_inode_key);
    __type(value, u32);
} told_starting SEC(".maps");

/* What loaders run: tgid → file. Written when ld.so starts, when it opens its program and when that
 * forks, deleted at exit and by the next exec. Full: the least recently used counts as ld.so alone.
 */
struct loaded {
    u64 start_ns;
    u64 awaited; /* hash of the last component of its name; 0: it has been opened */
    u64 inode_address;
    struct davy_inode_key file;
    char name[DAVY_NAME_MAX];
};
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 1024);
    __type(key, u32);
    __type(value, struct loaded);
} loaded SEC(".maps");

/* A removal under way: pid_tgid → names. Written at sys_enter where the name is a candidate's,
 * deleted at sys_exit. Full: counted; the sweep finds the result. */
struct removal {
    u64 name_hash;    /* the name that goes away */
    u64 target_hash;  /* rename: the name that is replaced; 0 else */
    u64 path_address; /* user memory, read again for the alert alone */
};
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 4096);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, u64);
    __type(value, struct removal);
} removals SEC(".maps");

/* Who may not talk to whom, and for how long: by user and network namespace, so that nobody can
 * spoil an address for others by what he asks a server of his own, or says to it. */
struct pool_endpoint {
    u8 address[16]; /* as in struct davy_flow */
    u32 uid;        /* initial user namespace */
    u32 network;    /* inode of the network namespace */
    u16 port;       /* host byte order; 0: any */
    u16 reserved[3];
};

/* Addresses that DNS gave for listed names. Written where an answer arrives; nobody deletes,
 * until_ns ends them. Full: the least recently used goes, and a connection to it is judged by what
 * it says. */
struct pool_answer {
    u64 until_ns; /* CLOCK_BOOTTIME */
    u32 row;      /* of the name in the list of then */
    u32 reserved;
    char name[DAVY_HOST_NAME_MAX];
};
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 2048);
    __type(key, struct pool_endpoint);
    __type(value, struct pool_answer);
} pool_answers SEC(".maps");

/* Addresses and ports where somebody spoke Stratum and was refused. Written by the verdict on a
 * flow, as the above otherwise. */
struct proven_pool {
    u64 until_ns; /* CLOCK_BOOTTIME */
    u64 told_ns;  /* of the last record */
    u32 tries;    /* since then */
    u32 reserved;
};
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 1024);
    __type(key, struct pool_endpoint);
    __type(value, struct proven_pool);
} proven_pools SEC(".maps");

/* Questions for listed names that were reported: once in a while is enough. Key: hash of the name,
 * and who asks. Full: one is reported again. */
struct asked_key {
    u64 name;
    u64 tgid;
};
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 1024);
    __type(key, struct asked_key);
    __type(value, u64); /* CLOCK_BOOTTIME */
} asked SEC(".maps");

/* Who connected a socket, until its first payload: by the low bits of its cookie, which is never
 * used again. Written at connect; storage beside the socket would be an allocation at each connect,
 * and a hash half a microsecond. A socket that says nothing until FLOW_OWNERS later ones have been
 * connected counts as one that is older than us. */
#define FLOW_OWNERS 16384
struct flow_owner {
    struct davy_process_id id;
    char comm[DAVY_COMM_MAX];
    u32 uid;
    u32 reserved;
};
struct flow_owner_slot {
    u64 cookie; /* 0 while it is written */
    struct flow_owner owner;
};
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, FLOW_OWNERS);
    __type(key, u32);
    __type(value, struct flow_owner_slot);
} flow_owners SEC(".maps");

/* Where the matcher stands in a segment, and what it met there. Kept with the flow and not on a
 * stack, since 5.10's global functions take no pointers, and not per CPU: what a process sends may
 * be interrupted by what the same CPU receives. */
struct payload_cursor {
    u64 listed; /* a host on a list was asked for (davy_flow_listed()), or 0 */
    u32 offset; /* of the next byte, in the skb */
    u32 left;   /* bytes of the segment from there on */
    u32 read;   /* bytes stepped so far */
    u8 named;   /* 1: flow_names holds the name that may come */
    u8 met;     /* DAVY_BYTE_*: a host that is to be looked up, or 0 */
    u8 reserved[2];
};

/* What is known of a TCP flow; lives and dies with its socket. Written by the payload programs,
 * which the socket's lock serialises, from the first payload on. No room: the flow goes unread and
 * is counted. */
struct flow_state {
    struct flow_owner owner; /* id.tgid 0: connected before us */
    u8 exempt;
    u8 done;         /* DAVY_FLOW_READING, _CLEAR, _REFUSED */
    u8 begun;        /* 1: scan holds */
    u32 next_seq[2]; /* by DAVY_TO_*: the first byte not read yet */
    u8 started[2];   /* next_seq holds */
    u8 midstream[2]; /* 1: the beginning was not seen */
    u8 holding;
    u8 presented; /* how often a held segment came again without a new byte */
    u8 let_go;    /* 1: what was held went out; the rest of the same message is not held again */
    u8 reserved;
    u32 hold_seq;
    struct payload_cursor cursor[2]; /* by DAVY_TO_* */
    struct davy_flow_scan scan;
};
#define DAVY_FLOW_READING 0
#define DAVY_FLOW_CLEAR 1   /* something else, or accepted: one look-up a packet from here on */
#define DAVY_FLOW_REFUSED 2 /* Stratum, and nothing more leaves */
struct {
    __uint(type, BPF_MAP_TYPE_SK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct flow_state);
} flows SEC(".maps");

/* The name that a flow's client asks for, as far as it has come; for flows that are wrapped. No
 * room: the name goes unread. */
struct {
    __uint(type, BPF_MAP_TYPE_SK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct davy_host_name);
} flow_names SEC(".maps");

/* DNS over TCP: a flow's messages, each behind its length (RFC 1035 4.2.2). */
struct dns_side {
    struct davy_dns_state dns;
    u16 left; /* bytes of this message still to come */
    u8 sized; /* bytes of its length so far */
    u8 reserved[5];
    struct pool_answer listed; /* the name of the message, where it is listed */
};
struct dns_sides {
    struct dns_side side[2]; /* by DAVY_TO_* */
};
struct {
    __uint(type, BPF_MAP_TYPE_SK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct dns_sides);
} dns_flows SEC(".maps");
