/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Notes which questions for listed names a socket asks, and tells whether an answer is to one of
 * them (rules/dns_question.h). */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "../emit.h"
#include "../facts/fd.h"
#include "../facts/sock.h"
#include "dns_work.h"
#include "maps.h"
#include "port_53.h"

/* A socket's questions, or NULL; with BPF_SK_STORAGE_GET_F_CREATE there is room for them. */
static __always_inline struct davy_dns_questions *davy_questions_of(struct __sk_buff *skb,
                                                                    u64 flags)
{
    struct bpf_sock *sk = skb->sk;

    if (sk)
        sk = bpf_sk_fullsock(sk);
    return sk ? bpf_sk_storage_get(&dns_questions, sk, NULL, flags) : NULL;
}

/* Notes whom an unconnected socket is about to send to. */
static __always_inline void davy_server_named(struct bpf_sock *sk, u16 port,
                                              const struct davy_dns_server *server)
{
    struct davy_dns_server *named;
    bool is_dns = port == bpf_htons(DNS_PORT);

    named = bpf_sk_storage_get(&dns_servers, sk, NULL, is_dns ? BPF_SK_STORAGE_GET_F_CREATE : 0);
    if (named)
        *named = is_dns ? *server : (struct davy_dns_server){};
    else if (is_dns)
        davy_count_loss(DAVY_LOSS_STORAGE);
}

/* The name server that a socket sends to by its process's word, or NULL. */
static __always_inline struct davy_dns_server *davy_named_server_of(struct bpf_sock *sk)
{
    struct davy_dns_server *named = bpf_sk_storage_get(&dns_servers, sk, NULL, 0);

    return named && (named->half[0] || named->half[1]) ? named : NULL;
}

/* Whose message it is: the socket's. */
static __always_inline void davy_dns_asker_of(struct dns_work *s, struct sock *sock)
{
    s->asker.uid = davy_sock_uid(sock);
    s->asker.network = davy_network_of(sock);
    davy_flow_of(sock, &s->asker.peer);
}

/* The message's question, or one of which nothing but the server is known. */
static __always_inline struct davy_dns_question *davy_question_of(struct dns_work *s,
                                                                  const struct davy_dns_state *dns)
{
    struct davy_dns_question *question = &s->question;

    question->time_ns = bpf_ktime_get_boot_ns();
    question->name = dns ? dns->hash : 0;
    question->id = dns ? dns->id : 0;
    question->type = dns ? dns->type : 0;
    __builtin_memcpy(&question->server, s->asker.flow.remote, 16);
    __builtin_memcpy(&question->peer, s->asker.peer.remote, 16);
    return question;
}

static __always_inline void davy_question_asked(struct __sk_buff *skb, struct dns_work *s,
                                                const struct davy_dns_state *dns)
{
    struct davy_dns_questions *questions = davy_questions_of(skb, BPF_SK_STORAGE_GET_F_CREATE);

    if (questions)
        davy_dns_ask(questions, davy_question_of(s, dns));
    else
        davy_count_loss(DAVY_LOSS_STORAGE);
}

/* The socket asks something that is not read. */
static __always_inline void davy_question_unread(struct __sk_buff *skb, struct dns_work *s)
{
    struct davy_dns_questions *questions = davy_questions_of(skb, BPF_SK_STORAGE_GET_F_CREATE);

    if (questions)
        questions->lost = *davy_question_of(s, NULL);
    else
        davy_count_loss(DAVY_LOSS_STORAGE);
}

/* DAVY_DNS_UNASKED, DAVY_DNS_PERHAPS or DAVY_DNS_ASKED. */
static __always_inline u32 davy_question_answered(struct __sk_buff *skb, struct dns_work *s,
                                                  const struct davy_dns_state *dns)
{
    struct davy_dns_questions *questions = davy_questions_of(skb, 0);

    return questions ? davy_dns_answered(questions, davy_question_of(s, dns)) : DAVY_DNS_UNASKED;
}
