/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A chain is complete: who was fed and who runs it are both known. The allow rules are asked, the
 * chain is judged, the verdict carried out and reported, here and nowhere else. */
#pragma once

#include "../emit.h"
#include "../enforce.h"
#include "../facts/task.h"
#include "../place.h"
#include "../settings.h"
#include "allowed.h"

#include "davylamp/rules/chain.h"

/* A finding outside the pipes: what runs came from the network by a file or as text. */
struct davy_conviction {
    struct davy_chain_facts facts;
    struct fed_origin origin;
    struct davy_inode_key file;
    struct davy_file_facts file_facts;
    u64 fed_ns;
    struct chain_sink sink; /* of id 0: the current process */
    char what[DAVY_PATH_MAX];
};

/* Both ends of a chain, and what is known beyond them. */
struct davy_chain {
    bool another; /* a walk's: is_by_another() */
    bool given;   /* who connects has the pipe from another user, who made it and is not root */
    struct davy_chain_facts *facts;
    const struct fed_origin *origin;
    const struct chain_sink *sink;
    const struct davy_walk *walk;             /* NULL: no stages known */
    const struct davy_conviction *conviction; /* NULL: a pipe or a socket */
};

/* Whom a verdict may end beside the current process. A constant at each call: a program of a kind
 * that may not signal others must not even contain the call. */
#define DAVY_REACH_NOBODY 0 /* a uprobe's program gets no task kfuncs; userspace ends the rest */
/* The sink as well. A stage's death starves the interpreter, which has had nothing yet, and a shell
 * that evaluates would go on with its next line. */
#define DAVY_REACH_SINK 1
/* The source as well, in kill mode. The downloader of an interpreter that is dead harms nobody:
 * block mode leaves it. */
#define DAVY_REACH_SOURCE 2
/* The connect is refused, and nobody ends but in kill mode: then the sink does as well. */
#define DAVY_REACH_CONNECT 3

/* Whether what runs comes from the sink's own side, by a program that another user's network may
 * not have reached: root's tar of a folder in which a user has a download wrote the file, or root's
 * sed has a user's list as its stdin in a loop, and may read nothing of it. So it is the user's
 * doing, and no act of who runs it. */
static __always_inline bool is_by_another(const struct davy_chain *chain)
{
    return chain->another || (chain->conviction && chain->conviction->file_facts.another);
}

/* The same of a pipe: a stage may have read nothing of what a user feeds who may not end its sink.
 */
static __always_inline bool davy_walk_is_anothers(const struct davy_walk *walk, u32 uid)
{
    return walk->inherited && !davy_may_hit(uid, walk->sink.uid, walk->sink.uid);
}

static __always_inline u32 causer_of(const struct davy_chain *chain)
{
    return is_by_another(chain) ? chain->origin->uid
                                : davy_chain_causer(chain->origin->uid, chain->sink->uid);
}

/* The sink read the code itself; who else takes part pays where the chain's causer reaches him. */
static __always_inline u16 davy_enforce_chain(const struct davy_chain *chain, u32 verdict,
                                              const u32 reach)
{
    const bool another = is_by_another(chain);
    u32 causer = causer_of(chain);
    u64 sinks = another ? causer : DAVY_OWN_ACT;
    u16 did = 0;

    if (another && !davy_reaches(causer, davy_current()))
        return 0;
    if (reach == DAVY_REACH_CONNECT) {
        bool reached = davy_reaches(causer, davy_current());

        /* Who was started with a user's pipe (sudo curl … | bash) does not get to fill it, and is
         * not signalled. What goes through a pipe of its own, or root's, or one that has a name,
         * is another's doing as soon as another reads it as code. */
        if (chain->given || reached)
            did = connect_refused(reached ? verdict : DAVY_DENY, false) |
                  (reached ? davy_refuse_for_good() : 0);
        if (verdict == DAVY_KILL || !did)
            did |= davy_kill_peer(&chain->sink->id, sinks);
        return did;
    }
    if (reach == DAVY_REACH_SINK) {
        if (chain->conviction || davy_reaches(causer, davy_current()))
            did = davy_kill_current();
        return did | davy_kill_peer(&chain->sink->id, sinks);
    }
    did = davy_kill_current();
    if (reach == DAVY_REACH_SOURCE && verdict == DAVY_KILL)
        did |= davy_kill_peer(&chain->origin->source, causer);
    return did;
}

static __always_inline void davy_report_chain(const struct davy_chain *chain, u32 verdict, u16 did)
{
    struct davy_event_chain *event = davy_alert_of_current(sizeof(*event));

    if (!event)
        return;
    davy_header(&event->header, DAVY_EVENT_CHAIN, sizeof(*event), verdict);
    davy_decide(&event->decision, DAVY_DETECTION_CHAIN, davy_chain_rule(chain->facts),
                davy_chain_certainty(chain->facts), did, chain->facts->row);
    event->decision.starts = davy_is_starting(davy_current());
    davy_current_process(&event->process);
    event->facts = *chain->facts;
    event->flow = chain->origin->flow;
    event->source = chain->origin->source;
    event->sink = chain->sink->id;
    event->causer_uid = causer_of(chain);
    __builtin_memcpy(event->source_comm, chain->origin->comm, DAVY_COMM_MAX);
    __builtin_memcpy(event->sink_comm, chain->sink->comm, DAVY_COMM_MAX);
    event->pipe_inode = chain->sink->inode;
    if (chain->walk) {
        event->stages_count = chain->walk->stage_count;
        __builtin_memcpy(event->stages, chain->walk->stage, sizeof(event->stages));
    }
    event->file_facts.another = is_by_another(chain);
    if (chain->conviction) {
        event->file.inode = chain->conviction->file.inode;
        event->file.device = chain->conviction->file.device;
        event->fed_ns = chain->conviction->fed_ns;
        event->file_facts = chain->conviction->file_facts;
        __builtin_memcpy(event->what, chain->conviction->what, DAVY_PATH_MAX);
    }
    davy_allow_report(&event->allow);
    davy_alert_submit(event);
}

/* The verdict. One that an allow rule lets pass is reported as well. */
static __always_inline u32 davy_complete_chain(const struct davy_chain *chain, const u32 reach)
{
    struct davy_chain_facts *facts = chain->facts;
    int row = davy_allow_judge(davy_number_of(&chain->origin->flow), chain->sink->image.inode,
                               chain->sink->image.device);
    u32 verdict;
    u16 did = 0;

    facts->exempt = row >= 0;
    facts->row = row >= 0 ? (u32)row : DAVY_NO_ROW;
    verdict = davy_judge_chain(facts, settings.mode[DAVY_DETECTION_CHAIN]);
    if (verdict == DAVY_ALLOW && !facts->exempt)
        return verdict;
    if (davy_enforced(verdict))
        did = davy_enforce_chain(chain, verdict, reach);
    davy_report_chain(chain, verdict, did);
    /* Who is out of reach goes on, and so does his connect. */
    if (davy_enforced(verdict) &&
        (reach == DAVY_REACH_CONNECT ? !(did & DAVY_DID_REFUSE) : is_by_another(chain) && !did))
        return DAVY_ALERT;
    return verdict;
}
