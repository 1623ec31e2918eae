#include "cli/commands.h"

#include <iostream>

#include "base/text.h"
#include "enforcer/sock_diag.h"

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

void note(const std::string& text)
{
    std::cerr << "davylamp: " << escape_for_terminal(text) << "\n";
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

Result<Policy> effective_policy(const PolicyOptions& options)
{
    Result<Policy> policy =
        options.file.empty() ? Result<Policy>(default_policy()) : load_policy(options.file);
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

std::string capabilities_text(const Policy& policy)
{
    struct Row {
        std::uint16_t detection;
        const char *what, *block, *kill;
    };
    // The portable backend's; the wording is design's: deny before the effect, kill before the
    // first instruction, notice after.
    static const Row rows[] = {
        {DAVY_DETECTION_CHAIN, "chain, at the downloader's connect",
         "denies before the effect (connect: EPERM)", "denies, and ends the whole chain"},
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
        {DAVY_DETECTION_IMAGE, "fileless exec", "kills before the first instruction",
         "kills before the first instruction"},
        {DAVY_DETECTION_IMAGE, "running image removed",
         "notices after the removal, kills the process",
         "notices after the removal, kills the process"},
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

void destroy_orphans_of(std::uint64_t cgroup)
{
    if (int destroyed = SockDiag().destroy_orphans(cgroup); destroyed > 0)
        note("destroyed " + std::to_string(destroyed) + " refused connection(s) of a dead guard");
}

void print_attach_notes(const Sensor& sensor)
{
    std::size_t attached = 0, pinned = 0;
    for (const AttachRow& row : sensor.rows()) {
        attached += row.attached;
        pinned += row.pinned;
    }
    note(std::to_string(attached) + " of " + std::to_string(sensor.rows().size()) +
         " programs attached" +
         (pinned ? ", " + std::to_string(pinned) + " pinned: they outlive this process" : ""));
    for (const AttachRow& row : sensor.rows()) {
        if (!row.reason.empty())
            note(row.program + " (" + row.hook + "): " + row.reason);
    }
}

} // namespace davylamp
