// SPDX-License-Identifier: Apache-2.0
// From a policy to an object in the kernel: its settings, which of its programs are loaded, the
// load itself.
#pragma once

#include "base/result.h"
#include "policy/policy.h"
#include "sensor/cgroup.h"
#include "sensor/handles.h"
#include "sensor/sensor.h"

namespace davylamp {

// The object, loaded and attached to nothing; its maps are empty. Without what refuses (backend.h).
// Error: the kernel refuses a program; the end of the verifier's log is in it.
Result<Skeleton> load_programs(const Policy& policy, const SensorOptions& options,
                               const Scope& scope);

} // namespace davylamp
