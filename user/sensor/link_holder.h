// SPDX-License-Identifier: Apache-2.0
// Keeps what cannot be pinned when its sensor is gone: a program on a perf event (a tracepoint or a
// uprobe, before 5.15) is attached for as long as somebody has the event open.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace davylamp {

// Starts a process that keeps `descriptors` open and nothing else of this one, sleeps, and ends
// when `folder` is removed. To be called before any thread is started. Errors: inotify(7), fork(2).
Result<> hold_until_removed(std::vector<int> descriptors, const std::string& folder);

} // namespace davylamp
