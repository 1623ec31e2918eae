// SPDX-License-Identifier: Apache-2.0
// The one table of programs: where each attaches, how, and which detection it works for.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace davylamp {

// How a program is attached; attach.cpp has a function for each.
enum class AttachKind {
    tracepoint,
    spare,     // a tracepoint whose programs may be preempted
    hold_exit, // ends who was stopped for evidence and runs again, by a trampoline
    hold,      // the same by a tracepoint where there are no trampolines (6.18)
    syscall,
    legacy, // a syscall that newer architectures (arm64) do not have; the others do its work there
    cgroup,
    iterator,
    shells,    // a uprobe in each shell that is installed
    on_demand, // run once, never attached
    identify,  // the same, and run already: the policy maps are filled before anything attaches
};

// A program, where it attaches, and which detection has no use for it when it is off. A program
// that attaches in several places has a row for each.
struct ProgramRow {
    const char* name;
    const char* hook;
    std::uint16_t detection; // DAVY_DETECTION_*, 0: serves all
    AttachKind kind;
};

// In the order in which they are attached. What refuses (backend.h) has rows of its own.
const std::vector<ProgramRow>& program_rows();

// What one program came to.
struct AttachRow {
    std::string program, hook;
    std::uint16_t detection = 0; // DAVY_DETECTION_*, 0: serves all
    bool attached = false, pinned = false;
    // Not attached, and nothing is missed: a better one serves, or there is no such syscall.
    bool needless = false;
    std::string reason; // why not
};

} // namespace davylamp
