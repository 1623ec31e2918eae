/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Finds Stratum v1 in one direction of a TCP flow, a byte at a time: no loop, no pointer kept, and
 * 64 bytes of state beside the socket, so that segmentation changes nothing. The driver has the
 * loop.
 *
 * Structure convicts, words do not: JSON is tokenised (RFC 8259), and a method counts only as the
 * value of the key "method" in a whole message or a batch's member. So a log line that quotes a
 * login, a key of that name one level down, or an array of method names does not count.
 *
 * A client convicts itself by its own words. What a server says is no act of the client that reads
 * it: it is only possible, and refuses nothing.
 *
 * Accepted, because pools accept it: blank lines first, any spacing and order of keys, escapes, the
 * first or the last of two equal keys, keys in another case (Go's encoding/json), a server's
 * methods in another case (cpuminer), invalid numbers and literals. The flow's wrapping has been
 * taken away before (rules/unwrap.h). Not seen (docs/limits.md): what lies in TLS or in a private
 * framing, a byte order mark, UTF-16, comments, and what follows DAVY_STRATUM_BUDGET bytes of
 * harmless JSON. */
#pragma once

#include "davylamp/abi/stratum_record.h"
#include "davylamp/rules/name_hash.h"
#include "davylamp/rules/stratum_words.h"
#include "davylamp/rules/verdict.h"

/* The verdict on a flow. The last two are final. */
#define DAVY_STRATUM_OPEN 0
#define DAVY_STRATUM_MATCH 1
#define DAVY_STRATUM_CLEAR 2

/* The longest line that a known pool accepts has 100 KiB (MoneroOcean/nodejs-pool,
 * lib/pool/servers.js). A flow with more harmless JSON than this is let go. */
#define DAVY_STRATUM_BUDGET (128 * 1024)

/* Between strings, and from DAVY_LEX_STRING on within one. */
#define DAVY_LEX_PLAIN 0
#define DAVY_LEX_VALUE 1 /* behind a colon */
#define DAVY_LEX_STRING 2
#define DAVY_LEX_ESCAPE 3  /* behind a backslash */
#define DAVY_LEX_UNICODE 4 /* \u: 4 to 7, a digit each */
#define DAVY_LEX_UNICODE_LAST 7

/* The container that we are directly in. The first four are objects whose keys are read. */
#define DAVY_LEVEL_TOP 0 /* between messages */
#define DAVY_LEVEL_MESSAGE 1
#define DAVY_LEVEL_PARAMS 2
#define DAVY_LEVEL_RESULT 3
#define DAVY_LEVEL_JOB 4         /* result.job */
#define DAVY_LEVEL_BATCH 5       /* an array of messages */
#define DAVY_LEVEL_RESULT_LIST 6 /* result is an array */
#define DAVY_LEVEL_NESTED 7      /* an array within it, in arrays alone */
#define DAVY_LEVEL_ELSEWHERE 8
/* Places are a stack of nibbles. Deeper than this only NESTED matters, and what lies deeper counts
 * as the last. */
#define DAVY_LEVELS_MAX 7

/* What the current string is. */
#define DAVY_STRING_IGNORED 0
#define DAVY_STRING_KEY 1
#define DAVY_STRING_METHOD 2  /* a message's method */
#define DAVY_STRING_NESTED 4  /* an element of an array in result */
#define DAVY_STRING_LOGIN 5   /* params.login */
#define DAVY_STRING_ELEMENT 6 /* an element of result itself */
#define DAVY_STRING_TYPE 7    /* a message's type */

#define DAVY_STRATUM_WALLET_MIN 90 /* base58 characters; a Monero address has 95 or 106 */
#define DAVY_STRATUM_WORK_HASH 66  /* 0x and 64 hex digits */
#define DAVY_STRATUM_MISFIT 255    /* length of a value whose shape does not match */
#define DAVY_STRATUM_NO_ASCII 0xff /* stands for a character that no word has */

struct davy_stratum_state {
    __u64 hash;     /* of the string so far, escapes undone */
    __u64 message;  /* hash of this message's bytes so far: a relay passes on the same */
    __u32 methods;  /* DAVY_WORD_BIT of each method that this message names … */
    __u32 keys;     /* … of its own keys … */
    __u32 params;   /* … of the keys of params, and what params.login is like … */
    __u32 result;   /* … and of what result holds */
    __u32 bytes;    /* read so far */
    __u32 depth;    /* open containers */
    __u32 places;   /* DAVY_LEVEL_*, a nibble each, the innermost lowest */
    __u16 escape;   /* digits of \uXXXX so far */
    __u8 verdict;   /* DAVY_STRATUM_* */
    __u8 dialect;   /* DAVY_DIALECT_* of the verdict; before it, of the last known method */
    __u8 direction; /* DAVY_TO_* */
    __u8 lex;       /* DAVY_LEX_* */
    __u8 role;      /* DAVY_STRING_*; IGNORED between strings */
    __u8 key;       /* DAVY_WORD_* of the last key in this container */
    __u8 word;      /* DAVY_WORD_* that the string is so far */
    __u8 length;    /* characters of a login or a work hash so far, or DAVY_STRATUM_MISFIT */
    __u8 works;     /* strings of the list result so far, or DAVY_STRATUM_MISFIT */
    __u8 character; /* being read, escapes undone */
    __u8 framed;    /* 1: in WebSocket frames, in which nodes serve their users too */
    __u8 let_go;    /* 1: this message was held long enough, and is held no more */
    __u8 reserved[6];
};
DAVY_OFFSET(davy_stratum_state, escape, 44);
DAVY_OFFSET(davy_stratum_state, verdict, 46);
DAVY_OFFSET(davy_stratum_state, framed, 56);
DAVY_SIZE(davy_stratum_state, 64);

/* Reads a byte back from memory. So the verifier forgets its value, and goes on along one path, not
 * one for every value that the branches before could have stored. */
#define DAVY_STRATUM_REREAD(field) (*(volatile __typeof__(field) *)&(field))

static inline void davy_stratum_begin(struct davy_stratum_state *s, __u8 direction)
{
    __builtin_memset(s, 0, sizeof(*s));
    s->direction = direction;
}

/* A message or its line is over: what it said no longer counts. */
static inline void davy_stratum_forget(struct davy_stratum_state *s)
{
    s->methods = 0;
    s->keys = 0;
    s->params = 0;
    s->result = 0;
    s->key = DAVY_WORD_NONE;
    s->let_go = 0;
}

/* Reads on after a match: the rest of its message says nothing more, the next one may. */
static inline void davy_stratum_go_on(struct davy_stratum_state *s)
{
    davy_stratum_forget(s);
    s->verdict = DAVY_STRATUM_OPEN;
}

/* Client to server: the dialect in which the message convicts, or DAVY_DIALECT_NONE. eth_getWork
 * and its kin also go to a node in HTTP, which does not come this far, and in WebSocket. The
 * browser miners' auth counts only in WebSocket. A keepalived says no more than that somebody is
 * still there: the login before it convicts, or the share after it. */
static inline __u8 davy_stratum_request(const struct davy_stratum_state *s)
{
    const __u32 methods = s->methods;
    const __u32 params = s->params;

    if (s->keys & DAVY_WORD_BIT(DAVY_WORD_PARAMS)) {
        if (methods & DAVY_WORD_BIT(DAVY_WORD_MINING))
            return DAVY_DIALECT_BITCOIN;
        if (methods & DAVY_WORD_BIT(DAVY_WORD_ETH_LOGIN))
            return DAVY_DIALECT_ETHEREUM;
        if ((methods & DAVY_WORD_BIT(DAVY_WORD_ETH_WORK)) && !s->framed)
            return DAVY_DIALECT_ETHEREUM;
    }
    if (methods & DAVY_WORD_BIT(DAVY_WORD_LOGIN)) {
        if ((params & DAVY_WORD_BIT(DAVY_WORD_LOGIN)) &&
            (params & (DAVY_WORD_BIT(DAVY_WORD_SECRET) | DAVY_WORD_BIT(DAVY_WORD_WALLET))))
            return DAVY_DIALECT_CRYPTONOTE;
        if (s->keys & DAVY_WORD_BIT(DAVY_WORD_API_KEY)) /* Beam */
            return DAVY_DIALECT_CRYPTONOTE;
    }
    if (params & DAVY_WORD_BIT(DAVY_WORD_JOB_ID)) {
        if (methods & DAVY_WORD_BIT(DAVY_WORD_BLOCK_TEMPLATE))
            return DAVY_DIALECT_CRYPTONOTE;
        if ((methods & DAVY_WORD_BIT(DAVY_WORD_SUBMIT)) &&
            (params & DAVY_WORD_BIT(DAVY_WORD_NONCE)))
            return DAVY_DIALECT_CRYPTONOTE;
    }
    if (s->framed && (methods & DAVY_WORD_BIT(DAVY_WORD_AUTH)) &&
        (params & DAVY_WORD_BIT(DAVY_WORD_SITE_KEY))) /* Coinhive and its heirs */
        return DAVY_DIALECT_CRYPTONOTE;
    return DAVY_DIALECT_NONE;
}

/* Server to client, the same. */
static inline __u8 davy_stratum_answer(const struct davy_stratum_state *s)
{
    const __u32 job = DAVY_WORD_BIT(DAVY_WORD_JOB_ID) | DAVY_WORD_BIT(DAVY_WORD_TARGET);
    const __u32 result = s->result;

    if ((s->keys & DAVY_WORD_BIT(DAVY_WORD_PARAMS)) &&
        (s->methods & (DAVY_WORD_BIT(DAVY_WORD_PUSH) | DAVY_WORD_BIT(DAVY_WORD_CLIENT))))
        return DAVY_DIALECT_BITCOIN;
    if (result & DAVY_WORD_BIT(DAVY_WORD_PUSH))
        return DAVY_DIALECT_BITCOIN;
    if ((s->methods & DAVY_WORD_BIT(DAVY_WORD_JOB)) && (s->params & job) == job)
        return DAVY_DIALECT_CRYPTONOTE;
    if ((result & job) == job)
        return DAVY_DIALECT_CRYPTONOTE;
    if ((result & DAVY_WORD_BIT(DAVY_WORD_WORK)) && !s->framed)
        return DAVY_DIALECT_ETHEREUM;
    return DAVY_DIALECT_NONE;
}

static inline __u8 davy_is_base58(__u8 c)
{
    if (c >= 'a')
        return c <= 'z' && c != 'l';
    if (c >= 'A')
        return c <= 'Z' && c != 'I' && c != 'O';
    return c >= '1' && c <= '9';
}

static inline __u8 davy_is_hex(__u8 c)
{
    const __u8 lower = c | 0x20;

    return (c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'f');
}

/* What the string is that a quote opens. In an object, a string that follows no colon is a key. */
static inline __attribute__((always_inline)) __u8
davy_stratum_role(const struct davy_stratum_state *s, __u8 place)
{
    if (place >= DAVY_LEVEL_MESSAGE && place <= DAVY_LEVEL_JOB) {
        if (s->lex != DAVY_LEX_VALUE)
            return DAVY_STRING_KEY;
        if (place == DAVY_LEVEL_MESSAGE && s->key == DAVY_WORD_METHOD)
            return DAVY_STRING_METHOD;
        if (place == DAVY_LEVEL_MESSAGE && s->key == DAVY_WORD_TYPE)
            return DAVY_STRING_TYPE;
        if (place == DAVY_LEVEL_PARAMS && s->key == DAVY_WORD_LOGIN)
            return DAVY_STRING_LOGIN;
        return DAVY_STRING_IGNORED;
    }
    if (place == DAVY_LEVEL_RESULT_LIST)
        return DAVY_STRING_ELEMENT;
    return place == DAVY_LEVEL_NESTED ? DAVY_STRING_NESTED : DAVY_STRING_IGNORED;
}

/* What the container is that a bracket opens. */
static inline __u8 davy_stratum_place(__u8 place, __u8 key, __u8 bracket)
{
    if (bracket == '{') {
        if (place == DAVY_LEVEL_TOP || place == DAVY_LEVEL_BATCH)
            return DAVY_LEVEL_MESSAGE;
        if (place == DAVY_LEVEL_MESSAGE && key == DAVY_WORD_PARAMS)
            return DAVY_LEVEL_PARAMS;
        if (place == DAVY_LEVEL_MESSAGE && key == DAVY_WORD_RESULT)
            return DAVY_LEVEL_RESULT;
        if (place == DAVY_LEVEL_RESULT && key == DAVY_WORD_JOB)
            return DAVY_LEVEL_JOB;
        return DAVY_LEVEL_ELSEWHERE;
    }
    if (place == DAVY_LEVEL_TOP)
        return DAVY_LEVEL_BATCH;
    if (place == DAVY_LEVEL_MESSAGE && key == DAVY_WORD_RESULT)
        return DAVY_LEVEL_RESULT_LIST;
    if (place == DAVY_LEVEL_RESULT_LIST || place == DAVY_LEVEL_NESTED)
        return DAVY_LEVEL_NESTED;
    return DAVY_LEVEL_ELSEWHERE;
}

static inline void davy_stratum_open_container(struct davy_stratum_state *s, __u8 place,
                                               __u8 bracket)
{
    if (place == DAVY_LEVEL_MESSAGE && s->key == DAVY_WORD_PARAMS && bracket == '[')
        s->params |= DAVY_WORD_BIT(DAVY_WORD_LIST);
    s->word = davy_stratum_place(place, s->key, bracket);
    place = DAVY_STRATUM_REREAD(s->word);
    /* A list of work hashes has nothing else in it. */
    s->works = place == DAVY_LEVEL_RESULT_LIST ? 0 : DAVY_STRATUM_MISFIT;
    if (s->depth < DAVY_LEVELS_MAX)
        s->places = s->places << 4 | (place & 15);
    s->depth++;
    s->key = DAVY_WORD_NONE;
    s->lex = DAVY_LEX_PLAIN;
}

/* Returns 1 if something new was learnt, like all below. */
static inline __attribute__((always_inline)) __u8
davy_stratum_close_container(struct davy_stratum_state *s, __u8 place)
{
    s->depth--;
    if (s->depth < DAVY_LEVELS_MAX)
        s->places >>= 4;
    s->key = DAVY_WORD_NONE;
    s->lex = DAVY_LEX_PLAIN;
    if (place == DAVY_LEVEL_MESSAGE)
        davy_stratum_forget(s);
    /* EthProxy pushes work as three hashes, or three and the block's number. A node's answer to
     * eth_getWork looks the same, but comes in HTTP. */
    if (place != DAVY_LEVEL_RESULT_LIST || (s->works != 3 && s->works != 4))
        return 0;
    s->result |= DAVY_WORD_BIT(DAVY_WORD_WORK);
    return 1;
}

static inline __u8 davy_stratum_outside(struct davy_stratum_state *s, __u8 byte)
{
    const __u8 place = s->places & 15;

    if (byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n')
        return 0;
    if (byte == '{' || byte == '[') {
        davy_stratum_open_container(s, place, byte);
        return 0;
    }
    /* Between messages nothing else may come, and nowhere a byte that no text has. If it is only
     * bad JSON, reading goes on: some parser accepts it. */
    if (place == DAVY_LEVEL_TOP || byte < ' ' || byte >= 0x7f) {
        s->verdict = DAVY_STRATUM_CLEAR;
        return 0;
    }
    if (byte == '"') {
        s->role = davy_stratum_role(s, place);
        s->hash = DAVY_HASH_BEGIN;
        s->word = DAVY_WORD_NONE;
        s->length = 0;
        s->lex = DAVY_LEX_STRING;
        return 0;
    }
    if (byte == '}' || byte == ']')
        return davy_stratum_close_container(s, place);
    if (byte == ':')
        s->lex = DAVY_LEX_VALUE;
    else if (byte == ',')
        s->lex = DAVY_LEX_PLAIN;
    else if (place == DAVY_LEVEL_RESULT_LIST)
        s->works = DAVY_STRATUM_MISFIT;
    return 0;
}

/* A wallet must not leave: the segment is held from its first character on. 90 of base58 convict
 * without password or agent (p2pool wants none). */
static inline __u8 davy_stratum_login_character(struct davy_stratum_state *s, __u8 c)
{
    s->params |= DAVY_WORD_BIT(DAVY_WORD_LOGIN_VALUE);
    if (s->length >= DAVY_STRATUM_WALLET_MIN)
        return 0;
    if (!davy_is_base58(c)) {
        s->length = DAVY_STRATUM_MISFIT;
        return 0;
    }
    s->length++;
    if (s->length < DAVY_STRATUM_WALLET_MIN)
        return 0;
    s->params |= DAVY_WORD_BIT(DAVY_WORD_WALLET);
    return 1;
}

static inline void davy_stratum_element_character(struct davy_stratum_state *s, __u8 c)
{
    const __u8 length = s->length;
    __u8 fits;

    if (length == 0)
        fits = c == '0';
    else if (length == 1)
        fits = c == 'x' || c == 'X';
    else
        fits = length < DAVY_STRATUM_WORK_HASH && davy_is_hex(c);
    s->length = fits ? length + 1 : DAVY_STRATUM_MISFIT;
}

/* Undoes escapes. Returns 1 where s->character is the next one of the string. */
static inline __u8 davy_stratum_decode(struct davy_stratum_state *s, __u8 byte)
{
    const __u8 lex = s->lex;

    if (lex == DAVY_LEX_STRING) {
        s->character = byte;
        s->lex = byte == '\\' ? DAVY_LEX_ESCAPE : DAVY_LEX_STRING;
        return byte != '\\';
    }
    if (lex == DAVY_LEX_ESCAPE && byte == 'u') {
        s->escape = 0;
        s->lex = DAVY_LEX_UNICODE;
        return 0;
    }
    /* No word, wallet or hash has another escape or a bad digit in it. */
    s->character = DAVY_STRATUM_NO_ASCII;
    if (lex >= DAVY_LEX_UNICODE && davy_is_hex(byte)) {
        /* '0' is 0x30, 'A' 0x41, 'a' 0x61. */
        s->escape = s->escape << 4 | ((byte & 15) + (byte >> 6) * 9);
        if (lex < DAVY_LEX_UNICODE_LAST) {
            s->lex = lex + 1;
            return 0;
        }
        if (s->escape < 0x80)
            s->character = s->escape;
    }
    s->lex = DAVY_LEX_STRING;
    return 1;
}

/* The string is over; `word` is what it was. */
static inline __u8 davy_stratum_end_string(struct davy_stratum_state *s, __u8 word)
{
    const __u8 role = DAVY_STRATUM_REREAD(s->role);
    const __u8 place = s->places & 15;
    const __u8 works = s->works;
    const __u32 bit = DAVY_WORD_BIT(word & 31);

    s->role = DAVY_STRING_IGNORED;
    if (role == DAVY_STRING_KEY) {
        s->key = word;
        if (place == DAVY_LEVEL_MESSAGE)
            s->keys |= bit;
        else if (place == DAVY_LEVEL_PARAMS)
            s->params |= bit;
        else if (place == DAVY_LEVEL_JOB)
            s->result |= bit;
        return 1;
    }
    if (role == DAVY_STRING_METHOD) {
        s->methods |= bit;
        return 1;
    }
    if (role == DAVY_STRING_NESTED && word == DAVY_WORD_PUSH) {
        s->result |= bit;
        return 1;
    }
    if (role == DAVY_STRING_TYPE && word == DAVY_WORD_AUTH) {
        s->methods |= bit;
        return 1;
    }
    if (role == DAVY_STRING_ELEMENT) {
        if (works == 3 || (works < 3 && s->length == DAVY_STRATUM_WORK_HASH))
            s->works = works + 1;
        else
            s->works = DAVY_STRATUM_MISFIT;
    }
    return 0;
}

/* The dialect of a method so far: a sender may say no more (davy_stratum_overdue()). */
static inline void davy_stratum_method_so_far(struct davy_stratum_state *s, __u8 word)
{
    if (word == DAVY_WORD_MINING)
        s->dialect = DAVY_DIALECT_BITCOIN;
    else if (word == DAVY_WORD_ETH_LOGIN || word == DAVY_WORD_ETH_WORK)
        s->dialect = DAVY_DIALECT_ETHEREUM;
    else if (word == DAVY_WORD_LOGIN)
        s->dialect = DAVY_DIALECT_CRYPTONOTE;
}

/* A string has no raw line feed, and every pool splits its input at line feeds first. So the
 * message is broken, and the next line is read as a new one. */
static inline void davy_stratum_break(struct davy_stratum_state *s)
{
    davy_stratum_forget(s);
    s->places = DAVY_LEVEL_TOP;
    s->depth = 0;
    s->role = DAVY_STRING_IGNORED;
    s->lex = DAVY_LEX_PLAIN;
}

static inline __u8 davy_stratum_inside(struct davy_stratum_state *s, __u8 byte)
{
    const __u8 role = s->role;
    __u8 c;

    if (byte == '\n') {
        davy_stratum_break(s);
        return 0;
    }
    if (byte == '"' && s->lex == DAVY_LEX_STRING) {
        s->lex = DAVY_LEX_PLAIN;
    } else {
        if (!davy_stratum_decode(s, byte) || role == DAVY_STRING_IGNORED)
            return 0;
        c = DAVY_STRATUM_REREAD(s->character);
        if (role == DAVY_STRING_LOGIN)
            return davy_stratum_login_character(s, c);
        if (role == DAVY_STRING_ELEMENT) {
            davy_stratum_element_character(s, c);
            return 0;
        }
        if (c >= 'A' && c <= 'Z' && (role == DAVY_STRING_KEY || s->direction == DAVY_TO_CLIENT))
            c += 'a' - 'A';
        s->hash = davy_hash_step(s->hash, c);
        if (role != DAVY_STRING_METHOD)
            return 0;
    }
    s->word = davy_stratum_word(DAVY_STRATUM_REREAD(s->hash));
    if (DAVY_STRATUM_REREAD(s->lex) == DAVY_LEX_PLAIN)
        return davy_stratum_end_string(s, DAVY_STRATUM_REREAD(s->word));
    davy_stratum_method_so_far(s, DAVY_STRATUM_REREAD(s->word));
    return 0;
}

/* One byte more. Does nothing after a verdict. */
static inline void davy_stratum_step(struct davy_stratum_state *s, __u8 byte)
{
    __u8 learnt, dialect;

    if (s->verdict != DAVY_STRATUM_OPEN)
        return;
    if (s->bytes >= DAVY_STRATUM_BUDGET) {
        s->verdict = DAVY_STRATUM_CLEAR;
        return;
    }
    s->bytes++;
    if (!s->depth)
        s->message = DAVY_HASH_BEGIN;
    s->message = davy_hash_step(s->message, byte);
    if (s->lex < DAVY_LEX_STRING)
        learnt = davy_stratum_outside(s, byte);
    else
        learnt = davy_stratum_inside(s, byte);
    if (!learnt)
        return;
    dialect = s->direction == DAVY_TO_SERVER ? davy_stratum_request(s) : davy_stratum_answer(s);
    if (dialect == DAVY_DIALECT_NONE)
        return;
    s->dialect = dialect;
    s->verdict = DAVY_STRATUM_MATCH;
}

/* The methods of this message, including one that only lacks its quote. */
static inline __u32 davy_stratum_methods(const struct davy_stratum_state *s)
{
    if (s->role != DAVY_STRING_METHOD)
        return s->methods;
    return s->methods | DAVY_WORD_BIT(s->word & 31);
}

/* At the end of a segment: 1 if it must not leave before the message has decided. So no whole
 * method of a family leaves, and no character of params.login, however small the writes. A share or
 * a block template is not held: the login before it was. */
static inline __u8 davy_stratum_holds(const struct davy_stratum_state *s)
{
    const __u32 methods = davy_stratum_methods(s);

    if (s->verdict != DAVY_STRATUM_OPEN || s->direction != DAVY_TO_SERVER || s->let_go)
        return 0;
    if (methods & (DAVY_WORD_BIT(DAVY_WORD_MINING) | DAVY_WORD_BIT(DAVY_WORD_ETH_LOGIN) |
                   DAVY_WORD_BIT(DAVY_WORD_ETH_WORK)))
        return 1;
    /* Meteor's login has an array as params, and does not convict. */
    if ((methods & DAVY_WORD_BIT(DAVY_WORD_LOGIN)) && !(s->params & DAVY_WORD_BIT(DAVY_WORD_LIST)))
        return 1;
    return !!(s->params & DAVY_WORD_BIT(DAVY_WORD_LOGIN_VALUE));
}

/* The message is held no more: what has come of it leaves. The next one may be held again. */
static inline void davy_stratum_let_go(struct davy_stratum_state *s) { s->let_go = 1; }

/* The sender of a held segment will say no more: it has ended the connection, or is silent for so
 * long. 1: what it said is enough (dialect is set); 0: let it go. A word that is not over may have
 * become another one. After a login alone anything may come; who goes on with it is convicted by
 * what it says next. */
static inline __u8 davy_stratum_overdue(const struct davy_stratum_state *s)
{
    if (s->verdict != DAVY_STRATUM_OPEN || s->direction != DAVY_TO_SERVER || s->let_go)
        return 0;
    return !!(s->methods & (DAVY_WORD_BIT(DAVY_WORD_MINING) | DAVY_WORD_BIT(DAVY_WORD_ETH_LOGIN)));
}

/* What comes in alone is possible: whoever was connected to may say anything. */
static inline __u8 davy_stratum_certainty(const struct davy_stratum_facts *facts)
{
    if (facts->dialect == DAVY_DIALECT_NONE || facts->exempt)
        return 0;
    return facts->direction == DAVY_TO_SERVER ? DAVY_CERTAIN : DAVY_POSSIBLE;
}

/* A flow whose beginning was not seen may be in the middle of an HTTP body or a log, and what comes
 * in is no act of who reads it: such a match is reported, and nothing is refused. */
static inline __u32 davy_judge_stratum(const struct davy_stratum_facts *facts, __u8 mode)
{
    const __u8 certainty = davy_stratum_certainty(facts);
    const __u32 verdict = davy_verdict(certainty, mode);

    if (certainty == DAVY_POSSIBLE)
        return mode == DAVY_MODE_OFF ? DAVY_ALLOW : DAVY_ALERT;
    if (facts->midstream && davy_enforced(verdict))
        return DAVY_ALERT;
    return verdict;
}
