/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads a DNS message, a byte at a time (RFC 1035 section 4): the question's name, and in an answer
 * each address that it gives for that name.
 *
 * Every address of the answer section counts for the question, whatever owner its record names.
 * CNAMEs stand between them, and whoever answers for the question's zone may point anywhere anyway.
 * The other way round nothing is gained: a server of evil.example cannot answer a question for
 * get.example.org within the answer to another question. So owner names are skipped, and no
 * compression pointer is followed. */
#pragma once

#include "davylamp/abi/record.h"
#include "davylamp/rules/host_name.h"

#define DAVY_DNS_TYPE_A 1
#define DAVY_DNS_TYPE_AAAA 28
#define DAVY_DNS_CLASS_IN 1
#define DAVY_DNS_RECORDS_MAX 16 /* of the answer section, CNAMEs included; more are not read */

/* An answer counts as long as its TTL says, within these limits: a client connects a while after it
 * asked, and a name that moved must not be allowed for days. */
#define DAVY_DNS_TTL_LEAST_S 60
#define DAVY_DNS_TTL_MOST_S 3600

/* What the last byte brought. */
#define DAVY_DNS_OPEN 0
#define DAVY_DNS_QUESTION 1 /* name is complete; an answer's is for an address */
#define DAVY_DNS_ADDRESS 2  /* address and ttl are complete */
#define DAVY_DNS_BAD 3      /* no message that counts */

/* What the next byte belongs to. */
#define DAVY_DNS_AT_HEADER 0
#define DAVY_DNS_AT_QNAME_SIZE 1
#define DAVY_DNS_AT_QNAME 2
#define DAVY_DNS_AT_QTAIL 3
#define DAVY_DNS_AT_OWNER_SIZE 4
#define DAVY_DNS_AT_OWNER 5
#define DAVY_DNS_AT_POINTER 6
#define DAVY_DNS_AT_FIXED 7 /* TYPE, CLASS, TTL, RDLENGTH */
#define DAVY_DNS_AT_DATA 8

struct davy_dns_state {
    __u8 brought; /* DAVY_DNS_OPEN … */
    __u8 done;    /* 1: nothing more is read; `brought` may still be an address */
    __u8 answer;  /* 1: an answer is read, 0: a question */
    __u8 reserved;
    __u16 at;      /* DAVY_DNS_AT_* */
    __u16 left;    /* bytes of that part still to come */
    __u16 passed;  /* bytes of it so far */
    __u16 records; /* of the answer section, still to come */
    __u16 type;
    __u16 kind; /* CLASS */
    __u16 size; /* RDLENGTH */
    __u16 id;
    __u32 ttl;                  /* seconds, as sent */
    __u8 address[16];           /* IPv4 mapped */
    __u64 hash;                 /* of the name so far, without regard to case */
    struct davy_host_name name; /* dots between labels, none at the end */
};

/* A TCP stream's first bytes, as far as they tell: a message's length (4.2.2), its id, flags and
 * number of questions. */
#define DAVY_DNS_STREAM_HEAD 8
#define DAVY_DNS_QUERY_MOST 4096 /* bytes of a question; no name, key or cookie needs more */

/* Whether a stream to port 53 is DNS: `size` payload bytes have come in its first segment, of which
 * `head` has the first. A client sends a question in one piece, or its length before it. */
static inline __u8 davy_dns_is_stream(const __u8 *head, __u32 size, __u8 answer)
{
    __u32 length = (__u32)head[0] << 8 | head[1];
    __u8 operation = head[4] >> 3 & 15;

    if (size < 2)
        return head[0] < DAVY_DNS_QUERY_MOST >> 8;
    if (length < 12)
        return 0;
    if (size < DAVY_DNS_STREAM_HEAD)
        return length < 1024;
    if (head[4] >> 7 != answer || (head[5] & 0x40))
        return 0;
    if (answer)
        return 1;
    /* A query, a notification or an update (RFC 1996, 2136): of one question, or one zone. */
    return length < DAVY_DNS_QUERY_MOST && size >= length + 2 && !head[6] && head[7] == 1 &&
           (operation == 0 || operation == 4 || operation == 5);
}

static inline void davy_dns_go(struct davy_dns_state *dns, __u16 at, __u16 left)
{
    dns->at = at;
    dns->left = left;
    dns->passed = 0;
}

static inline void davy_dns_begin(struct davy_dns_state *dns, __u8 answer)
{
    __builtin_memset(dns, 0, sizeof(*dns));
    dns->answer = answer;
    dns->hash = DAVY_HASH_BEGIN;
    davy_dns_go(dns, DAVY_DNS_AT_HEADER, 12);
}

static inline void davy_dns_refuse(struct davy_dns_state *dns)
{
    dns->brought = DAVY_DNS_BAD;
    dns->done = 1;
}

/* Only a plain message with one question counts. The records of a truncated answer are true; the
 * rest comes by TCP. */
static inline void davy_dns_header(struct davy_dns_state *dns, __u16 index, __u8 byte)
{
    if (index < 2)
        dns->id = (__u16)(dns->id << 8 | byte);
    if (index == 2 && (byte & 0xf8) != (dns->answer ? 0x80 : 0)) /* QR, OPCODE 0 */
        davy_dns_refuse(dns);
    if (index == 3 && (byte & 0x0f)) /* RCODE */
        davy_dns_refuse(dns);
    if ((index == 4 && byte) || (index == 5 && byte != 1)) /* QDCOUNT */
        davy_dns_refuse(dns);
    if (index == 6 && byte) /* ANCOUNT */
        dns->records = DAVY_DNS_RECORDS_MAX;
    if (index == 7) {
        if (!dns->records)
            dns->records = byte < DAVY_DNS_RECORDS_MAX ? byte : DAVY_DNS_RECORDS_MAX;
        if (!dns->records && dns->answer)
            davy_dns_refuse(dns); /* says nothing */
    }
    if (!dns->left)
        davy_dns_go(dns, DAVY_DNS_AT_QNAME_SIZE, 1);
}

static inline void davy_dns_append(struct davy_dns_state *dns, __u8 letter)
{
    davy_host_append(&dns->name, letter);
    dns->hash = davy_suffix_step(dns->hash, letter);
    if (dns->name.broken)
        davy_dns_refuse(dns); /* longer than a name can be */
}

static inline void davy_dns_qname_size(struct davy_dns_state *dns, __u8 byte)
{
    if (!byte) {
        davy_dns_go(dns, DAVY_DNS_AT_QTAIL, 4);
        return;
    }
    if (byte > 63) { /* compressed: nothing comes before it to point at */
        davy_dns_refuse(dns);
        return;
    }
    if (dns->name.length)
        davy_dns_append(dns, '.');
    davy_dns_go(dns, DAVY_DNS_AT_QNAME, byte);
}

/* A label may contain any byte, even a dot (RFC 2181 section 11): "get.example" in one label must
 * not count as two. A byte that no host name has ends the reading. */
static inline void davy_dns_qname(struct davy_dns_state *dns, __u8 byte)
{
    if (byte == '.')
        davy_dns_refuse(dns);
    else
        davy_dns_append(dns, byte);
    if (!dns->left)
        davy_dns_go(dns, DAVY_DNS_AT_QNAME_SIZE, 1);
}

static inline void davy_dns_qtail(struct davy_dns_state *dns, __u16 index, __u8 byte)
{
    if (index < 2)
        dns->type = (__u16)(dns->type << 8 | byte);
    else
        dns->kind = (__u16)(dns->kind << 8 | byte);
    if (dns->left)
        return;
    if (dns->kind != DAVY_DNS_CLASS_IN || !dns->name.length) {
        davy_dns_refuse(dns);
        return;
    }
    /* A question counts by itself, whatever record it asks for (HTTPS records have addresses too).
     */
    if (dns->answer && dns->type != DAVY_DNS_TYPE_A && dns->type != DAVY_DNS_TYPE_AAAA) {
        davy_dns_refuse(dns);
        return;
    }
    dns->brought = DAVY_DNS_QUESTION;
    dns->done = !dns->answer;
    davy_dns_go(dns, DAVY_DNS_AT_OWNER_SIZE, 1);
}

static inline void davy_dns_owner_size(struct davy_dns_state *dns, __u8 byte)
{
    if (!byte)
        davy_dns_go(dns, DAVY_DNS_AT_FIXED, 10);
    else if ((byte & 0xc0) == 0xc0)
        davy_dns_go(dns, DAVY_DNS_AT_POINTER, 1);
    else if (byte > 63)
        davy_dns_refuse(dns);
    else
        davy_dns_go(dns, DAVY_DNS_AT_OWNER, byte);
}

static inline void davy_dns_record_ends(struct davy_dns_state *dns)
{
    davy_dns_go(dns, DAVY_DNS_AT_OWNER_SIZE, 1);
    dns->records--;
    if (!dns->records)
        dns->done = 1;
}

static inline void davy_dns_fixed(struct davy_dns_state *dns, __u16 index, __u8 byte)
{
    if (index < 2)
        dns->type = (__u16)(dns->type << 8 | byte);
    else if (index < 4)
        dns->kind = (__u16)(dns->kind << 8 | byte);
    else if (index < 8)
        dns->ttl = dns->ttl << 8 | byte;
    else
        dns->size = (__u16)(dns->size << 8 | byte);
    if (dns->left)
        return;
    for (int i = 0; i < 16; i++)
        dns->address[i] = dns->size == 4 && (i == 10 || i == 11) ? 0xff : 0;
    if (dns->size)
        davy_dns_go(dns, DAVY_DNS_AT_DATA, dns->size);
    else
        davy_dns_record_ends(dns);
}

static inline __u32 davy_dns_is_address(const struct davy_dns_state *dns)
{
    if (dns->kind != DAVY_DNS_CLASS_IN)
        return 0;
    return (dns->type == DAVY_DNS_TYPE_A && dns->size == 4) ||
           (dns->type == DAVY_DNS_TYPE_AAAA && dns->size == 16);
}

static inline void davy_dns_data(struct davy_dns_state *dns, __u16 index, __u8 byte)
{
    __u32 is_address = davy_dns_is_address(dns);

    if (is_address)
        dns->address[(dns->size == 4 ? index + 12 : index) & 15] = byte;
    if (dns->left)
        return;
    if (is_address)
        dns->brought = DAVY_DNS_ADDRESS;
    davy_dns_record_ends(dns);
}

/* The next byte of a message; none after `done`. */
static inline void davy_dns_step(struct davy_dns_state *dns, __u8 byte)
{
    __u16 index = dns->passed++;

    dns->brought = DAVY_DNS_OPEN;
    dns->left--;
    switch (dns->at) {
    case DAVY_DNS_AT_HEADER: davy_dns_header(dns, index, byte); break;
    case DAVY_DNS_AT_QNAME_SIZE: davy_dns_qname_size(dns, byte); break;
    case DAVY_DNS_AT_QNAME: davy_dns_qname(dns, byte); break;
    case DAVY_DNS_AT_QTAIL: davy_dns_qtail(dns, index, byte); break;
    case DAVY_DNS_AT_OWNER_SIZE: davy_dns_owner_size(dns, byte); break;
    case DAVY_DNS_AT_FIXED: davy_dns_fixed(dns, index, byte); break;
    case DAVY_DNS_AT_DATA: davy_dns_data(dns, index, byte); break;
    case DAVY_DNS_AT_OWNER: /* its letters are skipped */
        if (!dns->left)
            davy_dns_go(dns, DAVY_DNS_AT_OWNER_SIZE, 1);
        break;
    default: /* DAVY_DNS_AT_POINTER: the name goes on elsewhere, and ends here */
        if (!dns->left)
            davy_dns_go(dns, DAVY_DNS_AT_FIXED, 10);
    }
}

/* How long an address counts. A TTL with its top bit set is 0 (RFC 2181 section 8). */
static inline __u32 davy_dns_lasts_s(const struct davy_dns_state *dns)
{
    if (dns->ttl & 0x80000000u || dns->ttl < DAVY_DNS_TTL_LEAST_S)
        return DAVY_DNS_TTL_LEAST_S;
    return dns->ttl > DAVY_DNS_TTL_MOST_S ? DAVY_DNS_TTL_MOST_S : dns->ttl;
}
