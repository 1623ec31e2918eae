// SPDX-License-Identifier: Apache-2.0
// Which maps each program of the BPF object uses, itself or in what it calls.
#pragma once

#include <map>
#include <set>
#include <string>

namespace davylamp::test {

// A function's name, which is also a program's where it has a section of its own.
struct Program {
    std::string section; // "tp_btf/sched_waking"
    std::set<std::string> maps;
};

// By name. Reads symbols, relocations and calls of the relocatable object at `path`; throws
// std::runtime_error where something in it is not understood, so that no way to a map is missed.
std::map<std::string, Program> programs_of(const std::string& path);

} // namespace davylamp::test
