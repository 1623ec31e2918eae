// SPDX-License-Identifier: Apache-2.0
// A command that waits until it is told to start.
#pragma once

#include <signal.h>

#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace davylamp {

struct Child {
    pid_t pid = -1;
    UniqueFd pidfd;
    UniqueFd go;     // one byte written starts the command
    UniqueFd failed; // readable with an errno where exec did not work; closed where it did
};

// A process that will become `command`, with `mask` as its blocked signals. Not one instruction of
// the command runs before let_go(): it can be put into a cgroup first.
Result<Child> spawn(const std::vector<std::string>& command, const sigset_t& mask);

// Starts the command. 0, or the errno of the exec that failed; the process has ended then.
Result<int> let_go(Child& child);

// Instead of let_go(): it reads end of file, and leaves.
void give_up(Child& child);

} // namespace davylamp
