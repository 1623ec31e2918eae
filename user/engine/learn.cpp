// SPDX-License-Identifier: Apache-2.0
#include "engine/learn.h"

#include "davylamp/rules/pool.h"

namespace davylamp {

namespace {

void connects(Lineage::Process* process)
{
    if (process)
        process->connected = true;
}

void mines(Lineage::Process* process)
{
    connects(process);
    if (process)
        process->stratum = true;
}

} // namespace

void learn(Lineage& lineage, const Event& event)
{
    std::uint64_t time_ns = event.header().time_ns;
    switch (event.kind()) {
    case DAVY_EVENT_CHAIN: {
        const auto& chain = event.as<davy_event_chain>();
        lineage.seen(chain.process, time_ns);
        lineage.named(chain.sink, field_text(chain.sink_comm), time_ns);
        connects(lineage.named(chain.source, field_text(chain.source_comm), time_ns));
        break;
    }
    case DAVY_EVENT_IMAGE: {
        const auto& image = event.as<davy_event_image>();
        lineage.seen(image.process, time_ns);
        if (image.decision.rule == DAVY_RULE_IMAGE_TALKING)
            connects(lineage.find(image.process.id));
        lineage.named(image.victim, {}, time_ns);
        break;
    }
    case DAVY_EVENT_POOL: {
        const auto& pool = event.as<davy_event_pool>();
        const davy_process& process = pool.process;
        // A packet's record has no more of the process than its name.
        Lineage::Process* known = davy_pool_in_packet(&pool.facts)
                                      ? lineage.named(process.id, field_text(process.comm), time_ns)
                                      : lineage.seen(process, time_ns);
        const davy_event_pool whole = whole_pool(event);
        Lineage::Process* writer =
            lineage.named(whole.writer, field_text(whole.writer_comm), time_ns);
        if (whole.relayed) {
            connects(known);
        } else if (pool.facts.match != DAVY_POOL_QUESTION) {
            mines(known);
            mines(writer);
        }
        break;
    }
    case DAVY_EVENT_STRATUM: {
        const davy_event_stratum stratum = whole_stratum(event);
        Lineage::Process* owner =
            lineage.named(stratum.owner, field_text(stratum.owner_comm), time_ns);
        Lineage::Process* writer =
            lineage.named(stratum.writer, field_text(stratum.writer_comm), time_ns);
        // What comes in, or passes through, is no act of who reads it or passes it on.
        if (stratum.facts.direction != DAVY_TO_SERVER || stratum.relayed || stratum.holds)
            connects(owner);
        else
            mines(owner);
        if (!stratum.relayed)
            mines(writer);
        break;
    }
    default: break;
    }
}

} // namespace davylamp
