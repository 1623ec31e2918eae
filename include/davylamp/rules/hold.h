/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which bytes of a TCP segment are new, and what happens to it: it passes, is dropped, or is held
 * until the matcher has decided. A held segment is a dropped one that TCP sends again, so only
 * sequence numbers are stored here.
 *
 * The caller asks davy_hold_arrives() first. If that returns DAVY_HOLD_READ, the caller puts the
 * new bytes through the matcher and asks davy_hold_leaves(). */
#pragma once

#include "davylamp/abi/stratum_record.h"
#include "davylamp/rules/stratum.h"

/* How often a held segment may come again without a new byte: TCP tries again after 0.2, 0.4, 0.8 s
 * … (RFC 6298 5.5). The last try is convicted or let go; so is the first one after the client's end
 * of the connection (FIN), since no byte follows that. */
#define DAVY_HOLD_PRESENTED_MAX 6
/* What comes again sooner is none of those tries: each acknowledgement of earlier bytes makes TCP
 * try as well (tcp_data_snd_check(), net/ipv4/tcp_input.c), and how many come, and when, the server
 * decides. */
#define DAVY_HOLD_PAUSE_MS 100

/* What to do with a segment. */
#define DAVY_HOLD_PASS 0
#define DAVY_HOLD_DROP 1
#define DAVY_HOLD_READ 2    /* read it, from `skip` bytes on */
#define DAVY_HOLD_CONVICT 3 /* what it said convicts the flow */
#define DAVY_HOLD_CLEAR 4   /* it passes, and so does all that follows in the flow */
#define DAVY_HOLD_LET_GO 5  /* it passes, and so does the rest of its message */
#define DAVY_HOLD_REPORT                                                                           \
    6 /* it passes, what a server says is reported; its side is read no more                       \
       */

/* The sequence numbers of one direction. They wrap (RFC 9293 3.4). */
struct davy_hold_side {
    __u32 next;     /* of the first byte not read yet */
    __u8 started;   /* 1: next is set */
    __u8 midstream; /* 1: bytes went by unread, at the beginning or later */
    __u8 done;      /* 1: nothing more of it is read */
    __u8 reserved;
};
DAVY_SIZE(davy_hold_side, 8);

struct davy_hold {
    struct davy_hold_side side[2]; /* by DAVY_TO_* */
    __u32 from;                    /* sequence number of the first byte that is held */
    __u8 holding;                  /* 1: the client's bytes from there on have not left */
    __u8 presented;                /* how often they came again without a new byte … */
    __u8 ended;                    /* 1: the client has ended its side (FIN) */
    __u8 reserved;
    __u32 tried_ms; /* … and when that was counted last, or a new byte came; wraps */
};
DAVY_SIZE(davy_hold, 28);

struct davy_hold_segment {
    __u32 seq;      /* of its first payload byte; a SYN counts as a byte before it */
    __u32 size;     /* payload bytes */
    __u32 now_ms;   /* CLOCK_MONOTONIC; wraps */
    __u8 direction; /* DAVY_TO_* */
    __u8 syn;
    __u8 first;   /* 1: it begins the flow, although no SYN was seen; set for new directions */
    __u8 overdue; /* davy_stratum_overdue(), set while holding: what is held convicts */
    __u8 fin;
    __u8 reserved[3];
};

/* What the matcher made of the new bytes. */
struct davy_hold_reading {
    __u32 read;    /* bytes stepped, after those that were not new */
    __u8 verdict;  /* DAVY_STRATUM_* of the direction */
    __u8 holds;    /* davy_stratum_holds() */
    __u8 enforces; /* 1: the mode is block or kill */
    __u8 overdue;  /* davy_stratum_overdue() */
};

/* What else is to be done. */
struct davy_hold_notes {
    __u32 skip;  /* of DAVY_HOLD_READ */
    __u8 resume; /* 1: bytes are missing; the matcher starts again (davy_flow_resume()) */
    __u8 lost;   /* 1: the segment's tail was not read; counted as a loss */
    __u8 reserved[2];
};

/* Both directions begin, or the socket has been connected again. */
static inline void davy_hold_begin(struct davy_hold *hold)
{
    __builtin_memset(hold, 0, sizeof(*hold));
}

/* The direction begins at this byte. */
static inline void davy_hold_start(struct davy_hold_side *side, __u32 seq)
{
    side->next = seq;
    side->started = 1;
}

/* A SYN without payload says where its direction begins, once. It may come again after payload:
 * after a SYN with data (RFC 7413), TCP's next try has none. Beginning there again would read those
 * bytes twice. */
static inline void davy_hold_syn(struct davy_hold *hold, __u8 direction, __u32 seq)
{
    struct davy_hold_side *side = &hold->side[direction & 1];

    if (!side->started)
        davy_hold_start(side, seq);
}

/* A FIN, with payload or without: the client says no more. */
static inline void davy_hold_fin(struct davy_hold *hold, __u8 direction)
{
    if (direction == DAVY_TO_SERVER)
        hold->ended = 1;
}

/* Bytes before this one were not read. In mid-stream a match is only reported, so nothing is held
 * any more. */
static inline void davy_hold_skip_to(struct davy_hold *hold, __u8 direction, __u32 seq)
{
    struct davy_hold_side *side = &hold->side[direction & 1];

    side->midstream = 1;
    side->next = seq;
    if (direction == DAVY_TO_SERVER)
        hold->holding = 0;
}

/* Nothing in the segment is new: it comes again. */
static inline __u8 davy_hold_again(struct davy_hold *hold, const struct davy_hold_segment *segment)
{
    if (!hold->holding || segment->direction != DAVY_TO_SERVER ||
        (__s32)(segment->seq + segment->size - hold->from) <= 0)
        return DAVY_HOLD_PASS;
    if (!hold->ended) {
        if (segment->now_ms - hold->tried_ms < DAVY_HOLD_PAUSE_MS)
            return DAVY_HOLD_DROP;
        hold->tried_ms = segment->now_ms;
        if (++hold->presented < DAVY_HOLD_PRESENTED_MAX)
            return DAVY_HOLD_DROP;
    }
    if (segment->overdue)
        return DAVY_HOLD_CONVICT;
    hold->holding = 0;
    return DAVY_HOLD_LET_GO;
}

/* A segment with payload: which of its bytes are new. Returns DAVY_HOLD_READ, _PASS, _DROP,
 * _CONVICT or _LET_GO; for the last, the caller tells the matcher (davy_stratum_let_go()). */
static inline __u8 davy_hold_arrives(struct davy_hold *hold,
                                     const struct davy_hold_segment *segment,
                                     struct davy_hold_notes *notes)
{
    struct davy_hold_side *side = &hold->side[segment->direction & 1];

    notes->resume = notes->lost = 0;
    notes->skip = 0;
    if (side->done)
        return DAVY_HOLD_PASS;
    if (segment->fin)
        davy_hold_fin(hold, segment->direction);
    if (!side->started) {
        davy_hold_start(side, segment->seq);
        if (!segment->syn && !segment->first) {
            side->midstream = 1;
            notes->resume = 1;
        }
    }
    notes->skip = side->next - segment->seq;
    if ((__s32)notes->skip < 0) {
        davy_hold_skip_to(hold, segment->direction, segment->seq);
        notes->resume = 1;
        notes->skip = 0;
    }
    return notes->skip < segment->size ? DAVY_HOLD_READ : davy_hold_again(hold, segment);
}

/* The verdict has fallen on a direction. Other text of the client clears the flow. What a server
 * says decides about its own side alone: it may greet with what it likes, and the client is read
 * on. */
static inline __u8 davy_hold_decided(struct davy_hold_side *side, __u8 direction, __u8 verdict)
{
    side->done = 1;
    if (direction == DAVY_TO_SERVER)
        return verdict == DAVY_STRATUM_MATCH ? DAVY_HOLD_CONVICT : DAVY_HOLD_CLEAR;
    return verdict == DAVY_STRATUM_MATCH ? DAVY_HOLD_REPORT : DAVY_HOLD_PASS;
}

/* The new bytes have been read. `notes` is what davy_hold_arrives() left. Returns DAVY_HOLD_PASS,
 * _DROP, _CONVICT, _CLEAR, _LET_GO or _REPORT. */
static inline __u8 davy_hold_leaves(struct davy_hold *hold, const struct davy_hold_segment *segment,
                                    const struct davy_hold_reading *reading,
                                    struct davy_hold_notes *notes)
{
    struct davy_hold_side *side = &hold->side[segment->direction & 1];
    const __u32 read = notes->skip + reading->read;

    notes->resume = notes->lost = 0;
    side->next = segment->seq + read;
    if (reading->verdict != DAVY_STRATUM_OPEN)
        return davy_hold_decided(side, segment->direction, reading->verdict);
    if (read < segment->size) {
        davy_hold_skip_to(hold, segment->direction, segment->seq + segment->size);
        notes->lost = 1;
        notes->resume = 1;
    }
    if (!reading->enforces || segment->direction != DAVY_TO_SERVER || side->midstream)
        return DAVY_HOLD_PASS;
    if (!reading->holds) {
        hold->holding = 0;
        return DAVY_HOLD_PASS;
    }
    if (hold->ended) {
        hold->holding = 0;
        return reading->overdue ? DAVY_HOLD_CONVICT : DAVY_HOLD_LET_GO;
    }
    if (!hold->holding) {
        hold->holding = 1;
        hold->from = segment->seq + notes->skip;
    }
    hold->presented = 0;
    hold->tried_ms = segment->now_ms;
    return DAVY_HOLD_DROP;
}
