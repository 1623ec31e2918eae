/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Compares host names with a list of domains: "pool.example" stands for that host and for every
 * host below it.
 *
 * A name is hashed from its last character to its first, without regard to case (RFC 4343). So at
 * each label's beginning the hash is that of the domain from there on: one pass, and a look-up a
 * label, whatever the list's length. */
#pragma once

#include <linux/types.h>

#include "davylamp/abi/record.h"
#include "davylamp/rules/name_hash.h"

/* A name that is gathered, a character at a time. */
struct davy_host_name {
    __u16 length; /* characters in text */
    __u8 broken;  /* 1: longer than a host name can be, or a character that none has */
    __u8 reserved[5];
    char text[DAVY_HOST_NAME_MAX]; /* lower case, NUL terminated */
} __attribute__((aligned(8)));     /* else BPF copies it by twos, and spills */
DAVY_SIZE(davy_host_name, 8 + DAVY_HOST_NAME_MAX);

static inline void davy_host_begin(struct davy_host_name *name)
{
    name->length = 0;
    name->broken = 0;
    name->text[0] = 0;
}

static inline __u8 davy_host_letter(__u8 byte)
{
    return (__u8)(byte - 'A') < 26 ? byte | 0x20 : byte;
}

/* Letters, digits, hyphen, underscore and dot (RFC 1123 2.1; the underscore is common). */
static inline __u8 davy_is_host_letter(__u8 letter)
{
    return (__u8)(letter - 'a') < 26 || (__u8)(letter - '0') < 10 || letter == '-' ||
           letter == '_' || letter == '.';
}

static inline void davy_host_append(struct davy_host_name *name, __u8 byte)
{
    const __u8 letter = davy_host_letter(byte);

    if (name->broken || name->length >= DAVY_HOST_NAME_MAX - 1 || !davy_is_host_letter(letter)) {
        name->broken = 1;
        return;
    }
    name->text[name->length & (DAVY_HOST_NAME_MAX - 1)] = (char)letter;
    name->length++;
    name->text[name->length & (DAVY_HOST_NAME_MAX - 1)] = 0;
}

/* A character of a name that is no host name, for the record: a dot if it cannot be shown. */
static inline void davy_host_show(struct davy_host_name *name, __u8 byte)
{
    if (name->length >= DAVY_HOST_NAME_MAX - 1)
        return;
    name->text[name->length & (DAVY_HOST_NAME_MAX - 1)] =
        byte > ' ' && byte < 0x7f ? (char)byte : '.';
    name->length++;
    name->text[name->length & (DAVY_HOST_NAME_MAX - 1)] = 0;
}

/* One character more, from the end on; the first call has DAVY_HASH_BEGIN. */
static inline __u64 davy_suffix_step(__u64 hash, __u8 byte)
{
    return davy_hash_step(hash, davy_host_letter(byte));
}

/* Whether the name is a dotted IPv4 address, and which (mapped). Clients may give a proxy one in
 * place of a name. */
static inline __u8 davy_host_is_ipv4(const struct davy_host_name *name, __u8 *address)
{
    __u32 part = 0, digits = 0, parts = 0;

    for (__u32 i = 0; i < 16; i++)
        address[i] = i == 10 || i == 11 ? 0xff : 0;
    for (__u32 i = 0; i < 16; i++) {
        const __u8 c = (__u8)name->text[i];

        if ((__u8)(c - '0') < 10) {
            part = part * 10 + (c - '0');
            if (++digits > 3 || part > 255)
                return 0;
            continue;
        }
        if ((c != '.' && c) || !digits || parts > 3)
            return 0;
        address[(12 + parts) & 15] = (__u8)part;
        parts++;
        part = digits = 0;
        if (!c)
            return parts == 4;
    }
    return 0;
}
