// SPDX-License-Identifier: Apache-2.0
// The functions that make an alert of a record: one for each way to tell a finding. The rule book
// says which rule has which; explain.h calls them.
#pragma once

#include "engine/alert.h"
#include "engine/lineage.h"
#include "policy/pool_book.h"
#include "wire/event.h"

namespace davylamp {

// A record, how it was judged, and what there is to explain it with.
struct FindingContext {
    Lineage& lineage;
    const PoolBook& pools;
    const Event& event;
    davy_decision decision; // the record's; of a sweep's record, the engine's
    std::uint32_t verdict;
};

// The alert but for what is common to all: number, incident, repeats, severity, and whom
// condemned() names.
using Explainer = Alert (*)(const FindingContext& context);

// Records of the kind chain.
Alert explain_chain(const FindingContext& context);
// Of the kind image. They mark the processes whose image is gone.
Alert explain_fileless(const FindingContext& context);
Alert explain_removed(const FindingContext& context);
Alert explain_talking(const FindingContext& context);
Alert explain_starting(const FindingContext& context);
Alert explain_denied(const FindingContext& context);
// Of the kind process: a sweep's.
Alert explain_found(const FindingContext& context);
// Of the kind stratum.
Alert explain_stratum(const FindingContext& context);
// Of the kind pool.
Alert explain_pool(const FindingContext& context);
// Of any kind that has a decision, where the rule book has no explainer: the recording is newer, or
// damaged.
Alert explain_unknown(const FindingContext& context);

} // namespace davylamp
