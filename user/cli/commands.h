// SPDX-License-Identifier: Apache-2.0
// One entry a subcommand: each declares its options on a CLI11 app, and main.cpp, which alone knows
// them all, runs it. The result is the exit code.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "monitor/monitor.h"
#include "monitor/note.h"
#include "policy/policy.h"

namespace davylamp {

// Exit codes, docs/events.md.
constexpr int kExitFine = 0;
constexpr int kExitFailure = 1;
constexpr int kExitUsage = 2;
constexpr int kExitAlert = 86;

using Command = std::function<int()>;

Command declare_run(CLI::App& app);
Command declare_guard(CLI::App& app);
Command declare_replay(CLI::App& app);
Command declare_dump(CLI::App& app);
Command declare_doctor(CLI::App& app);
Command declare_policy(CLI::App& app);

// "davylamp: error: where: what; mend" on stderr, escaped; returns `code`.
int complain(const Error& error, int code = kExitFailure);

// Options that several subcommands share.
struct PolicyOptions {
    std::string file, mode;
    std::optional<std::string> evidence; // "" turns off what the policy has
};
void add_policy_options(CLI::App& app, PolicyOptions& options);
void add_evidence_option(CLI::App& app, PolicyOptions& options); // where processes are ended
// What a sensor obeys is read with Trust::ours.
Result<Policy> effective_policy(const PolicyOptions& options, Trust trust = Trust::anybody);

struct OutputOptions {
    std::string format = "text";
    Format value() const { return format == "json" ? Format::json : Format::text; }
};
void add_output_options(CLI::App& app, OutputOptions& options);

// Of those before us that are dead (pins.h): ends whom they left stopped, and their refused
// connections, which nobody holds any more and which would send again what was refused. Returns how
// many there were.
Result<int> remove_the_dead();

// What each detection can do here, in each mode: one line each (doctor, and run at start).
// `hooks` as the sensor chose them.
std::string capabilities_text(const Policy& policy, const std::vector<HookChoice>& hooks);
// Which backend serves each hook, a line each, and why no better one does.
std::string hooks_text(const std::vector<HookChoice>& hooks);
// How many programs are attached, and each that is not, with its reason.
void print_attach_notes(const Source& source);

} // namespace davylamp
