// SPDX-License-Identifier: Apache-2.0
// davylamp policy check|show|explain.
#include <cstdio>
#include <ctime>
#include <iostream>
#include <iterator>
#include <memory>

#include "base/files.h"
#include "cli/commands.h"
#include "policy/allow_tables.h"
#include "report/allow_explained.h"

namespace davylamp {

namespace {

struct Options {
    PolicyOptions policy;
    std::string event;
    bool show = false, explain = false;
};

// Not faults of the file, but hardly what its author meant: rules that have ended, and conditions
// that can never hold here.
void warn(const Policy& policy)
{
    auto now = static_cast<std::uint64_t>(std::time(nullptr));
    for (std::size_t i = 0; i < policy.allow.size(); i++) {
        const AllowRule& rule = policy.allow[i];
        if (rule.expires_s != 0 && rule.expires_s <= now)
            note("detections.chain.allow[" + std::to_string(i) + "].expires: it ended with " +
                 rule.expires + " and matches no more");
    }
    for (const std::string& lacking : allow_tables(policy, this_host()).notes)
        note(lacking);
}

Result<std::string> event_text(const std::string& path)
{
    if (path != "-")
        return read_file(path);
    return std::string(std::istreambuf_iterator<char>(std::cin), {});
}

int explain(const std::string& path, const Policy& policy)
{
    auto text = event_text(path);
    if (!text)
        return complain(text.error(), kExitUsage);
    auto event = read_judged_event(*text, path == "-" ? "standard input" : path);
    if (!event)
        return complain(event.error(), kExitUsage);
    std::fputs(allow_explained(*event, policy, this_host()).c_str(), stdout);
    return kExitFine;
}

} // namespace

Command declare_policy(CLI::App& app)
{
    auto options = std::make_shared<Options>();
    app.require_subcommand(1);
    CLI::App* check = app.add_subcommand(
        "check",
        "Validate FILE and its list files; 0 when they are good. Rules that have ended are named");
    check->add_option("file", options->policy.file, "Policy file")->required()->type_name("FILE");
    CLI::App* print =
        app.add_subcommand("show", "Print the policy that FILE makes over the defaults");
    print->add_option("file", options->policy.file, "Policy file; without it the built-in policy")
        ->type_name("FILE");
    print->callback([options] { options->show = true; });
    CLI::App* why = app.add_subcommand(
        "explain", "Say which rule decided an event, and why, condition by condition");
    why->add_option("event", options->event,
                    "One alert of --format json, or one record of `davylamp dump`; - reads "
                    "standard input")
        ->required()
        ->type_name("EVENT.json");
    why->add_option("--policy", options->policy.file,
                    "The policy to judge it by; without it the built-in one")
        ->type_name("FILE");
    why->callback([options] { options->explain = true; });
    app.footer("docs/policy.md has every key.");
    return [options] {
        auto policy = effective_policy(options->policy);
        if (!policy)
            return complain(policy.error(), kExitUsage);
        if (options->explain)
            return explain(options->event, *policy);
        if (options->show)
            std::printf("%s\n", policy_json(*policy).c_str());
        else if (auto pools = PoolBook::read(*policy))
            warn(*policy);
        else
            return complain(pools.error(), kExitUsage);
        return kExitFine;
    };
}

} // namespace davylamp
