// SPDX-License-Identifier: Apache-2.0
// One guard for many cases: loading the programs takes longer than most attacks. Within a process,
// the cases of a mode run one after the other under the same guard, each in a cgroup of its own.
#pragma once

#include "guard.h"

namespace davylamp::test {

// As run_guard() with the built-in policy: the command's status or 86, and its alerts alone.
GuardResult run_under_shared_guard(const GuardOptions& options);

} // namespace davylamp::test
