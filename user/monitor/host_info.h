// SPDX-License-Identifier: Apache-2.0
// Who this host is, for alerts and recordings.
#pragma once

#include "policy/policy.h"
#include "wire/recording.h"

namespace davylamp {

RecordingInfo host_info(const Policy& policy);

} // namespace davylamp
