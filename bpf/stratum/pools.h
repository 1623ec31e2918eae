/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Looks up the pool lists, which userspace replaces while we run, and remembers what is learnt
 * besides them. */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "../emit.h"
#include "../facts/read.h"
#include "../maps.h"

#include "davylamp/rules/pool.h"

extern volatile __u64 answers_until_ns, proven_until_ns;

#define PROVEN_NS (60 * 1000000000ull)
#define TOLD_NS (1000000000ull)       /* between two records of refused connects to one pool */
#define ASKED_NS (60 * 1000000000ull) /* between two records of one question */

/* The row of the longest prefix that has the address, or NULL. */
static __always_inline u32 *davy_pool_address(const struct davy_prefix_key *key)
{
    u32 zero = 0;
    void *list = bpf_map_lookup_elem(&pool_address_lists, &zero);

    return list ? bpf_map_lookup_elem(list, key) : NULL;
}

/* Global functions return a row as row + 1, and 0 for none. */
static __always_inline u32 davy_pool_of_address(const u8 *address)
{
    struct davy_prefix_key key = {.bits = 128};
    u32 *row;

    __builtin_memcpy(key.address, address, 16);
    row = davy_pool_address(&key);
    return row ? *row + 1 : 0;
}

/* The row of the listed domain with this hash, + 1, or 0. Global, so that it is verified once, not
 * for each character. */
__noinline u32 davy_pool_domain(u64 hash)
{
    u32 zero = 0, *row;
    void *list = bpf_map_lookup_elem(&pool_name_lists, &zero);

    row = list ? bpf_map_lookup_elem(list, &hash) : NULL;
    return row ? *row + 1 : 0;
}

/* The row of the longest listed domain that the name lies in, + 1, or 0. The name's `length`
 * characters lie at `text`, in lower case, with no dot at the end. Read backwards, eight at a time.
 */
__noinline u32 davy_pool_of_text(u64 text, u32 length)
{
    u64 hash = DAVY_HASH_BEGIN, word = 0;
    u32 row = 0, found;
    u8 letter;

    for (u32 i = 0; i < DAVY_HOST_NAME_MAX - 1; i++) {
        if (i >= length)
            break;
        if (!(i & 7))
            bpf_probe_read_kernel(&word, sizeof(word), (void *)(text + length - i - sizeof(word)));
        letter = word >> 56;
        word <<= 8;
        if (letter == '.' && i) {
            found = davy_pool_domain(hash);
            row = found ? found : row;
        }
        hash = davy_hash_step(hash, letter);
    }
    found = davy_pool_domain(hash);
    return found ? found : row;
}

static __always_inline u32 davy_pool_of_name(const struct davy_host_name *name)
{
    u32 length;

    if (!name || name->broken || !name->length)
        return 0;
    length = name->length;
    if (name->text[(length - 1) & (DAVY_HOST_NAME_MAX - 1)] == '.')
        length--;
    return davy_pool_of_text(davy_number_of(name->text), length);
}

/* Looks up a host that a flow's client asks for (DAVY_BYTE_*): a DAVY_POOL_* in the high half and
 * its row + 1, or 0. */
__noinline u64 davy_flow_listed(struct davy_flow_scan *scan, const struct davy_host_name *name,
                                u32 what)
{
    u8 address[16];
    u32 row = 0, match = 0, *found;
    u64 hash; /* a copy: before 6.2 no key lies behind an argument's pointer */

    if (!scan)
        return 0;
    if (what == DAVY_BYTE_ADDRESS && settings.has_pools) {
        match = DAVY_POOL_PROXY_ADDRESS;
        row = davy_pool_of_address(scan->unwrap.address);
    } else if (what == DAVY_BYTE_PROTOCOL && settings.has_alpn) {
        match = DAVY_POOL_ALPN;
        hash = scan->unwrap.hello.hash;
        found = bpf_map_lookup_elem(&pool_alpn, &hash);
        row = found ? *found + 1 : 0;
    } else if (what == DAVY_BYTE_SERVER && settings.has_pool_names) {
        match = DAVY_POOL_SERVER_NAME;
        row = davy_pool_of_name(name);
    } else if (what == DAVY_BYTE_NAME && name) {
        if (settings.has_pools && davy_host_is_ipv4(name, address)) {
            __builtin_memcpy(scan->unwrap.address, address, 16);
            match = DAVY_POOL_PROXY_ADDRESS;
            row = davy_pool_of_address(address);
        } else if (settings.has_pool_names) {
            match = DAVY_POOL_PROXY_NAME;
            row = davy_pool_of_name(name);
        }
    }
    return row ? (u64)match << 32 | row : 0;
}

/* A connection from its user and program to its address and port spoke Stratum and was refused. */
static __always_inline void davy_pool_proven(const struct proven_key *endpoint)
{
    struct proven_pool proven = {.until_ns = bpf_ktime_get_boot_ns() + PROVEN_NS};

    bpf_map_update_elem(&proven_pools, endpoint, &proven, BPF_ANY);
    proven_until_ns = proven.until_ns;
}
