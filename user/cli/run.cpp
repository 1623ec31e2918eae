// SPDX-License-Identifier: Apache-2.0
// davylamp run: the always-on sensor.
#include <memory>
#include <optional>

#include "base/files.h"
#include "cli/commands.h"
#include "monitor/stop_signals.h"
#include "sensor/host.h"
#include "sensor/pins.h"
#include "wire/names.h"

namespace davylamp {

namespace {

struct RunOptions {
    PolicyOptions policy;
    OutputOptions output;
    MonitorOptions monitor;
    bool pin = true;
};

void say_counts(const Monitor& monitor)
{
    const EngineCounts& counts = monitor.counts();
    note(std::to_string(counts.alerts) + " alerts, " + std::to_string(monitor.killed()) +
         " processes ended from userspace" +
         (monitor.failed() ? ", " + std::to_string(monitor.failed()) + " could not be" : "") +
         "; " + std::to_string(counts.execs) + " execs, " + std::to_string(counts.forks) +
         " forks, " + std::to_string(counts.exits) + " exits seen");
    for (std::uint16_t reason = 0; reason < DAVY_LOSS_COUNT; reason++) {
        if (counts.losses[reason])
            note("lost: " + std::to_string(counts.losses[reason]) + " (" +
                 std::string(loss_name(reason)) + ")");
    }
}

int run(const RunOptions& options)
{
    auto policy = effective_policy(options.policy, Trust::ours);
    if (!policy)
        return complain(policy.error(), kExitUsage);
    auto pools = PoolWatch::open(*policy);
    if (!pools)
        return complain(pools.error(), kExitUsage);
    if (auto host = require_host(); !host)
        return complain(host.error());

    auto stop = StopSignals::open();
    if (!stop)
        return complain(stop.error());

    MonitorOptions monitor_options = options.monitor;
    monitor_options.format = options.output.value();
    std::optional<Instance> instance;
    if (options.pin) {
        auto made = Instance::create("run");
        if (!made)
            return complain(made.error());
        instance.emplace(std::move(*made));
        monitor_options.pin_folder = instance->folder();
    }
    auto monitor = Monitor::start(*policy, std::move(*pools), monitor_options);
    if (!monitor)
        return complain(monitor.error());
    // Only now: a predecessor's programs went on until ours stood.
    auto stale = remove_the_dead();
    if (!stale)
        note("dead instances are left as they are: " + stale.error().text());
    else if (*stale > 0)
        note("took over from " + std::to_string(*stale) + " dead instance(s)");
    print_attach_notes((*monitor)->source());
    note("watching " +
         (options.monitor.scope.empty() ? std::string("the whole host") : options.monitor.scope) +
         "; policy: " + policy->source);
    std::fputs(capabilities_text(*policy, (*monitor)->source().hooks()).c_str(), stderr);

    std::vector<pollfd> also{{stop->fd(), POLLIN, 0}};
    while (!(also[0].revents & POLLIN))
        (*monitor)->turn(-1, also);
    auto finished = (*monitor)->finish();
    say_counts(**monitor);
    monitor->reset();
    return finished ? kExitFine : complain(finished.error());
}

} // namespace

Command declare_run(CLI::App& app)
{
    auto options = std::make_shared<RunOptions>();
    add_policy_options(app, options->policy);
    add_evidence_option(app, options->policy);
    add_output_options(app, options->output);
    app.add_option("--scope", options->monitor.scope,
                   "Watch and enforce in this cgroup (v2) and below it, and nowhere else")
        ->type_name("CGROUP");
    app.add_option("--record", options->monitor.record,
                   "Write every record to a new file, for replay")
        ->type_name("FILE");
    app.add_flag("!--no-pin", options->pin,
                 "Let the programs end with this process instead of pinning them in bpffs");
    app.add_flag("--best-effort", options->monitor.best_effort,
                 "Start although a program cannot be attached; each is named");
    app.footer("Alerts go to stdout, diagnostics to stderr. SIGTERM, SIGINT and SIGHUP end it in "
               "order and\n"
               "print the counts. After SIGKILL the pinned programs go on blocking; the next run\n"
               "takes over from them.");
    return [options] { return run(*options); };
}

} // namespace davylamp
