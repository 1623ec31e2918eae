// SPDX-License-Identifier: Apache-2.0
// The real `davylamp guard` as a subprocess, and what it said.
#pragma once

#include <nlohmann/json.hpp>

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "support/subprocess.h"

namespace davylamp::test {

enum class Mode { monitor, block, kill };
const char* mode_name(Mode mode);
std::ostream& operator<<(std::ostream& stream, Mode mode);

struct GuardOptions {
    Mode mode = Mode::monitor;
    std::vector<std::string> command;
    std::vector<std::string> before; // words that start the guard, which must become it by exec
    std::string policy;              // of a file; empty: built-in, or share_guards_with()
    std::string record;              // path of a recording to be made
    std::chrono::milliseconds patience = kDeadline; // with the command
    bool alone = false;                             // under a guard that has seen nothing else
};

struct Finding {
    nlohmann::json json;
    std::string code() const;
    int action() const;
    int disposition() const;
    bool did(const std::string& what) const; // unmapped.did
    // Pids of the parties, or of the party with this role.
    std::vector<int> pids(const std::string& role = {}) const;
};

struct GuardResult {
    int exit_code = -1;
    std::vector<Finding> findings;
    std::string out, err;

    std::vector<std::string> codes() const;
    // The first finding with this code; fails the test and returns an empty one where there is
    // none.
    Finding first(const std::string& code) const;
};

// The alerts among these lines; checks each against OCSF.
std::vector<Finding> findings_in(const std::string& lines);

// A guard under way, for tests that do something meanwhile.
class Guard {
public:
    explicit Guard(const GuardOptions& options);
    GuardResult finish(); // waits for its end
    Subprocess& process() { return *process_; }
    std::string cgroup() const; // its folder
    std::string pins() const;   // its folder below /sys/fs/bpf/davylamp, empty where there is none

private:
    TempFolder folder_;
    std::chrono::milliseconds patience_;
    std::unique_ptr<Subprocess> process_;
};

// Under a guard that the cases of a mode and policy share (shared_guard.h), unless it is to be
// alone, to record, or to start in a world of its own.
GuardResult run_guard(const GuardOptions& options);
GuardResult run_guard(Mode mode, const std::string& shell_command);

// Arguments of `bash -c`.
std::vector<std::string> bash(const std::string& command);
const std::string& davylamp(); // the binary under test; from now on host_lock.h holds
std::string program(const std::string& name); // one of tests/live/programs
const std::string& scripts();                 // the folder of the Python ones
std::string cgroup2_folder();                 // where this process lies in the hierarchy
bool is_running(int pid);                     // and no zombie
std::string replaced(std::string text, const std::string& from, const std::string& to);

// Test names may hold letters and digits only.
std::string test_name(const std::string& words, Mode mode);

} // namespace davylamp::test
