// SPDX-License-Identifier: Apache-2.0
// Who runs a program that policy never has killed: the question of bpf/enforce.h, for processes
// that userspace ends.
#pragma once

#include <sys/types.h>

struct davy_bpf;

namespace davylamp {

// By the kernel's own table of files, which follows upgrades. The program counts where it runs with
// the host's privileges (root, or a capability), or as the child of one that does: a user who
// starts it himself may make it load what he likes. False where /proc does not say. No filesystem
// is asked: a FUSE server that belongs to the attacker would not answer.
bool is_never_killed(pid_t pid, davy_bpf& skeleton);

} // namespace davylamp
