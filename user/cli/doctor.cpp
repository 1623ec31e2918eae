// SPDX-License-Identifier: Apache-2.0
// davylamp doctor: what this host supports, and what to change.
#include <sys/utsname.h>

#include <cstdio>

#include "cli/commands.h"
#include "sensor/host.h"
#include "sensor/sensor.h"

namespace davylamp {

namespace {

void print(const HostFact& fact)
{
    std::printf("  %-3s %s: %s\n", fact.works ? "yes" : "no", fact.name.c_str(),
                fact.detail.c_str());
    if (!fact.works && !fact.mend.empty())
        std::printf("      -> %s\n", fact.mend.c_str());
}

int doctor()
{
    utsname name{};
    ::uname(&name);
    std::printf("kernel %s %s\n\nneeded:\n", name.release, name.machine);
    bool all = true;
    for (const HostFact& fact : host_needs()) {
        print(fact);
        all = all && fact.works;
    }
    if (!all) {
        std::printf("\ndavylamp cannot run here as it is.\n");
        return kExitFailure;
    }
    std::printf("\noffered:\n");
    for (const HostFact& fact : host_offers())
        print(fact);

    // Not guessed from the answers above: every program is loaded and attached, to a cgroup with
    // nobody in it, in monitor mode.
    auto cgroup = GuardCgroup::create();
    if (!cgroup)
        return complain(cgroup.error());
    SensorOptions options;
    options.scope = cgroup->path();
    options.best_effort = true;
    auto sensor = Sensor::start(default_policy(), PoolBook(default_policy()), options);
    std::printf("\nprograms:\n");
    if (!sensor) {
        std::printf("  no: %s\n", sensor.error().text().c_str());
        return kExitFailure;
    }
    for (const AttachRow& row : sensor->rows()) {
        std::printf("  %-3s %s at %s%s%s\n",
                    row.attached   ? "yes"
                    : row.needless ? "-"
                                   : "no",
                    row.program.c_str(), row.hook.c_str(), row.reason.empty() ? "" : ": ",
                    row.reason.c_str());
        all = all && (row.attached || row.needless);
    }
    std::printf("\nwho serves each hook (LSM refuses, so does fmod_ret; portable kills):\n%s",
                hooks_text(sensor->hooks()).c_str());
    std::printf("  connect: portable (cgroup/connect4, connect6), which refuses: an LSM program "
                "would add nothing\n");
    Policy blocking = default_policy();
    blocking.override_mode(Mode::block);
    Policy killing = default_policy();
    killing.override_mode(Mode::kill);
    std::printf("\nwhat each detection can do here:\n%s%s",
                capabilities_text(blocking, sensor->hooks()).c_str(),
                capabilities_text(killing, sensor->hooks()).c_str());
    return all ? kExitFine : kExitFailure;
}

} // namespace

Command declare_doctor(CLI::App& app)
{
    app.footer("Answers by trying: each program is loaded and attached for a moment, to an empty "
               "cgroup.");
    return [] { return doctor(); };
}

} // namespace davylamp
