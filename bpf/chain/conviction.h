/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A finding, as the function that looked for it leaves it behind, and the verdict on it. */
#pragma once

#include "../scratch.h"
#include "ancestors.h"
#include "judge.h"
#include "sink_of.h"

#include "../stratum/port_53.h"

#include "davylamp/rules/provenance.h"

DAVY_SCRATCH(convictions, struct davy_conviction, conviction_working)

/* An empty one, for the function that finds something to fill. */
static __always_inline struct davy_conviction *davy_conviction(void)
{
    struct davy_conviction *c = conviction_working();

    if (c)
        __builtin_memset(c, 0, sizeof(*c));
    return c;
}

/* Kills what would run it, before it does. */
static __always_inline u32 davy_convict_body(struct davy_conviction *c, const bool peers)
{
    struct davy_chain chain = {.conviction = c};
    u32 reach = DAVY_REACH_SINK;

    if (!c || !davy_is_no_dns(&c->origin.flow))
        return DAVY_ALLOW;
    if (!c->sink.id.tgid) {
        davy_sink_of(davy_current(), &c->sink);
        reach = DAVY_REACH_SOURCE;
    }
    c->sink.image = davy_current_image_key(); /* what runs, though its shell pays as well */
    c->facts.reads_code = 1;
    chain.facts = &c->facts;
    chain.origin = &c->origin;
    chain.sink = &c->sink;
    return davy_complete_chain(&chain, peers ? reach : DAVY_REACH_NOBODY);
}

/* What a function found last. */
static __always_inline struct davy_conviction *davy_found(void) { return conviction_working(); }

/* Convicts by what was found last. */
__noinline int davy_convict(void) { return davy_convict_body(davy_found(), true); }
__noinline int davy_convict_here(void) { return davy_convict_body(davy_found(), false); }

/* A file from the network runs, as an image or read by an interpreter: whether that is a finding.
 * c->origin and c->file are davy_fed_file_of()'s; c->what is set. */
static __always_inline bool davy_file_convicts(struct davy_conviction *c,
                                               const struct fed_file *file, u8 image)
{
    c->file_facts.writer = file->kind;
    c->file_facts.image = image;
    c->file_facts.another = (c->origin.kind & FED_BY_ANOTHER) != 0;
    c->file_facts.own = davy_is_ancestor(file->writer.tgid, file->writer.start_ns);
    if (!davy_is_download(&c->file_facts))
        return false;
    c->facts.source = DAVY_SOURCE_FILE;
    c->fed_ns = file->time_ns;
    return true;
}
