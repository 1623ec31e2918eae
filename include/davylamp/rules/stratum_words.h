/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The words by which Stratum is known, as hashes: one number is compared, a byte after the string's
 * last, and the kernel's object has no text. The hash is that of rules/name_hash.h; a unit test
 * compares each row with its text.
 *
 * Methods that begin with "mining." are a closed list: a quarry's services have such methods too.
 * They are those of the pools and clients in Slush's specification, EthereumStratum 1.0.0 and 2.0.0
 * (EIP-1571), BIP 310, NiceHash's extension, ckpool (src/stratifier.c) and ethminer. */
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
#define DAVY_WORD_LOGIN 10 /* a key and a method */
#define DAVY_WORD_JOB 11
#define DAVY_WORD_MINING 12 /* methods: what a client says to a pool … */
#define DAVY_WORD_PUSH 15   /* … and a pool to its client */
#define DAVY_WORD_SUBMIT 13
#define DAVY_WORD_BLOCK_TEMPLATE 14
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
    ROW(0x03c75db6e18f29d2ull, DAVY_WORD_LOGIN, "login")                                           \
    ROW(0x45627c193a5b605cull, DAVY_WORD_JOB, "job")                                               \
    ROW(0xa1cee22e07ad0bbbull, DAVY_WORD_MINING, "mining.subscribe")                               \
    ROW(0xade0df73adec92b8ull, DAVY_WORD_MINING, "mining.authorize")                               \
    ROW(0xcef3acabdd4ea9b7ull, DAVY_WORD_MINING, "mining.auth")                                    \
    ROW(0xa917beb610ea18c3ull, DAVY_WORD_MINING, "mining.configure")                               \
    ROW(0xe0ea41c080a3f59dull, DAVY_WORD_MINING, "mining.submit")                                  \
    ROW(0xdfd04a3b1af4cb93ull, DAVY_WORD_MINING, "mining.hello")                                   \
    ROW(0x0d8f6034d70438eaull, DAVY_WORD_MINING, "mining.extranonce.subscribe")                    \
    ROW(0xcc404744fbc5aa2bull, DAVY_WORD_MINING, "mining.suggest_difficulty")                      \
    ROW(0xa637b0ee4b8bf067ull, DAVY_WORD_MINING, "mining.suggest_target")                          \
    ROW(0x3797ac625b4ce551ull, DAVY_WORD_MINING, "mining.get_transactions")                        \
    ROW(0x942a9f8b3f8bcaeaull, DAVY_WORD_MINING, "mining.get_txnhashes")                           \
    ROW(0xfeae098dab620471ull, DAVY_WORD_MINING, "mining.multi_version")                           \
    ROW(0xa4e2236bcbdd57dbull, DAVY_WORD_MINING, "mining.hashrate")                                \
    ROW(0x0d13c26396babdd5ull, DAVY_WORD_MINING, "mining.noop")                                    \
    ROW(0x530385518fe155b4ull, DAVY_WORD_PUSH, "mining.notify")                                    \
    ROW(0xffa50afee53ceaedull, DAVY_WORD_PUSH, "mining.set_difficulty")                            \
    ROW(0xb85853b35fa53a85ull, DAVY_WORD_PUSH, "mining.set_target")                                \
    ROW(0xd1cef923f2d7cad5ull, DAVY_WORD_PUSH, "mining.set_extranonce")                            \
    ROW(0x188094f4a2e96f81ull, DAVY_WORD_PUSH, "mining.set_version_mask")                          \
    ROW(0xb2c2192e0973f2ebull, DAVY_WORD_PUSH, "mining.set")                                       \
    ROW(0xcb6d2489c351bf05ull, DAVY_WORD_SUBMIT, "submit")                                         \
    ROW(0xc2260a6f7d21f585ull, DAVY_WORD_BLOCK_TEMPLATE, "block_template")                         \
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

/* The word with this hash, or DAVY_WORD_NONE. A switch, of which clang makes a binary search: six
 * comparisons a byte. */
static inline __u8 davy_stratum_word(__u64 hash)
{
    switch (hash) {
        DAVY_STRATUM_WORDS(DAVY_STRATUM_WORD_CASE)
    default: return DAVY_WORD_NONE;
    }
}
