// SPDX-License-Identifier: Apache-2.0
// davylamp replay: recorded events through the engine that runs live.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>

#include "base/files.h"
#include "cli/commands.h"
#include "report/report.h"
#include "wire/recording.h"

namespace davylamp {

namespace {

struct ReplayOptions {
    PolicyOptions policy;
    OutputOptions output;
    std::string file, expect;
};

// The policy that was in force when the recording was made, unless another is given.
Result<Policy> policy_for(const ReplayOptions& options, const RecordingReader& reader)
{
    if (!options.policy.file.empty())
        return effective_policy(options.policy);
    // Verdicts under a policy that was not theirs would tell another story.
    if (reader.info().policy.empty()) {
        const std::string mend = "give one with --policy";
        if (auto damage = reader.damage())
            return fail(damage->where, damage->what + "; the recorded policy is lost", mend);
        return fail(options.file, "the recording holds no policy", mend);
    }
    auto policy = parse_policy(reader.info().policy, options.file + " (recorded policy)");
    if (policy && !options.policy.mode.empty())
        policy->override_mode(*parse_mode(options.policy.mode));
    return policy;
}

// The first line in which two texts differ, in both versions.
int compare(const std::string& expected, const std::string& got, const std::string& name)
{
    std::istringstream left(expected), right(got);
    std::string want, have;
    for (int line = 1;; line++) {
        bool more = static_cast<bool>(std::getline(left, want));
        bool some = static_cast<bool>(std::getline(right, have));
        if (!more && !some)
            return kExitFine;
        if (more && some && want == have)
            continue;
        return complain({name + ":" + std::to_string(line),
                         "expected " + (more ? "\"" + want + "\"" : std::string("the end")) +
                             ", got " + (some ? "\"" + have + "\"" : std::string("the end")),
                         "if the new output is right, write it with replay > " + name});
    }
}

int replay(const ReplayOptions& options)
{
    auto reader = RecordingReader::open(options.file);
    if (!reader)
        return complain(reader.error());
    auto policy = policy_for(options, *reader);
    if (!policy) // a recorded one is the file's fault, not the caller's
        return complain(policy.error(), options.policy.file.empty() ? kExitFailure : kExitUsage);

    Engine engine(*policy);
    // The notes of list entries are all that is wanted of the files; another host may lack them.
    if (auto pools = PoolBook::read(*policy))
        engine.use_pools(std::make_shared<const PoolBook>(std::move(*pools)));
    else
        note("alerts name no entry of a list file: " + pools.error().text());
    std::string printed;
    auto sink = [&](const Alert& alert) {
        std::string text = options.output.value() == Format::json
                               ? alert_ocsf(alert, reader->info()) + "\n"
                               : alert_text(alert, reader->info());
        if (options.expect.empty())
            std::fwrite(text.data(), 1, text.size(), stdout);
        else
            printed += text;
    };
    std::uint64_t number = 0;
    int code = kExitFine;
    for (;;) {
        auto event = reader->next();
        if (!event)
            return complain(event.error());
        if (!*event)
            break;
        number++;
        if (auto differs = judge_again(**event)) {
            differs->where =
                options.file + ": record " + std::to_string(number) + ": " + differs->where;
            code = complain(*differs);
        }
        engine.feed(**event, sink);
    }
    if (auto damage = reader->damage())
        code = complain(*damage);
    if (!options.expect.empty()) {
        std::ifstream file(options.expect, std::ios::binary);
        std::ostringstream expected;
        if (!file || !(expected << file.rdbuf() || file.peek() == EOF))
            return complain({options.expect, "cannot be read", "--expect takes a file of alerts"},
                            kExitUsage);
        if (int differs = compare(expected.str(), printed, options.expect))
            code = differs;
    }
    const EngineCounts& counts = engine.counts();
    note(std::to_string(number) + " records, " + std::to_string(counts.alerts) + " alerts, " +
         std::to_string(counts.disagreements) + " verdicts judged otherwise");
    return code;
}

} // namespace

Command declare_replay(CLI::App& app)
{
    auto options = std::make_shared<ReplayOptions>();
    add_policy_options(app, options->policy);
    add_output_options(app, options->output);
    app.add_option("file", options->file, "A recording (run --record, guard --record)")
        ->required()
        ->type_name("FILE");
    app.add_option("--expect", options->expect,
                   "Compare the alerts with this file instead of printing them; a difference is an "
                   "error")
        ->type_name("FILE");
    app.footer(
        "Every verdict of the kernel is judged again by the same rules; one that differs is an\n"
        "error that names the record. Without --policy the recorded policy holds.");
    return [options] { return replay(*options); };
}

} // namespace davylamp
