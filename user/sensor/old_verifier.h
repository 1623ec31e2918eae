// SPDX-License-Identifier: Apache-2.0
// Kernels whose global functions take no pointers but the context (before 5.13). There such
// functions of the BPF object are verified with each of their calls.
#pragma once

struct davy_bpf;

namespace davylamp {

// Whether the kernel loads a program with a global function that takes a pointer; by trying.
bool global_functions_take_pointers();

// Before a load: every function with a pointer argument becomes a static one to the verifier, and
// numbers_only says so to the programs. What they do stays the same.
void verify_with_each_call(davy_bpf& skeleton);

// The same where this kernel needs it. It is tried once.
void suit_verifier(davy_bpf& skeleton);

} // namespace davylamp
