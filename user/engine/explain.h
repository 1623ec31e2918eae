// SPDX-License-Identifier: Apache-2.0
// One record that was judged, with what the lineage knows of its processes, as an Alert. Number,
// incident and repeats are the engine's to fill in.
#pragma once

#include "engine/alert.h"
#include "engine/explainers.h"

namespace davylamp {

// The record is of the kind chain, image, pool or stratum, with a verdict above ALLOW, and has been
// learnt (learn.h); or it is a sweep's, judged by the engine.
Alert explain(const FindingContext& context);

} // namespace davylamp
