// SPDX-License-Identifier: Apache-2.0
// What each program of the BPF object uses, itself or in what it calls: maps, and stack.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace davylamp::test {

// A function's name, which is also a program's where it has a section of its own.
struct Program {
    std::string section; // "tp_btf/sched_waking"
    std::set<std::string> maps;
    // Of its deepest chain of calls, as the verifier counts it (check_max_stack_depth(),
    // kernel/bpf/verifier.c, up to 6.1): each frame rounded up to 32 bytes.
    std::uint32_t stack = 0;
    std::vector<std::string> deepest; // its functions, with the bytes of each
};

// By name. Reads symbols, relocations and calls of the relocatable object at `path`; throws
// std::runtime_error where something in it is not understood, so that no way to a map is missed.
std::map<std::string, Program> programs_of(const std::string& path);

} // namespace davylamp::test
