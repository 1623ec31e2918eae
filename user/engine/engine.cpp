// SPDX-License-Identifier: Apache-2.0
#include "engine/engine.h"

#include "davylamp/rules/image.h"
#include "engine/evidence.h"
#include "engine/explain.h"
#include "engine/finding_key.h"
#include "engine/incident.h"
#include "engine/learn.h"
#include "engine/lineage.h"
#include "engine/repeats.h"

namespace davylamp {

struct Engine::Impl {
    explicit Impl(const Policy& given)
        : policy(given), pools(std::make_shared<const PoolBook>(given))
    {
    }

    void alert_record(const Event& event, const AlertSink& sink);
    void swept(const Event& record, const AlertSink& sink);
    void saved(const Event& event);
    void report(Alert alert, std::uint64_t repeats, const AlertSink& sink);

    const Policy policy; // a copy: the caller's may be reloaded
    std::shared_ptr<const PoolBook> pools;
    EngineCounts counts;
    Lineage lineage;
    Incidents incidents;
    Repeats repeats;
};

void Engine::Impl::report(Alert alert, std::uint64_t held_back, const AlertSink& sink)
{
    std::vector<davy_process_id> roots;
    for (const AlertParty& party : alert.parties)
        roots.push_back(lineage.root(party.process.id));
    alert.incident = incidents.number(roots, alert.time_ns);
    alert.repeats = held_back;
    alert.sequence = ++counts.alerts;
    counts.certain += alert.decision.certainty == DAVY_CERTAIN;
    sink(alert);
}

void Engine::Impl::alert_record(const Event& event, const AlertSink& sink)
{
    learn(lineage, event);
    if (event.header().verdict == DAVY_ALLOW)
        return;
    auto held_back = repeats.report(finding_key(event), event.header().time_ns);
    if (held_back)
        report(explain({lineage, *pools, event, *decision_of(event), event.header().verdict}),
               *held_back, sink);
}

// A sweep's record judges nothing in the kernel: the rule is asked here, in the policy's mode.
void Engine::Impl::swept(const Event& record, const AlertSink& sink)
{
    const davy_event_process event = whole_process(record);
    // Its next exec is known already: the sweep's answer is about what it ran before.
    if (const Lineage::Process* known = lineage.find(event.process.id);
        known && known->text && known->started_ns > event.header.time_ns)
        return;
    Lineage::Process* process = lineage.seen(event.process, event.header.time_ns);
    if (!process || process->told_gone(event.process.image))
        return;
    auto mode = static_cast<std::uint8_t>(policy.image);
    std::uint32_t verdict = davy_judge_image(&event.process.image, DAVY_RULE_IMAGE_FOUND, mode);
    if (event.process.image.inode == 0 || verdict == DAVY_ALLOW)
        return;
    davy_decision decision{};
    decision.detection = DAVY_DETECTION_IMAGE;
    decision.rule = DAVY_RULE_IMAGE_FOUND;
    decision.mode = mode;
    decision.certainty = DAVY_CERTAIN;
    decision.row = DAVY_NO_ROW;
    report(explain({lineage, *pools, record, decision, verdict}), 0, sink);
}

void Engine::Impl::saved(const Event& event)
{
    const auto& record = event.as<davy_event_evidence>();
    lineage.evidence(record.target, evidence_info(record, evidence_folder(event)));
}

Engine::Engine(const Policy& policy) : impl_(std::make_unique<Impl>(policy)) {}

Engine::~Engine() = default;

void Engine::use_pools(std::shared_ptr<const PoolBook> pools) { impl_->pools = std::move(pools); }

void Engine::feed(const Event& event, const AlertSink& sink)
{
    EngineCounts& counts = impl_->counts;
    counts.events++;
    switch (event.kind()) {
    case DAVY_EVENT_FORK:
        counts.forks++;
        impl_->lineage.fork(event.as<davy_event_fork>());
        break;
    case DAVY_EVENT_EXEC:
        counts.execs++;
        impl_->lineage.exec(event.as<davy_event_exec>(), exec_args(event));
        break;
    case DAVY_EVENT_EXIT:
        counts.exits++;
        impl_->lineage.exit(event.as<davy_event_exit>());
        break;
    case DAVY_EVENT_CONNECT: {
        counts.connects++;
        const auto& connect = event.as<davy_event_connect>();
        if (auto* process = impl_->lineage.seen(connect.process, connect.header.time_ns))
            process->connected = true;
        break;
    }
    case DAVY_EVENT_PROCESS: impl_->swept(event, sink); break;
    case DAVY_EVENT_PLACE: impl_->lineage.place(event.as<davy_event_place>()); break;
    case DAVY_EVENT_CHAIN:
    case DAVY_EVENT_IMAGE:
    case DAVY_EVENT_POOL:
    case DAVY_EVENT_STRATUM: impl_->alert_record(event, sink); break;
    case DAVY_EVENT_LOSS: {
        const auto& loss = event.as<davy_event_loss>();
        for (int i = 0; i < DAVY_LOSS_COUNT; i++)
            counts.losses[i] = loss.count[i]; // each record has the totals
        break;
    }
    case DAVY_EVENT_EVIDENCE: impl_->saved(event); break;
    default: // an outcome is one of the events; an unknown kind too
        break;
    }
    if (judge_again(event))
        counts.disagreements++;
    counts.processes = impl_->lineage.live();
}

const EngineCounts& Engine::counts() const { return impl_->counts; }

const Lineage& Engine::lineage() const { return impl_->lineage; }

} // namespace davylamp
