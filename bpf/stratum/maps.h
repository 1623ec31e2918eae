/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The maps of flows, pools and names: key, value, who writes, who deletes, what happens when one is
 * full. */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "../facts/packet.h"

#include "davylamp/abi/flow_record.h"
#include "davylamp/abi/kernel_policy.h"
#include "davylamp/abi/stratum_record.h"
#include "davylamp/rules/dns.h"
#include "davylamp/rules/dns_question.h"
#include "davylamp/rules/flow.h"
#include "davylamp/rules/hold.h"

/* Policy: pool addresses → row, and domains, hashed from the end (rules/host_name.h), → row. Each
 * in an array of one map, so that userspace can replace a whole list at once. Userspace writes them
 * at load and whenever a list file has changed. */
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

/* Policy: protocol names of TLS (ALPN), hashed from their beginning (rules/name_hash.h) → row. */
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

/* Policy: the resolvers whose DNS answers count, IPv6 or mapped. Written by userspace at load. */
struct davy_address {
    u8 byte[16];
};
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, DAVY_RESOLVERS_MAX);
    __type(key, struct davy_address);
    __type(value, u32);
} resolvers SEC(".maps");

/* The key for what was learnt about an address. With user and network namespace, so that nobody can
 * spoil an address for others through a server of his own. */
struct pool_endpoint {
    u8 address[16]; /* as in struct davy_flow */
    u32 uid;        /* initial user namespace */
    u32 network;    /* inode of the network namespace */
    u16 port;       /* host byte order; 0: any */
    u16 reserved[3];
};

/* Addresses that DNS gave for listed names. Written when an answer arrives; nobody deletes, entries
 * expire at until_ns. Full: the least recently used goes, and a connection to it is judged by its
 * payload. */
struct pool_answer {
    u64 until_ns; /* CLOCK_BOOTTIME */
    u32 row;      /* of the name in the list at that time */
    u32 reserved;
    char name[DAVY_HOST_NAME_MAX];
};
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 2048);
    __type(key, struct pool_endpoint);
    __type(value, struct pool_answer);
} pool_answers SEC(".maps");

/* Addresses and ports where somebody spoke Stratum and was refused. The verdict on a flow writes
 * them; the rest is as in pool_answers. */
struct proven_key {
    struct pool_endpoint endpoint;
    struct davy_inode_key image; /* what spoke */
};
struct proven_pool {
    u64 until_ns; /* CLOCK_BOOTTIME */
    u64 told_ns;  /* of the last record */
    u32 tries;    /* since then */
    u32 reserved;
};
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 1024);
    __type(key, struct proven_key);
    __type(value, struct proven_pool);
} proven_pools SEC(".maps");

/* When a question for a listed name was last reported: once in ASKED_NS is enough. Key: hash of the
 * name, and who asks. Full: a question is reported again. */
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

/* What a flow to TCP port 53 is (port_53.h). */
#define PORT_53_UNKNOWN 0
#define PORT_53_DNS 1
#define PORT_53_OTHER 2

/* Where the matcher is in a segment, and what it met there. Kept with the flow: not on a stack,
 * since 5.10's global functions take no pointers; and not per CPU, since a packet that arrives may
 * interrupt one that leaves on the same CPU. */
struct payload_cursor {
    u64 listed; /* a listed host that was asked for (davy_flow_listed()), or 0 */
    u32 offset; /* of the next byte, in the skb */
    u32 left;   /* bytes of the segment from there on */
    u32 read;   /* bytes stepped so far */
    u8 named;   /* 1: flow_names has room for the name that may come */
    u8 met;     /* DAVY_BYTE_*: a host to look up, or 0 */
    u8 chunk;   /* bytes that were loaded last */
    u8 reserved;
};

/* What is known of a TCP flow; exists as long as its socket. Made at connect, with who connected;
 * for a socket that was accepted, or is older than us, at its first payload. No room (the socket's
 * option memory is full): the connect is refused where the detection enforces; else the flow is not
 * read, which is counted.
 *
 * Egress runs under the socket's lock. Ingress does not: it runs before TCP takes the lock
 * (tcp_v4_rcv(), net/ipv4/tcp_ipv4.c), interrupts egress, and may run beside it on another CPU. So
 * each direction writes only its own fields, by DAVY_TO_*. A field that both write gets the same
 * value from both (the owner) or is only ever set. Only connect resets it, for another flow. */
struct flow_state {
    struct davy_flow_owner owner; /* first: userspace reads it through the socket */
    u8 exempt;
    u8 clear;     /* 1: not Stratum, or accepted: one look-up a packet from here on */
    u8 refused;   /* 1: Stratum: nothing more leaves, whatever clear says */
    u8 begun[2];  /* 1: this direction of scan is set up */
    u8 connected; /* 1: its socket has been connected before: the next SYN begins another flow */
    u8 unread;    /* 1: accepted, and what comes in cannot be followed any more (accepted.h) */
    u8 port_53;   /* PORT_53_*: what a flow to that port is */
    struct davy_hold hold;
    struct payload_cursor cursor[2];
    struct davy_segment segment[2]; /* that is being judged: the stack has no room for it */
    struct davy_flow_scan scan;
};
struct {
    __uint(type, BPF_MAP_TYPE_SK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct flow_state);
} flows SEC(".maps");

/* Flows to TCP port 53 that are no DNS: their cookies. Written by the hook that reads their first
 * bytes, read where a file or a text that came by one is judged. Full: the least recently used
 * goes, and what came by it is no download. */
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 1024);
    __type(key, u64);
    __type(value, u8);
} other_than_dns SEC(".maps");

/* What a user's clients asked for, on connections that he accepted: until when it counts
 * (CLOCK_BOOTTIME). Written by accepted.h; nobody deletes. Full: the least recently used goes.
 * Where ASKED_KEPT were added of late, a relay is left alone whatever it passes on. */
#define ASKED_MOST 4096
#define ASKED_KEPT (ASKED_MOST / 4)
#define ASKED_BY_MESSAGE (1ull << 63) /* no davy_pool_entry() has it */
#define ASKED_ANYTHING (1ull << 62)   /* something came in that could not be read */
struct asked_entry {
    u64 entry; /* davy_pool_entry(), a message's hash | ASKED_BY_MESSAGE, or ASKED_ANYTHING */
    u32 uid, network;
};
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, ASKED_MOST);
    __type(key, struct asked_entry);
    __type(value, u64);
} asked_entries SEC(".maps");

/* Whose listener a user accepts on, where it is another's or in another network: what comes in
 * before accept() counts for who made the listener. Written at accept; nobody deletes. Full: the
 * least recently used goes. */
struct user_there {
    u32 uid, network;
};
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 1024);
    __type(key, struct user_there);
    __type(value, struct user_there);
} accepted_for SEC(".maps");

/* Who has accepted a TCP connection: tgid → its memory, by which the program is told from what the
 * process becomes by exec. Written at accept; nobody deletes. Full: the least recently used goes,
 * and is a relay again with the next connection that it accepts. */
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 4096);
    __type(key, u32);
    __type(value, u64);
} accepters SEC(".maps");

/* Stratum messages that came in on an accepted connection. Written by accepted.h; read by userspace
 * through a descriptor of the socket (Source::came_in()). No room: what came in is not known, which
 * is counted. */
struct {
    __uint(type, BPF_MAP_TYPE_SK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct davy_came_in);
} came_in_here SEC(".maps");

/* The name that a wrapped flow's client asks for, as far as it has arrived. No room: the name is
 * not read. */
struct {
    __uint(type, BPF_MAP_TYPE_SK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct davy_host_name);
} flow_names SEC(".maps");

/* DNS over TCP: a flow's messages, each after its length (RFC 1035 4.2.2). */
struct dns_side {
    struct davy_dns_state dns;
    u16 left; /* bytes of this message still to come */
    u8 sized; /* bytes of its length so far */
    u8 reserved[5];
    struct pool_answer listed; /* the name of the message, if it is listed */
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

/* The questions for listed names that a socket has asked, by UDP or TCP. Written when one leaves
 * and when its answer comes; exists as long as the socket. Not under its lock: two threads that ask
 * on one socket may mix two questions, and lose both answers. No room: counted, the answer is taken
 * for one that nobody asked for. */
struct {
    __uint(type, BPF_MAP_TYPE_SK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct davy_dns_questions);
} dns_questions SEC(".maps");

/* The name server that a socket which is not connected has just sent to, as its process named it:
 * netfilter may send the question elsewhere before egress sees it. Written at each send, all zeroes
 * where it goes to no name server. No room: counted, only where the packet goes is known. */
struct {
    __uint(type, BPF_MAP_TYPE_SK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct davy_dns_server);
} dns_servers SEC(".maps");
