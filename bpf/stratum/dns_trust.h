/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* DNS for the allow rules that ask for a name: which name led to which address. Only answers of the
 * resolvers that policy trusts count, in the sensor's own network namespace. A process can ask a
 * server that answers whatever it likes, and in a namespace of his own a user can have any address.
 */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "../chain/allowed.h"
#include "../settings.h"
#include "dns_work.h"

/* Whether an answer to the asker could count. */
static __always_inline bool may_be_trusted(const struct dns_asker *asker)
{
    return settings.has_names && asker->network == settings.own_network;
}

/* Whether the server's answer counts. */
static __always_inline bool is_trusted(const struct dns_asker *asker)
{
    struct davy_address from;

    if (!may_be_trusted(asker))
        return false;
    __builtin_memcpy(from.byte, asker->flow.remote, 16);
    return bpf_map_lookup_elem(&resolvers, &from);
}

/* Remembers an address for a name that an allow rule lists. */
static __always_inline void names_learn(struct dns_work *s, const struct davy_dns_state *dns)
{
    struct davy_address address;

    __builtin_memcpy(address.byte, dns->address, 16);
    s->answer.until_ns = bpf_ktime_get_boot_ns() + davy_dns_lasts_s(dns) * 1000000000ull;
    bpf_map_update_elem(&name_answers, &address, &s->answer, BPF_ANY);
}

__noinline int davy_names_suffix(u32 place, u32 index)
{
    struct dns_work *s = davy_dns_working(place);

    return s && davy_allow_name_at(&s->name, index);
}

/* Whether an allow rule lists the question's name, whose text lies at `text`. */
__noinline int davy_names_listed(u32 place, u64 text)
{
    struct dns_work *s = davy_dns_working(place);
    u32 any = 0;

    if (!s || bpf_probe_read_kernel(s->name.name.text, DAVY_DNS_NAME_MAX, (void *)text))
        return 0;
    s->answer.name = s->name.name;
    for (u32 i = 0; i < DAVY_DNS_NAME_MAX - 1; i++) {
        if (!s->name.name.text[i])
            break;
        if (davy_allow_name_begins(&s->name, i))
            any |= davy_names_suffix(place, i);
    }
    return any;
}
