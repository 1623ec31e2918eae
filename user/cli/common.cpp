// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

#include <algorithm>
#include <initializer_list>
#include <iostream>

#include "base/text.h"
#include "davylamp/rules/reach.h"
#include "enforcer/killer.h"
#include "enforcer/sock_diag.h"
#include "sensor/host.h"
#include "sensor/pins.h"

namespace davylamp {

int complain(const Error& error, int code)
{
    // A verifier's log has lines; each is escaped by itself.
    std::string text = error.text(), out;
    for (std::size_t at = 0; at <= text.size();) {
        std::size_t end = std::min(text.find('\n', at), text.size());
        out += escape_for_terminal(text.substr(at, end - at)) + "\n";
        at = end + 1;
    }
    std::cerr << "davylamp: error: " << out;
    return code;
}

void add_policy_options(CLI::App& app, PolicyOptions& options)
{
    app.add_option("--policy", options.file,
                   "Policy file (JSON, comments allowed); without it the built-in policy holds")
        ->type_name("FILE");
    app.add_option("--mode", options.mode,
                   "Mode of every detection that the policy does not turn off:\n"
                   "monitor reports, block refuses, kill ends every process of a finding")
        ->check(CLI::IsMember({"monitor", "block", "kill"}));
}

void add_evidence_option(CLI::App& app, PolicyOptions& options)
{
    app.add_option("--evidence", options.evidence,
                   "Save the image and what /proc says of a process in this folder before it is\n"
                   "ended; the policy's evidence.folder otherwise")
        ->type_name("DIR");
}

Result<Policy> effective_policy(const PolicyOptions& options, Trust trust)
{
    Result<Policy> policy =
        options.file.empty() ? Result<Policy>(default_policy()) : load_policy(options.file, trust);
    if (policy && !options.mode.empty()) {
        auto mode = parse_mode(options.mode);
        if (!mode)
            return fail("--mode", mode.error().what, mode.error().mend);
        policy->override_mode(*mode);
    }
    if (policy && options.evidence) {
        auto folder = parse_evidence_folder(*options.evidence);
        if (!folder)
            return fail("--evidence", folder.error().what, folder.error().mend);
        policy->evidence.folder = std::move(*folder);
    }
    return policy;
}

void add_output_options(CLI::App& app, OutputOptions& options)
{
    app.add_option(
           "--format", options.format,
           "Alerts on stdout: text for people, json for OCSF 1.8.0 Detection Findings, one a "
           "line (docs/events.md)")
        ->check(CLI::IsMember({"text", "json"}))
        ->capture_default_str();
}

namespace {

// "unlink: LSM (lsm/inode_unlink)"
std::string hook_text(const HookChoice& hook)
{
    return std::string(hook_name(hook.hook)) + ": " + backend_label(hook.backend()) + " (" +
           hook.served_by() + ")";
}

} // namespace

std::string hooks_text(const std::vector<HookChoice>& hooks)
{
    std::string text;
    for (const HookChoice& hook : hooks) {
        text += "  " + hook_text(hook) + "\n";
        for (const BackendRefusal& refusal : hook.refusals) {
            std::string reason = refusal.reason; // a verifier's log has lines
            for (std::size_t at = 0; (at = reason.find('\n', at)) != reason.npos; at += 9)
                reason.replace(at, 1, "\n        ");
            text += std::string("    no ") + refusal.row->attaches_to + ": " + reason + "\n";
        }
    }
    return text;
}

namespace {

// Whether all of these hooks can refuse.
bool refuses(const std::vector<HookChoice>& hooks, std::initializer_list<std::uint16_t> wanted)
{
    return std::all_of(wanted.begin(), wanted.end(), [&](std::uint16_t id) {
        return std::any_of(hooks.begin(), hooks.end(), [&](const HookChoice& hook) {
            return hook.hook == id && hook.backend() != DAVY_BACKEND_PORTABLE;
        });
    });
}

} // namespace

std::string capabilities_text(const Policy& policy, const std::vector<HookChoice>& hooks)
{
    struct Row {
        std::uint16_t detection;
        const char *what, *block, *kill;
    };
    // Three answers: deny before the effect, kill before the first instruction, notice after. Which
    // of the first two depends on the backend that serves.
    bool exec = refuses(hooks, {DAVY_HOOK_EXEC});
    bool removal = refuses(hooks, {DAVY_HOOK_UNLINK, DAVY_HOOK_RENAME});
    const char* early = "kills before the first instruction";
    const char* exec_block = exec ? "denies before the effect (exec: EPERM)" : early;
    const char* exec_kill = exec ? "denies, and kills who tried" : early;
    const char* connect_block = set_retval_works()
                                    ? "denies before the effect (connect: ECONNREFUSED)"
                                    : "denies before the effect (connect: EPERM), ends who tries "
                                      "again";
    const char* late = "notices after the removal, kills the process";
    const Row rows[] = {
        {DAVY_DETECTION_CHAIN, "chain, at the downloader's connect", connect_block,
         "denies, and ends the whole chain"},
        {DAVY_DETECTION_CHAIN, "chain, at an interpreter's or a stage's exec",
         "kills before the first instruction",
         "kills before the first instruction, ends the chain"},
        {DAVY_DETECTION_CHAIN, "downloaded file runs", "kills before the first instruction or line",
         "kills before the first instruction or line, and the downloader"},
        {DAVY_DETECTION_CHAIN, "downloaded text runs (after -c, in bash's eval)",
         "kills before any of it runs", "kills before any of it runs"},
        {DAVY_DETECTION_CHAIN, "downloaded text runs (another shell's eval)",
         "notices at its first program, kills the shell",
         "notices at its first program, kills the shell"},
        {DAVY_DETECTION_IMAGE, "fileless exec", exec_block, exec_kill},
        {DAVY_DETECTION_IMAGE, "denied exec", exec_block, exec_kill},
        {DAVY_DETECTION_IMAGE, "running image removed",
         removal ? "denies before the effect (unlink, rename: EPERM)" : late,
         removal ? "denies, and kills the process that runs it" : late},
        {DAVY_DETECTION_IMAGE, "deleted image connects",
         "denies before the effect (connect: EPERM)", "denies, and kills the process"},
        {DAVY_DETECTION_STRATUM, "pool address", "denies before the effect (connect: EPERM)",
         "denies, and kills the process"},
        {DAVY_DETECTION_STRATUM, "pool name, by a DNS answer",
         "denies before the effect (connect: EPERM)", "denies, and kills the process"},
        {DAVY_DETECTION_STRATUM, "pool name or address, in a TLS hello or asked of a proxy",
         "drops the packet before it leaves, ends the connection",
         "drops the packet, ends the connection and the socket's owner"},
        {DAVY_DETECTION_STRATUM, "DNS question for a pool name", "reports, and takes nothing",
         "reports, and takes nothing"},
        {DAVY_DETECTION_STRATUM, "Stratum payload",
         "drops the packet before it leaves, ends the connection",
         "drops the packet, ends the connection and the socket's owner"},
    };
    std::string text;
    for (const Row& row : rows) {
        Mode mode = policy.mode_of(row.detection);
        text += std::string("  ") + row.what + " [" + std::string(mode_name(mode)) + "]: ";
        text += mode == Mode::off       ? "not looked for"
                : mode == Mode::monitor ? std::string("reports; block: ") + row.block
                : mode == Mode::block   ? row.block
                                        : row.kill;
        text += "\n";
    }
    return text;
}

Result<int> remove_the_dead()
{
    PidfdKiller killer; // who is never killed is not stopped either
    int ended = 0;
    auto removed = remove_stale_instances(
        [](std::uint64_t cgroup) {
            if (int destroyed = SockDiag().destroy_orphans(cgroup); destroyed > 0)
                note("destroyed " + std::to_string(destroyed) +
                     " refused connection(s) of a dead guard");
        },
        [&](const davy_process_id& target) {
            ended += killer.kill(target, DAVY_OWN_ACT).outcome == DAVY_OUTCOME_KILLED;
        });
    if (ended > 0)
        note("ended " + std::to_string(ended) + " process(es) that a dead instance left stopped");
    return removed;
}

void print_attach_notes(const Source& source)
{
    std::size_t attached = 0, pinned = 0, wanted = 0;
    for (const AttachRow& row : source.rows()) {
        wanted += !row.needless;
        attached += row.attached;
        pinned += row.pinned;
    }
    note(std::to_string(attached) + " of " + std::to_string(wanted) + " programs attached" +
         (pinned ? ", " + std::to_string(pinned) + " pinned: they outlive this process" : ""));
    for (const AttachRow& row : source.rows()) {
        if (!row.reason.empty() && !row.needless)
            note(row.program + " (" + row.hook + "): " + row.reason);
    }
    for (const HookChoice& hook : source.hooks())
        note(hook_text(hook));
}

} // namespace davylamp
