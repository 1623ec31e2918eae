/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* DNS answers for the allow rules that ask for a name. Loaded only if policy has such a rule and
 * the Stratum detection is off; else the payload hooks read the answers. cgroup_skb/ingress runs
 * when a packet is about to go to a socket of the scope (sk_filter_trim_cap(), net/core/filter.c).
 */
#include "../vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "../compat.h"
#include "../stratum/dns_datagram.h"

SEC("cgroup_skb/ingress")
int davy_names(struct __sk_buff *skb)
{
    davy_hold_cpu();
    davy_datagram(skb, DAVY_TO_CLIENT);
    davy_let_go_of_cpu();
    return 1;
}
