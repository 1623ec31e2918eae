/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The addresses of a flow: how IPv4's are written, and how a flow travels. */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "davylamp/abi/records.h"

/* ::ffff:a.b.c.d (RFC 4291 2.5.5.2) into zeroes. */
static __always_inline void davy_map_ipv4(u8 *address, const void *ipv4)
{
    address[10] = address[11] = 0xff;
    __builtin_memcpy(address + 12, ipv4, 4);
}

/* How packets to flow->remote travel. An AF_INET6 socket that was given a mapped address sends
 * IPv4, so the socket's own family does not tell. */
static __always_inline void davy_set_family(struct davy_flow *flow)
{
    u32 words[3];

    __builtin_memcpy(words, flow->remote, sizeof(words));
    flow->family = !words[0] && !words[1] && words[2] == bpf_htonl(0xffff) ? 4 : 6;
}
