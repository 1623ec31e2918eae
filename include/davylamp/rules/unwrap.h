/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Takes a TCP flow's wrapping away: SOCKS4, 4a (the OpenSSH project's socks4a.protocol) and 5 (RFC
 * 1928, 1929), HTTP CONNECT (RFC 9110 9.3.6), WebSocket (RFC 6455), TLS up to its hello
 * (rules/tls.h); one in the other, DAVY_WRAPS_MAX deep. A header of the PROXY protocol, version 1
 * or 2 (HAProxy's proxy-protocol.txt), may stand before each. A byte at a time, like
 * rules/stratum.h, which gets what lies inside.
 *
 * The client's bytes show what the wrapping is; the server's are read accordingly, since an answer
 * means nothing without its question. */
#pragma once

#include "davylamp/abi/record.h"
#include "davylamp/rules/host_name.h"
#include "davylamp/rules/name_hash.h"
#include "davylamp/rules/tls.h"

/* What the last byte was, or brought. */
#define DAVY_BYTE_WRAPPING 0
#define DAVY_BYTE_INNER 1    /* side[].byte belongs to what is inside */
#define DAVY_BYTE_NAME 2     /* a proxy's target host is complete */
#define DAVY_BYTE_ADDRESS 3  /* the same, by address */
#define DAVY_BYTE_SERVER 4   /* the TLS server's name is complete */
#define DAVY_BYTE_PROTOCOL 5 /* a protocol that TLS offers is complete; hello.hash */
#define DAVY_BYTE_OTHER 6    /* something that is not read here */

/* What the next byte belongs to. */
#define DAVY_AT_BEGIN 0 /* nothing is known yet of this layer */
#define DAVY_AT_INNER 1
#define DAVY_AT_TLS 2
#define DAVY_AT_METHOD 3 /* HTTP: of the request line */
#define DAVY_AT_TARGET 4 /* CONNECT's host */
#define DAVY_AT_LINE 5   /* the rest of the first line */
#define DAVY_AT_HEADER 6
#define DAVY_AT_SOCKS5_COUNT 7
#define DAVY_AT_SOCKS5_METHODS 8
#define DAVY_AT_SOCKS5_NEXT 9 /* the user's name (RFC 1929), or the request */
#define DAVY_AT_SOCKS5_USER_SIZE 10
#define DAVY_AT_SOCKS5_USER 11
#define DAVY_AT_SOCKS5_PASSWORD_SIZE 12
#define DAVY_AT_SOCKS5_PASSWORD 13
#define DAVY_AT_SOCKS5_REQUEST 14
#define DAVY_AT_SOCKS5_KIND 15 /* of address */
#define DAVY_AT_SOCKS5_NAME_SIZE 16
#define DAVY_AT_SOCKS5_NAME 17
#define DAVY_AT_ADDRESS 18
#define DAVY_AT_PORT 19
#define DAVY_AT_SOCKS4_FIXED 20 /* command and port */
#define DAVY_AT_SOCKS4_ADDRESS 21
#define DAVY_AT_SOCKS4_USER 22
#define DAVY_AT_SOCKS4_NAME 23
#define DAVY_AT_SOCKS4_ANSWER 24
#define DAVY_AT_SOCKS5_CHOICE 25 /* the server's: of a method … */
#define DAVY_AT_SOCKS5_ADMITTED 26
#define DAVY_AT_SOCKS5_ANSWER 27
#define DAVY_AT_PROXY_LINE 28  /* the PROXY protocol: the rest of version 1's line … */
#define DAVY_AT_PROXY_SIGN 29  /* … or of version 2's signature … */
#define DAVY_AT_PROXY_FIXED 30 /* … its command and family … */
#define DAVY_AT_PROXY_SIZE 31
#define DAVY_AT_PROXY_REST 32 /* … addresses and TLVs */
#define DAVY_AT_FRAME 33      /* WebSocket: of each frame */
#define DAVY_AT_FRAME_SIZE 34
#define DAVY_AT_FRAME_LONG_SIZE 35
#define DAVY_AT_FRAME_MASK 36
#define DAVY_AT_FRAME_DATA 37

/* Bytes of a request's header lines; a longer head is no handshake. */
#define DAVY_HEAD_MAX 16384
/* Bytes of the PROXY protocol's line, its line feed included (section 2.1). */
#define DAVY_PROXY_LINE_MAX 107

/* Hashes as in rules/name_hash.h; a unit test compares them with their texts. A header line is
 * hashed in lower case and without its blanks. */
#define DAVY_HTTP_CONNECT 0xc09b4a14fc824b19ull /* CONNECT */
#define DAVY_HTTP_GET 0xea7e631998067e17ull     /* GET */
#define DAVY_HTTP_UPGRADE 0xa7ed82d29bab08beull /* upgrade:websocket */
#define DAVY_PROXY_WORD DAVY_HASH_OF("PROXY")
/* Version 2's signature, behind two blank lines and a NUL. */
#define DAVY_PROXY_SIGNATURE DAVY_HASH_OF("\r\nQUIT\n")

/* One direction. */
struct davy_unwrap_side {
    __u64 hash; /* of the method, or of the header line so far */
    __u64 size; /* of a frame's data, still to come */
    __u16 left; /* bytes of this part still to come */
    __u16 head; /* bytes of this head so far */
    __u8 at;    /* DAVY_AT_* */
    __u8 layer; /* how many wrappings have ended */
    __u8 value; /* the part's last byte but one, or whether a 4a name follows */
    __u8 frame; /* the first byte of this WebSocket frame */
    __u8 mask[4];
    __u8 masked;
    __u8 turn; /* of the mask */
    __u8 upgrades;
    __u8 byte; /* of DAVY_BYTE_INNER */
};
DAVY_SIZE(davy_unwrap_side, 32);

/* The kernel may read both directions at once: a server's segment interrupts what its client sends,
 * or comes to another CPU. So each direction writes only its own side, and the client's also writes
 * all the rest. */
struct davy_unwrap {
    struct davy_unwrap_side side[2]; /* by DAVY_TO_* */
    struct davy_hello hello;         /* the client's */
    __u8 address[16];                /* of DAVY_BYTE_ADDRESS, IPv4 mapped */
    __u8 wraps[DAVY_WRAPS_MAX];      /* DAVY_WRAP_*, as the client has shown them */
    __u8 count;
    __u8 reserved[3];
};
DAVY_SIZE(davy_unwrap, 112);

/* A direction begins. It leaves the other alone, which may be under way. */
static inline void davy_unwrap_begin(struct davy_unwrap *u, __u8 direction)
{
    __builtin_memset(&u->side[direction & 1], 0, sizeof(u->side[0]));
    if (direction != DAVY_TO_SERVER)
        return;
    __builtin_memset(u->address, 0, sizeof(u->address));
    __builtin_memset(u->wraps, 0, sizeof(u->wraps));
    u->count = 0;
    davy_hello_begin(&u->hello);
}

/* The beginning of the flow was not seen: its wrapping cannot be known any more. */
static inline void davy_unwrap_inner(struct davy_unwrap *u, __u8 direction)
{
    u->side[direction & 1].at = DAVY_AT_INNER;
}

static inline void davy_unwrap_go(struct davy_unwrap_side *side, __u8 at, __u16 left)
{
    side->at = at;
    side->left = left;
}

/* The client has shown what it wraps in. */
static inline void davy_unwrap_shown(struct davy_unwrap *u, __u8 wrap)
{
    if (u->count < DAVY_WRAPS_MAX)
        u->wraps[u->count & (DAVY_WRAPS_MAX - 1)] = wrap;
    u->count++;
}

/* This direction's handshake is over: something else begins. */
static inline __u8 davy_unwrap_next(struct davy_unwrap_side *side)
{
    side->layer++;
    side->head = 0;
    davy_unwrap_go(side, DAVY_AT_BEGIN, 0);
    return side->layer < DAVY_WRAPS_MAX ? DAVY_BYTE_WRAPPING : DAVY_BYTE_OTHER;
}

static inline __u8 davy_unwrap_inside(struct davy_unwrap_side *side, __u8 byte)
{
    davy_unwrap_go(side, DAVY_AT_INNER, 0);
    side->byte = byte;
    return DAVY_BYTE_INNER;
}

static inline __u8 davy_is_blank(__u8 byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* The first byte of a layer that a client sends. Blank lines first are accepted, as pools and HTTP
 * servers do. */
static inline __u8 davy_unwrap_client(struct davy_unwrap *u, struct davy_unwrap_side *side,
                                      __u8 byte)
{
    if (byte == '{' || byte == '[')
        return davy_unwrap_inside(side, byte);
    if (davy_is_blank(byte))
        return DAVY_BYTE_WRAPPING;
    if (byte == DAVY_TLS_HANDSHAKE) {
        davy_unwrap_shown(u, DAVY_WRAP_TLS);
        davy_unwrap_go(side, DAVY_AT_TLS, 0);
        davy_hello_step(&u->hello, 0, byte);
        return DAVY_BYTE_WRAPPING;
    }
    if (byte == 5) {
        davy_unwrap_shown(u, DAVY_WRAP_SOCKS5);
        davy_unwrap_go(side, DAVY_AT_SOCKS5_COUNT, 0);
        return DAVY_BYTE_WRAPPING;
    }
    if (byte == 4) {
        davy_unwrap_shown(u, DAVY_WRAP_SOCKS4);
        davy_unwrap_go(side, DAVY_AT_SOCKS4_FIXED, 3);
        return DAVY_BYTE_WRAPPING;
    }
    if (!byte) {
        side->hash = DAVY_HASH_BEGIN;
        davy_unwrap_go(side, DAVY_AT_PROXY_SIGN, sizeof("\r\nQUIT\n") - 1);
        return DAVY_BYTE_WRAPPING;
    }
    if ((__u8)(byte - 'A') >= 26)
        return DAVY_BYTE_OTHER;
    side->hash = davy_hash_step(DAVY_HASH_BEGIN, byte);
    davy_unwrap_go(side, DAVY_AT_METHOD, 8);
    return DAVY_BYTE_WRAPPING;
}

/* The first byte of a layer that a server sends. The client has shown what it is; what a server
 * says before the client has said anything is not wrapped. */
static inline __u8 davy_unwrap_server(struct davy_unwrap *u, struct davy_unwrap_side *side,
                                      __u8 byte)
{
    if (side->layer >= u->count)
        return davy_unwrap_inside(side, byte);
    switch (u->wraps[side->layer & (DAVY_WRAPS_MAX - 1)]) {
    case DAVY_WRAP_SOCKS4: davy_unwrap_go(side, DAVY_AT_SOCKS4_ANSWER, 7); break;
    case DAVY_WRAP_SOCKS5: davy_unwrap_go(side, DAVY_AT_SOCKS5_CHOICE, 1); break;
    case DAVY_WRAP_TLS: davy_unwrap_go(side, DAVY_AT_TLS, 0); break;
    default: davy_unwrap_go(side, DAVY_AT_LINE, 0); break;
    }
    return DAVY_BYTE_WRAPPING;
}

static inline __u8 davy_unwrap_tls(struct davy_unwrap *u, struct davy_host_name *name, __u8 byte)
{
    switch (davy_hello_step(&u->hello, name, byte)) {
    case DAVY_HELLO_OPEN: return DAVY_BYTE_WRAPPING;
    case DAVY_HELLO_NAME: return DAVY_BYTE_SERVER;
    case DAVY_HELLO_PROTOCOL: return DAVY_BYTE_PROTOCOL;
    default: return DAVY_BYTE_OTHER;
    }
}

/* The head of a request or an answer is over. */
static inline __u8 davy_unwrap_head_ends(struct davy_unwrap *u, struct davy_unwrap_side *side,
                                         __u8 direction)
{
    __u8 wrap;

    if (direction == DAVY_TO_SERVER && side->upgrades) {
        davy_unwrap_shown(u, DAVY_WRAP_WEBSOCKET);
        davy_unwrap_go(side, DAVY_AT_FRAME, 0);
        return DAVY_BYTE_WRAPPING;
    }
    wrap = side->layer < u->count ? u->wraps[side->layer & (DAVY_WRAPS_MAX - 1)] : DAVY_WRAP_NONE;
    if (wrap == DAVY_WRAP_CONNECT)
        return davy_unwrap_next(side);
    if (wrap != DAVY_WRAP_WEBSOCKET)
        return DAVY_BYTE_OTHER; /* any other HTTP */
    davy_unwrap_go(side, DAVY_AT_FRAME, 0);
    return DAVY_BYTE_WRAPPING;
}

static inline __u8 davy_unwrap_http(struct davy_unwrap *u, struct davy_unwrap_side *side,
                                    struct davy_host_name *name, __u8 direction, __u8 byte)
{
    if (++side->head > DAVY_HEAD_MAX)
        return DAVY_BYTE_OTHER;
    switch (side->at) {
    case DAVY_AT_METHOD:
        if (byte != ' ') {
            side->hash = davy_hash_step(side->hash, byte);
            return --side->left ? DAVY_BYTE_WRAPPING : DAVY_BYTE_OTHER;
        }
        side->upgrades = 0;
        if (side->hash == DAVY_HTTP_GET) {
            davy_unwrap_go(side, DAVY_AT_LINE, 0);
            return DAVY_BYTE_WRAPPING;
        }
        if (side->hash == DAVY_PROXY_WORD) {
            davy_unwrap_go(side, DAVY_AT_PROXY_LINE, 0);
            return DAVY_BYTE_WRAPPING;
        }
        if (side->hash != DAVY_HTTP_CONNECT)
            return DAVY_BYTE_OTHER;
        davy_unwrap_shown(u, DAVY_WRAP_CONNECT);
        davy_unwrap_go(side, DAVY_AT_TARGET, 0);
        if (name)
            davy_host_begin(name);
        return DAVY_BYTE_WRAPPING;
    case DAVY_AT_TARGET:
        if (byte != ':' && byte != ' ' && byte != '\n') {
            if (name)
                davy_host_append(name, byte);
            return DAVY_BYTE_WRAPPING;
        }
        davy_unwrap_go(side, DAVY_AT_LINE, 0);
        return DAVY_BYTE_NAME;
    case DAVY_AT_LINE:
        if (byte == '\n') {
            davy_unwrap_go(side, DAVY_AT_HEADER, 0);
            side->hash = DAVY_HASH_BEGIN;
        }
        return DAVY_BYTE_WRAPPING;
    default: /* DAVY_AT_HEADER; left: characters of this line that are no blanks, or 1 */
        if (byte == '\n') {
            if (!side->left)
                return davy_unwrap_head_ends(u, side, direction);
            if (side->hash == DAVY_HTTP_UPGRADE)
                side->upgrades = 1;
            side->left = 0;
            side->hash = DAVY_HASH_BEGIN;
        } else if (!davy_is_blank(byte)) {
            side->left = 1;
            side->hash = davy_hash_step(side->hash, davy_host_letter(byte));
        }
        return DAVY_BYTE_WRAPPING;
    }
}

/* A byte of an address. The client's is kept; the server's is skipped. */
static inline __u8 davy_unwrap_address(struct davy_unwrap *u, struct davy_unwrap_side *side,
                                       __u8 direction, __u8 byte)
{
    if (direction == DAVY_TO_SERVER)
        u->address[(16 - side->left) & 15] = byte;
    if (--side->left)
        return DAVY_BYTE_WRAPPING;
    return DAVY_BYTE_ADDRESS;
}

/* IPv4 goes to its place in a mapped address. */
static inline void davy_unwrap_address_begins(struct davy_unwrap *u, struct davy_unwrap_side *side,
                                              __u8 direction, __u8 at, __u16 size)
{
    for (int i = 0; i < 16 && direction == DAVY_TO_SERVER; i++)
        u->address[i] = size == 4 && (i == 10 || i == 11) ? 0xff : 0;
    davy_unwrap_go(side, at, size);
}

/* The parts of SOCKS that are skipped, and what follows each. */
static inline __u8 davy_unwrap_skip(struct davy_unwrap_side *side, __u8 next, __u16 left)
{
    if (!--side->left)
        davy_unwrap_go(side, next, left);
    return DAVY_BYTE_WRAPPING;
}

static inline __u8 davy_unwrap_socks5(struct davy_unwrap *u, struct davy_unwrap_side *side,
                                      struct davy_host_name *name, __u8 direction, __u8 byte)
{
    switch (side->at) {
    case DAVY_AT_SOCKS5_COUNT:
        davy_unwrap_go(side, DAVY_AT_SOCKS5_METHODS, byte);
        return byte ? DAVY_BYTE_WRAPPING : DAVY_BYTE_OTHER;
    case DAVY_AT_SOCKS5_METHODS: return davy_unwrap_skip(side, DAVY_AT_SOCKS5_NEXT, 0);
    case DAVY_AT_SOCKS5_NEXT:
        if (byte == 1)
            davy_unwrap_go(side, DAVY_AT_SOCKS5_USER_SIZE, 0);
        else
            davy_unwrap_go(side, DAVY_AT_SOCKS5_REQUEST, 2);
        return byte == 1 || byte == 5 ? DAVY_BYTE_WRAPPING : DAVY_BYTE_OTHER;
    case DAVY_AT_SOCKS5_USER_SIZE:
        davy_unwrap_go(side, byte ? DAVY_AT_SOCKS5_USER : DAVY_AT_SOCKS5_PASSWORD_SIZE, byte);
        return DAVY_BYTE_WRAPPING;
    case DAVY_AT_SOCKS5_USER: return davy_unwrap_skip(side, DAVY_AT_SOCKS5_PASSWORD_SIZE, 0);
    case DAVY_AT_SOCKS5_PASSWORD_SIZE:
        davy_unwrap_go(side, byte ? DAVY_AT_SOCKS5_PASSWORD : DAVY_AT_SOCKS5_NEXT, byte);
        return DAVY_BYTE_WRAPPING;
    case DAVY_AT_SOCKS5_PASSWORD: return davy_unwrap_skip(side, DAVY_AT_SOCKS5_NEXT, 0);
    case DAVY_AT_SOCKS5_REQUEST:
        if (side->left == 2 && byte != 1) /* no CONNECT */
            return DAVY_BYTE_OTHER;
        return davy_unwrap_skip(side, DAVY_AT_SOCKS5_KIND, 0);
    case DAVY_AT_SOCKS5_KIND:
        if (byte == 3) {
            davy_unwrap_go(side, DAVY_AT_SOCKS5_NAME_SIZE, 0);
            return DAVY_BYTE_WRAPPING;
        }
        if (byte != 1 && byte != 4)
            return DAVY_BYTE_OTHER;
        davy_unwrap_address_begins(u, side, direction, DAVY_AT_ADDRESS, byte == 1 ? 4 : 16);
        return DAVY_BYTE_WRAPPING;
    case DAVY_AT_SOCKS5_NAME_SIZE:
        if (name)
            davy_host_begin(name);
        davy_unwrap_go(side, DAVY_AT_SOCKS5_NAME, byte);
        return byte ? DAVY_BYTE_WRAPPING : DAVY_BYTE_OTHER;
    default: /* DAVY_AT_SOCKS5_NAME */
        if (name)
            davy_host_append(name, byte);
        if (--side->left)
            return DAVY_BYTE_WRAPPING;
        davy_unwrap_go(side, DAVY_AT_PORT, 2);
        return DAVY_BYTE_NAME;
    }
}

static inline __attribute__((always_inline)) __u8 davy_unwrap_socks4(struct davy_unwrap *u,
                                                                     struct davy_unwrap_side *side,
                                                                     struct davy_host_name *name,
                                                                     __u8 byte)
{
    switch (side->at) {
    case DAVY_AT_SOCKS4_FIXED:
        if (side->left == 3 && byte != 1) /* no CONNECT */
            return DAVY_BYTE_OTHER;
        if (!--side->left)
            davy_unwrap_address_begins(u, side, DAVY_TO_SERVER, DAVY_AT_SOCKS4_ADDRESS, 4);
        return DAVY_BYTE_WRAPPING;
    case DAVY_AT_SOCKS4_ADDRESS:
        if (davy_unwrap_address(u, side, DAVY_TO_SERVER, byte) == DAVY_BYTE_WRAPPING)
            return DAVY_BYTE_WRAPPING;
        /* 0.0.0.x: a name follows (4a). */
        side->value = !u->address[12] && !u->address[13] && !u->address[14] && u->address[15];
        davy_unwrap_go(side, DAVY_AT_SOCKS4_USER, 0);
        return side->value ? DAVY_BYTE_WRAPPING : DAVY_BYTE_ADDRESS;
    case DAVY_AT_SOCKS4_USER:
        if (byte)
            return DAVY_BYTE_WRAPPING;
        if (!side->value)
            return davy_unwrap_next(side);
        if (name)
            davy_host_begin(name);
        davy_unwrap_go(side, DAVY_AT_SOCKS4_NAME, 0);
        return DAVY_BYTE_WRAPPING;
    default: /* DAVY_AT_SOCKS4_NAME */
        if (byte) {
            if (name)
                davy_host_append(name, byte);
            return DAVY_BYTE_WRAPPING;
        }
        return davy_unwrap_next(side) == DAVY_BYTE_OTHER ? DAVY_BYTE_OTHER : DAVY_BYTE_NAME;
    }
}

/* A SOCKS server's answers. */
static inline __attribute__((always_inline)) __u8
davy_unwrap_socks_answer(struct davy_unwrap_side *side, __u8 byte)
{
    switch (side->at) {
    case DAVY_AT_SOCKS5_CHOICE: /* 2: it asks for user and password */
        davy_unwrap_go(side, byte == 2 ? DAVY_AT_SOCKS5_ADMITTED : DAVY_AT_SOCKS5_ANSWER,
                       byte == 2 ? 2 : 3);
        return DAVY_BYTE_WRAPPING;
    case DAVY_AT_SOCKS5_ADMITTED: return davy_unwrap_skip(side, DAVY_AT_SOCKS5_ANSWER, 3);
    case DAVY_AT_SOCKS5_ANSWER: /* up to the kind of its address, which is read like the client's */
        return davy_unwrap_skip(side, DAVY_AT_SOCKS5_KIND, 0);
    default: /* DAVY_AT_SOCKS4_ANSWER */
        return --side->left ? DAVY_BYTE_WRAPPING : davy_unwrap_next(side);
    }
}

/* A PROXY header of the client. The server does not answer it, so it is no layer: what follows
 * begins as if nothing had stood before it. */
static inline __attribute__((always_inline)) __u8 davy_unwrap_proxy(struct davy_unwrap_side *side,
                                                                    __u8 byte)
{
    switch (side->at) {
    case DAVY_AT_PROXY_LINE:
        if (++side->head >= DAVY_PROXY_LINE_MAX)
            return DAVY_BYTE_OTHER;
        if (byte != '\n')
            return DAVY_BYTE_WRAPPING;
        break;
    case DAVY_AT_PROXY_SIGN:
        side->hash = davy_hash_step(side->hash, byte);
        if (--side->left)
            return DAVY_BYTE_WRAPPING;
        if (side->hash != DAVY_PROXY_SIGNATURE)
            return DAVY_BYTE_OTHER;
        davy_unwrap_go(side, DAVY_AT_PROXY_FIXED, 2);
        return DAVY_BYTE_WRAPPING;
    case DAVY_AT_PROXY_FIXED: side->size = 0; return davy_unwrap_skip(side, DAVY_AT_PROXY_SIZE, 2);
    case DAVY_AT_PROXY_SIZE:
        side->size = side->size << 8 | byte;
        if (--side->left)
            return DAVY_BYTE_WRAPPING;
        davy_unwrap_go(side, DAVY_AT_PROXY_REST, side->size);
        if (side->size)
            return DAVY_BYTE_WRAPPING;
        break;
    default: /* DAVY_AT_PROXY_REST */
        if (--side->left)
            return DAVY_BYTE_WRAPPING;
        break;
    }
    side->head = 0;
    davy_unwrap_go(side, DAVY_AT_BEGIN, 0);
    return DAVY_BYTE_WRAPPING;
}

static inline __u8 davy_frame_is_text(__u8 frame)
{
    /* Text, binary and what continues them; a reserved bit says that it is compressed. */
    return (frame & 0x0f) <= 2 && !(frame & 0x70);
}

static inline __u8 davy_unwrap_frame_sized(struct davy_unwrap_side *side)
{
    side->turn = 0;
    if (side->masked)
        davy_unwrap_go(side, DAVY_AT_FRAME_MASK, 4);
    else
        davy_unwrap_go(side, side->size ? DAVY_AT_FRAME_DATA : DAVY_AT_FRAME, 0);
    return DAVY_BYTE_WRAPPING;
}

static inline __u8 davy_unwrap_frames(struct davy_unwrap_side *side, __u8 byte)
{
    switch (side->at) {
    case DAVY_AT_FRAME:
        side->frame = byte;
        side->head = 0;
        davy_unwrap_go(side, DAVY_AT_FRAME_SIZE, 0);
        if (!davy_frame_is_text(byte) || !(byte & 0x0f))
            return DAVY_BYTE_WRAPPING;
        side->byte = '\n'; /* a new message begins, like a line */
        return DAVY_BYTE_INNER;
    case DAVY_AT_FRAME_SIZE:
        side->masked = byte >> 7;
        side->size = byte & 127;
        if (side->size < 126)
            return davy_unwrap_frame_sized(side);
        davy_unwrap_go(side, DAVY_AT_FRAME_LONG_SIZE, side->size == 126 ? 2 : 8);
        side->size = 0;
        return DAVY_BYTE_WRAPPING;
    case DAVY_AT_FRAME_LONG_SIZE:
        side->size = side->size << 8 | byte;
        return --side->left ? DAVY_BYTE_WRAPPING : davy_unwrap_frame_sized(side);
    case DAVY_AT_FRAME_MASK:
        side->mask[(4 - side->left) & 3] = byte;
        if (!--side->left)
            davy_unwrap_go(side, side->size ? DAVY_AT_FRAME_DATA : DAVY_AT_FRAME, 0);
        return DAVY_BYTE_WRAPPING;
    default: /* DAVY_AT_FRAME_DATA */
        side->byte = side->masked ? byte ^ side->mask[side->turn & 3] : byte;
        side->turn++;
        if (!--side->size)
            davy_unwrap_go(side, DAVY_AT_FRAME, 0);
        return davy_frame_is_text(side->frame) ? DAVY_BYTE_INNER : DAVY_BYTE_WRAPPING;
    }
}

/* The next byte of a flow in one direction. `name` takes the host that is asked for; NULL where
 * nobody asks. */
static inline __u8 davy_unwrap_step(struct davy_unwrap *u, struct davy_host_name *name,
                                    __u8 direction, __u8 byte)
{
    struct davy_unwrap_side *side = &u->side[direction & 1];
    const __u8 at = side->at;

    if (at == DAVY_AT_INNER) {
        side->byte = byte;
        return DAVY_BYTE_INNER;
    }
    if (at >= DAVY_AT_FRAME)
        return davy_unwrap_frames(side, byte);
    if (at == DAVY_AT_BEGIN)
        return direction == DAVY_TO_SERVER ? davy_unwrap_client(u, side, byte)
                                           : davy_unwrap_server(u, side, byte);
    if (at == DAVY_AT_TLS) /* a server's is encrypted, and comes after the client's */
        return direction == DAVY_TO_SERVER ? davy_unwrap_tls(u, name, byte) : DAVY_BYTE_WRAPPING;
    if (at <= DAVY_AT_HEADER)
        return davy_unwrap_http(u, side, name, direction, byte);
    if (at <= DAVY_AT_SOCKS5_NAME)
        return davy_unwrap_socks5(u, side, name, direction, byte);
    if (at == DAVY_AT_ADDRESS) {
        if (davy_unwrap_address(u, side, direction, byte) == DAVY_BYTE_WRAPPING)
            return DAVY_BYTE_WRAPPING;
        davy_unwrap_go(side, DAVY_AT_PORT, 2);
        return direction == DAVY_TO_SERVER ? DAVY_BYTE_ADDRESS : DAVY_BYTE_WRAPPING;
    }
    if (at == DAVY_AT_PORT)
        return --side->left ? DAVY_BYTE_WRAPPING : davy_unwrap_next(side);
    if (at <= DAVY_AT_SOCKS4_NAME)
        return davy_unwrap_socks4(u, side, name, byte);
    if (at >= DAVY_AT_PROXY_LINE)
        return davy_unwrap_proxy(side, byte);
    return davy_unwrap_socks_answer(side, byte);
}

/* Whether the content comes in frames: a node answers its users there too. */
static inline __u8 davy_unwrap_is_framed(const struct davy_unwrap *u, __u8 direction)
{
    return u->side[direction & 1].at >= DAVY_AT_FRAME;
}
