/* DNS answers as they arrive: which name led to which address, for the allow rules that ask for a
 * name. Loaded only where policy has such a rule. cgroup_skb/ingress runs when a packet is about to
 * be handed to a socket of the scope (sk_filter_trim_cap(), net/core/filter.c).
 *
 * Any process may ask any server for any name and be told what it likes, so only answers count that
 * come from port 53 of a resolver which policy trusts, in the sensor's own network namespace: in
 * one of its own a user may be every address. Never drops. */
#include "../vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "../allow.h"
#include "../facts/packet.h"
#include "../settings.h"

#include "davylamp/rules/dns.h"

#define MESSAGE_MAX 1024 /* bytes of an answer that are read; a power of two */
#define DNS_PORT 53

struct udp_header { /* RFC 768 */
    __be16 source, destination, size, checksum;
};

/* Per CPU: a packet is received with bottom halves off, and this program never nests in itself. */
struct names_scratch {
    struct davy_dns_state dns;
    struct name_answer answer;
    struct name_work name;
    u64 sock; /* struct sock *, as a number: BPF's own socket type has no namespace */
    u8 message[MESSAGE_MAX];
};
struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, u32);
    __type(value, struct names_scratch);
} names_scratch SEC(".maps");

static __always_inline struct names_scratch *davy_names_working(void)
{
    u32 zero = 0;

    return bpf_map_lookup_elem(&names_scratch, &zero);
}

/* An address for a name that is listed. */
static __always_inline void names_learn(struct names_scratch *s)
{
    struct davy_address address;

    __builtin_memcpy(address.byte, s->dns.address, 16);
    s->answer.until_ns = bpf_ktime_get_boot_ns() + davy_dns_lasts_s(&s->dns) * 1000000000ull;
    bpf_map_update_elem(&name_answers, &address, &s->answer, BPF_ANY);
}

__noinline int davy_names_suffix(u32 index)
{
    struct names_scratch *s = davy_names_working();

    return s && davy_allow_name_at(&s->name, index);
}

/* Whether a rule lists the name of the question. */
__noinline int davy_names_listed(void)
{
    struct names_scratch *s = davy_names_working();
    u32 any = 0;

    if (!s)
        return 0;
    __builtin_memcpy(s->name.name.text, s->dns.name, DAVY_DNS_NAME_MAX);
    s->answer.name = s->name.name;
    for (u32 i = 0; i < DAVY_DNS_NAME_MAX - 1; i++) {
        if (!s->name.name.text[i])
            break;
        if (davy_allow_name_begins(&s->name, i))
            any |= davy_names_suffix(i);
    }
    return any;
}

/* A byte through the parser; 0 where the rest need not be read. Global, so that it is verified once
 * and not once a byte. */
__noinline int davy_names_byte(u32 index)
{
    struct names_scratch *s = davy_names_working();

    if (!s || s->dns.done)
        return 0;
    davy_dns_step(&s->dns, s->message[index & (MESSAGE_MAX - 1)]);
    if (s->dns.brought == DAVY_DNS_QUESTION)
        return davy_names_listed();
    if (s->dns.brought == DAVY_DNS_ADDRESS)
        names_learn(s);
    return !s->dns.done;
}

static __always_inline void read_answer(struct names_scratch *s, u32 size)
{
    davy_dns_begin(&s->dns);
    for (u32 i = 0; i < MESSAGE_MAX; i++) {
        if (i >= size || !davy_names_byte(i))
            break;
    }
}

/* Where the UDP header of an IPv4 or IPv6 packet begins, and who sent it; 0 where it is none. A
 * resolver's answer has no IP options and no extension headers. */
static __always_inline u32 udp_of(struct __sk_buff *skb, struct davy_address *from)
{
    u8 first = 0;

    if (bpf_skb_load_bytes(skb, 0, &first, 1))
        return 0;
    if (first == 0x45) {
        struct ipv4_header ip;

        if (bpf_skb_load_bytes(skb, 0, &ip, sizeof(ip)) || ip.protocol != IPPROTO_UDP ||
            (ip.fragment & bpf_htonl(0x3fff)))
            return 0;
        davy_map_ipv4(from->byte, ip.source);
        return sizeof(ip);
    }
    if (first >> 4 == 6) {
        struct ipv6_header ip;

        if (bpf_skb_load_bytes(skb, 0, &ip, sizeof(ip)) || ip.next != IPPROTO_UDP)
            return 0;
        __builtin_memcpy(from->byte, ip.source, 16);
        return sizeof(ip);
    }
    return 0;
}

static __always_inline bool in_own_network(struct names_scratch *s, struct __sk_buff *skb)
{
    struct sock *sock;

    if (!skb->sk)
        return false;
    s->sock = (u64)skb->sk;
    sock = (struct sock *)*(volatile u64 *)&s->sock;
    return BPF_CORE_READ(sock, __sk_common.skc_net.net, ns.inum) == settings.own_network;
}

SEC("cgroup_skb/ingress")
int davy_names(struct __sk_buff *skb)
{
    struct davy_address from = {};
    struct names_scratch *s;
    struct udp_header udp;
    u32 offset = udp_of(skb, &from), size;

    if (!offset || bpf_skb_load_bytes(skb, offset, &udp, sizeof(udp)) ||
        udp.source != bpf_htons(DNS_PORT) || !bpf_map_lookup_elem(&resolvers, &from))
        return 1;
    s = davy_names_working();
    if (!s || !in_own_network(s, skb))
        return 1;
    offset += sizeof(udp);
    if (skb->len <= offset)
        return 1;
    size = skb->len - offset;
    if (size > MESSAGE_MAX)
        size = MESSAGE_MAX;
    /* 1..MESSAGE_MAX in a form that old verifiers follow. */
    size = ((size - 1) & (MESSAGE_MAX - 1)) + 1;
    if (!bpf_skb_load_bytes(skb, offset, s->message, size))
        read_answer(s, size);
    return 1;
}
