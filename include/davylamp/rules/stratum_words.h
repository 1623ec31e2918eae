/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The words by which Stratum is known, as hashes: one number is compared, a byte after the string's
 * last, and the kernel's object has no text. The hash is that of rules/name_hash.h; a unit test
 * compares each row with its text. */
#pragma once

#include <linux/types.h>

/* Words that mean the same to every rule share a number. */
#define DAVY_WORD_NONE 0
#define DAVY_WORD_METHOD 1 /* keys */
#define DAVY_WORD_PARAMS 2
#define DAVY_WORD_RESULT 3
#define DAVY_WORD_API_KEY 4
#define DAVY_WORD_SECRET 5
#define DAVY_WORD_JOB_ID 6
#define DAVY_WORD_NONCE 7
#define DAVY_WORD_TARGET 8
#define DAVY_WORD_STATUS 9
#define DAVY_WORD_LOGIN 10 /* a key and a method */
#define DAVY_WORD_JOB 11
#define DAVY_WORD_MINING 12 /* methods; the prefix of a family */
#define DAVY_WORD_SUBMIT 13
#define DAVY_WORD_BLOCK_TEMPLATE 14
#define DAVY_WORD_KEEPALIVED 15 /* a status as well */
#define DAVY_WORD_ETH_LOGIN 16
#define DAVY_WORD_ETH_WORK 17
#define DAVY_WORD_CLIENT 18
#define DAVY_WORD_TYPE 23 /* a key; only in frames, like the next two */
#define DAVY_WORD_AUTH 24 /* a type */
#define DAVY_WORD_SITE_KEY 25
/* Not words, but kept in the same sets. */
#define DAVY_WORD_WALLET 19      /* params.login is long and in base58 */
#define DAVY_WORD_LOGIN_VALUE 20 /* a character of params.login has been read */
#define DAVY_WORD_LIST 21        /* params is an array */
#define DAVY_WORD_WORK 22        /* result is a list of work hashes */

/* A set of words is a __u32. */
#define DAVY_WORD_BIT(word) (1u << (word))

#define DAVY_STRATUM_WORDS(ROW)                                                                    \
    ROW(0x230c05e5fb0433b0ull, DAVY_WORD_METHOD, "method")                                         \
    ROW(0x454186d7df024a93ull, DAVY_WORD_PARAMS, "params")                                         \
    ROW(0x9b51cd7cd76778c4ull, DAVY_WORD_RESULT, "result")                                         \
    ROW(0x995c3a8fd089b2f7ull, DAVY_WORD_API_KEY, "api_key")                                       \
    ROW(0x03b4240debc883f8ull, DAVY_WORD_SECRET, "pass")                                           \
    ROW(0xd02d8a15c0f8e1e6ull, DAVY_WORD_SECRET, "agent")                                          \
    ROW(0xd1db01b453fc1f5cull, DAVY_WORD_JOB_ID, "job_id")                                         \
    ROW(0x73a94c71d60dc0d8ull, DAVY_WORD_NONCE, "nonce")                                           \
    ROW(0x16f3e46051eee3e8ull, DAVY_WORD_TARGET, "target")                                         \
    ROW(0xc4d5696d6cc12c2full, DAVY_WORD_STATUS, "status")                                         \
    ROW(0x03c75db6e18f29d2ull, DAVY_WORD_LOGIN, "login")                                           \
    ROW(0x45627c193a5b605cull, DAVY_WORD_JOB, "job")                                               \
    ROW(0xaceaabacf39eafbdull, DAVY_WORD_MINING, "mining.")                                        \
    ROW(0xcb6d2489c351bf05ull, DAVY_WORD_SUBMIT, "submit")                                         \
    ROW(0xc2260a6f7d21f585ull, DAVY_WORD_BLOCK_TEMPLATE, "block_template")                         \
    ROW(0x78af5c0602b04557ull, DAVY_WORD_KEEPALIVED, "keepalived")                                 \
    ROW(0xe181302c59ea2b06ull, DAVY_WORD_ETH_LOGIN, "eth_submitLogin")                             \
    ROW(0xa50786164a8d497eull, DAVY_WORD_ETH_LOGIN, "eth_login")                                   \
    ROW(0x78b5bedd659d4176ull, DAVY_WORD_ETH_WORK, "eth_getWork")                                  \
    ROW(0x0fd8105e9ecafaacull, DAVY_WORD_ETH_WORK, "eth_submitWork")                               \
    ROW(0xa154a36294202adfull, DAVY_WORD_ETH_WORK, "eth_submitHashrate")                           \
    ROW(0x3c37c1eb317852adull, DAVY_WORD_CLIENT, "client.reconnect")                               \
    ROW(0xc41a67f33592ad89ull, DAVY_WORD_CLIENT, "client.show_message")                            \
    ROW(0xc5a091cd37bd7813ull, DAVY_WORD_CLIENT, "client.get_version")                             \
    ROW(0xa79439ef7bfa9c2dull, DAVY_WORD_TYPE, "type")                                             \
    ROW(0x5dc77a84260a774full, DAVY_WORD_AUTH, "auth")                                             \
    ROW(0x6a82b7050883089aull, DAVY_WORD_SITE_KEY, "site_key")

#define DAVY_STRATUM_WORD_CASE(hash, word, text)                                                   \
    case hash: return word;

/* The word with this hash, or DAVY_WORD_NONE. A switch, of which clang makes a binary search: five
 * comparisons a byte. */
static inline __u8 davy_stratum_word(__u64 hash)
{
    switch (hash) {
        DAVY_STRATUM_WORDS(DAVY_STRATUM_WORD_CASE)
    default: return DAVY_WORD_NONE;
    }
}
