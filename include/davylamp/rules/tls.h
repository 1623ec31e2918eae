/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads a TLS ClientHello (RFC 8446 4.1.2, and older ones like it), a byte at a time: the server's
 * name that it asks for (SNI, RFC 6066 3) and the protocols that it offers (ALPN, RFC 7301 3.1). A
 * hello may lie in several records (RFC 8446 5.1). Nothing after it is read. */
#pragma once

#include <linux/types.h>

#include "davylamp/rules/host_name.h"
#include "davylamp/rules/name_hash.h"

/* What the last byte brought. */
#define DAVY_HELLO_OPEN 0
#define DAVY_HELLO_NAME 1     /* the name is complete */
#define DAVY_HELLO_PROTOCOL 2 /* a protocol and its hash are complete */
#define DAVY_HELLO_OVER 3     /* the hello is over, or this is none */

#define DAVY_TLS_HANDSHAKE 0x16 /* the first byte of a record */
#define DAVY_TLS_CLIENT_HELLO 1
#define DAVY_TLS_SERVER_NAME 0 /* extensions */
#define DAVY_TLS_ALPN 16

/* What the next byte of the handshake belongs to. A length is read as a number of `left` bytes;
 * what it is the length of follows. */
#define DAVY_HELLO_AT_TYPE 0
#define DAVY_HELLO_AT_FIXED 1 /* length, version, random */
#define DAVY_HELLO_AT_SESSION_SIZE 2
#define DAVY_HELLO_AT_SESSION 3
#define DAVY_HELLO_AT_CIPHERS_SIZE 4
#define DAVY_HELLO_AT_CIPHERS 5
#define DAVY_HELLO_AT_METHODS_SIZE 6
#define DAVY_HELLO_AT_METHODS 7
#define DAVY_HELLO_AT_EXTENSIONS_SIZE 8
#define DAVY_HELLO_AT_EXTENSION 9 /* type */
#define DAVY_HELLO_AT_EXTENSION_SIZE 10
#define DAVY_HELLO_AT_SKIPPED 11       /* an extension's data, to its end */
#define DAVY_HELLO_AT_LIST 12          /* the size of the list, in SNI and ALPN */
#define DAVY_HELLO_AT_NAME_TYPE 13     /* SNI: 0, a host name … */
#define DAVY_HELLO_AT_NAME_SIZE 14     /* … its size … */
#define DAVY_HELLO_AT_NAME 15          /* … and the name */
#define DAVY_HELLO_AT_PROTOCOL_SIZE 16 /* ALPN */
#define DAVY_HELLO_AT_PROTOCOL 17

struct davy_hello {
    __u64 hash;       /* of the protocol so far (rules/name_hash.h) */
    __u32 extensions; /* bytes of extensions still to come */
    __u16 record;     /* bytes of this record still to come */
    __u16 value;      /* the number being read */
    __u16 left;       /* bytes of this part still to come */
    __u16 within;     /* bytes of this extension still to come */
    __u16 extension;  /* its type */
    __u8 at;          /* DAVY_HELLO_AT_* */
    __u8 header;      /* bytes of a record's header still to come */
};
DAVY_SIZE(davy_hello, 24);

static inline void davy_hello_begin(struct davy_hello *hello)
{
    __builtin_memset(hello, 0, sizeof(*hello));
    hello->header = 5;
    hello->left = 1;
}

static inline void davy_hello_go(struct davy_hello *hello, __u8 at, __u16 left)
{
    hello->at = at;
    hello->left = left;
    hello->value = 0;
}

/* A number is complete: begins the part of that size, or what comes next. */
static inline __u8 davy_hello_number(struct davy_hello *hello, struct davy_host_name *name)
{
    const __u16 value = hello->value;

    switch (hello->at) {
    case DAVY_HELLO_AT_SESSION_SIZE:
        davy_hello_go(hello, value ? DAVY_HELLO_AT_SESSION : DAVY_HELLO_AT_CIPHERS_SIZE,
                      value ? value : 2);
        break;
    case DAVY_HELLO_AT_CIPHERS_SIZE:
        davy_hello_go(hello, value ? DAVY_HELLO_AT_CIPHERS : DAVY_HELLO_AT_METHODS_SIZE,
                      value ? value : 1);
        break;
    case DAVY_HELLO_AT_METHODS_SIZE:
        davy_hello_go(hello, value ? DAVY_HELLO_AT_METHODS : DAVY_HELLO_AT_EXTENSIONS_SIZE,
                      value ? value : 2);
        break;
    case DAVY_HELLO_AT_EXTENSIONS_SIZE:
        hello->extensions = value;
        davy_hello_go(hello, DAVY_HELLO_AT_EXTENSION, 2);
        return value ? DAVY_HELLO_OPEN : DAVY_HELLO_OVER;
    case DAVY_HELLO_AT_EXTENSION:
        hello->extension = value;
        davy_hello_go(hello, DAVY_HELLO_AT_EXTENSION_SIZE, 2);
        break;
    case DAVY_HELLO_AT_EXTENSION_SIZE:
        hello->within = value;
        if (!value)
            davy_hello_go(hello, DAVY_HELLO_AT_EXTENSION, 2);
        else if (hello->extension == DAVY_TLS_SERVER_NAME || hello->extension == DAVY_TLS_ALPN)
            davy_hello_go(hello, DAVY_HELLO_AT_LIST, 2);
        else
            davy_hello_go(hello, DAVY_HELLO_AT_SKIPPED, value);
        break;
    case DAVY_HELLO_AT_LIST:
        if (hello->extension == DAVY_TLS_ALPN)
            davy_hello_go(hello, DAVY_HELLO_AT_PROTOCOL_SIZE, 1);
        else
            davy_hello_go(hello, DAVY_HELLO_AT_NAME_TYPE, 1);
        break;
    case DAVY_HELLO_AT_NAME_TYPE:
        if (value)
            davy_hello_go(hello, DAVY_HELLO_AT_SKIPPED, 0xffff); /* no host name */
        else
            davy_hello_go(hello, DAVY_HELLO_AT_NAME_SIZE, 2);
        break;
    case DAVY_HELLO_AT_NAME_SIZE:
        if (name)
            davy_host_begin(name);
        davy_hello_go(hello, DAVY_HELLO_AT_NAME, value ? value : 0xffff);
        break;
    default: /* DAVY_HELLO_AT_PROTOCOL_SIZE */
        if (name)
            davy_host_begin(name);
        hello->hash = DAVY_HASH_BEGIN;
        davy_hello_go(hello, DAVY_HELLO_AT_PROTOCOL, value ? value : 0xffff);
    }
    return DAVY_HELLO_OPEN;
}

/* A part of `left` bytes is over. */
static inline __u8 davy_hello_part(struct davy_hello *hello)
{
    switch (hello->at) {
    case DAVY_HELLO_AT_FIXED: davy_hello_go(hello, DAVY_HELLO_AT_SESSION_SIZE, 1); break;
    case DAVY_HELLO_AT_SESSION: davy_hello_go(hello, DAVY_HELLO_AT_CIPHERS_SIZE, 2); break;
    case DAVY_HELLO_AT_CIPHERS: davy_hello_go(hello, DAVY_HELLO_AT_METHODS_SIZE, 1); break;
    case DAVY_HELLO_AT_METHODS: davy_hello_go(hello, DAVY_HELLO_AT_EXTENSIONS_SIZE, 2); break;
    case DAVY_HELLO_AT_NAME:
        davy_hello_go(hello, DAVY_HELLO_AT_SKIPPED, 0xffff); /* only one name is allowed */
        return DAVY_HELLO_NAME;
    case DAVY_HELLO_AT_PROTOCOL:
        davy_hello_go(hello, DAVY_HELLO_AT_PROTOCOL_SIZE, 1);
        return DAVY_HELLO_PROTOCOL;
    default: break; /* DAVY_HELLO_AT_SKIPPED: the extension's end moves on */
    }
    return DAVY_HELLO_OPEN;
}

static inline __u8 davy_hello_is_number(__u8 at)
{
    return at == DAVY_HELLO_AT_SESSION_SIZE || at == DAVY_HELLO_AT_CIPHERS_SIZE ||
           at == DAVY_HELLO_AT_METHODS_SIZE ||
           (at >= DAVY_HELLO_AT_EXTENSIONS_SIZE && at != DAVY_HELLO_AT_SKIPPED &&
            at != DAVY_HELLO_AT_NAME && at != DAVY_HELLO_AT_PROTOCOL);
}

/* A byte of the handshake, without record headers. */
static inline __u8 davy_hello_handshake(struct davy_hello *hello, struct davy_host_name *name,
                                        __u8 byte)
{
    const __u8 at = hello->at, in_extensions = at >= DAVY_HELLO_AT_EXTENSION;
    const __u8 in_extension = at > DAVY_HELLO_AT_EXTENSION_SIZE;
    __u8 brought = DAVY_HELLO_OPEN;

    if (at == DAVY_HELLO_AT_TYPE) {
        davy_hello_go(hello, DAVY_HELLO_AT_FIXED, 3 + 2 + 32);
        return byte == DAVY_TLS_CLIENT_HELLO ? DAVY_HELLO_OPEN : DAVY_HELLO_OVER;
    }
    if (in_extensions)
        hello->extensions--;
    if (in_extension)
        hello->within--;
    if (at == DAVY_HELLO_AT_NAME && name)
        davy_host_append(name, byte);
    if (at == DAVY_HELLO_AT_PROTOCOL) {
        hello->hash = davy_hash_step(hello->hash, byte);
        if (name)
            davy_host_show(name, byte);
    }
    hello->left--;
    hello->value = (__u16)(hello->value << 8 | byte);
    if (!hello->left)
        brought =
            davy_hello_is_number(at) ? davy_hello_number(hello, name) : davy_hello_part(hello);
    if (in_extensions && !hello->extensions && brought == DAVY_HELLO_OPEN)
        return DAVY_HELLO_OVER;
    if (in_extension && !hello->within)
        davy_hello_go(hello, DAVY_HELLO_AT_EXTENSION, 2);
    return brought;
}

/* The next byte of a flow that began with DAVY_TLS_HANDSHAKE, that byte included. `name` takes the
 * name, then each protocol; NULL where nobody asks. */
static inline __attribute__((always_inline)) __u8
davy_hello_step(struct davy_hello *hello, struct davy_host_name *name, __u8 byte)
{
    if (hello->header) {
        if (hello->header == 5 && byte != DAVY_TLS_HANDSHAKE)
            return DAVY_HELLO_OVER;
        hello->header--;
        hello->record = (__u16)(hello->record << 8 | byte);
        return !hello->header && !hello->record ? DAVY_HELLO_OVER : DAVY_HELLO_OPEN;
    }
    if (!--hello->record)
        hello->header = 5;
    return davy_hello_handshake(hello, name, byte);
}
