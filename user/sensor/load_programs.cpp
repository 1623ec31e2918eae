// SPDX-License-Identifier: Apache-2.0
#include "sensor/load_programs.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/files.h"
#include "davylamp/abi/kernel_policy.h"
#include "sensor/backend.h"
#include "sensor/budget_tables.h"
#include "sensor/host.h"
#include "sensor/libbpf_log.h"
#include "sensor/old_verifier.h"
#include "sensor/process_tables.h"
#include "sensor/programs.h"

namespace davylamp {

namespace {

davy_settings settings_for(const Policy& policy, const SensorOptions& options, const Scope& scope,
                           bool signal_other)
{
    davy_settings settings{};
    settings.mode[DAVY_DETECTION_CHAIN] = static_cast<std::uint8_t>(policy.chain);
    settings.mode[DAVY_DETECTION_IMAGE] = static_cast<std::uint8_t>(policy.image);
    settings.mode[DAVY_DETECTION_STRATUM] = static_cast<std::uint8_t>(policy.stratum);
    settings.telemetry = options.telemetry;
    settings.connects = options.connects;
    bool stratum = policy.stratum != Mode::off;
    settings.port_refuses = policy.pool_ports_refuse;
    // A list file may have no entries now and some later, and by then settings are fixed.
    bool files = !policy.pool_lists.empty();
    settings.has_pools = stratum && (files || !policy.pool_addresses.empty());
    settings.has_pool_names = stratum && (files || !policy.pool_names.empty());
    settings.has_alpn = stratum && !policy.pool_alpn.empty();
    // A bare port that does not convict is not worth a look-up.
    settings.has_ports = stratum && !policy.pool_ports.empty() && policy.pool_ports_refuse;
    settings.has_allowed = !policy.allow.empty();
    settings.has_denied = policy.image != Mode::off && !policy.image_deny.empty();
    settings.has_names = policy.chain != Mode::off && asks_for_names(policy);
    struct stat network {};
    if (::stat("/proc/self/ns/net", &network) == 0)
        settings.own_network = static_cast<std::uint32_t>(network.st_ino);
    settings.signal_in_connect = signal_in_connect_works();
    settings.signal_other = signal_other;
    settings.set_retval = set_retval_works();
    settings.ancestor_read = !ancestor_id_works();
    settings.hold_cpu = cpu_can_be_held();
    settings.evidence = options.evidence;
    settings.holds = options.evidence && (fexit_works("get_signal") ||
                                          (signal_other && has_tracepoint("irq_work_entry")));
    settings.scope_level = scope.level;
    settings.scope_cgroup = scope.id;
    settings.window_ns = policy.chain == Mode::off ? 0 : policy.chain_window_s * 1000000000ull;
    return settings;
}

Result<Skeleton> load_skeleton(const Policy& policy, const davy_settings& settings)
{
    libbpf_log().clear();
    Skeleton skeleton(davy_bpf__open());
    if (!skeleton)
        return fail("BPF object",
                    "cannot be opened: " + errno_text(errno) + "\n" + libbpf_log_end());
    // libbpf maps .rodata writable until load; the kernel then freezes it.
    std::memcpy(const_cast<davy_settings*>(
                    reinterpret_cast<const volatile davy_settings*>(&skeleton->rodata->settings)),
                &settings, sizeof settings);
    // A trampoline runs in the stopped process itself, so it serves where it is allowed.
    const bool trampoline = settings.holds && fexit_works("get_signal");
    for (const ProgramRow& row : program_rows()) {
        if ((row.detection && policy.mode_of(row.detection) == Mode::off) ||
            (row.kind == AttachKind::spare && !settings.hold_cpu) ||
            (row.kind == AttachKind::hold && (!settings.holds || trampoline)))
            bpf_program__set_autoload(bpf_object__find_program_by_name(skeleton->obj, row.name),
                                      false);
    }
    bpf_map__set_autocreate(skeleton->maps.doorbell, settings.holds && !trampoline);
    // Those are loaded one by one, once it is known which may be.
    for (const BackendRow& row : backend_rows())
        bpf_program__set_autoload(bpf_object__find_program_by_name(skeleton->obj, row.program),
                                  false);
    bpf_program__set_autoload(skeleton->progs.davy_stop_ends,
                              policy.image != Mode::off && trampoline);
    // The payload hooks read DNS on their way.
    if (!settings.has_names || policy.stratum != Mode::off) {
        bpf_program__set_autoload(skeleton->progs.davy_names, false);
        bpf_program__set_autoload(skeleton->progs.davy_names_out, false);
    }
    if (!settings.has_names && !settings.has_pool_names) {
        bpf_program__set_autoload(skeleton->progs.davy_names_to4, false);
        bpf_program__set_autoload(skeleton->progs.davy_names_to6, false);
    }
    size_process_tables(*skeleton, most_processes());
    size_budget_tables(*skeleton);
    suit_verifier(*skeleton);
    int error = davy_bpf__load(skeleton.get());
    if (error)
        return fail("BPF programs",
                    "the kernel refused them: " + errno_text(-error) + "\n" + libbpf_log_end(),
                    "`davylamp doctor` tells what this kernel lacks");
    // Not by libbpf: each backend's program is loaded with an object that has no other.
    std::uint32_t first = 0,
                  exec = static_cast<std::uint32_t>(bpf_program__fd(skeleton->progs.davy_exec));
    if (settings.hold_cpu && bpf_map__update_elem(skeleton->maps.exec_again, &first, sizeof first,
                                                  &exec, sizeof exec, BPF_ANY) != 0)
        return fail("BPF programs", "davy_exec's spares cannot call it: " + errno_text(errno));
    return skeleton;
}

} // namespace

Result<Skeleton> load_programs(const Policy& policy, const SensorOptions& options,
                               const Scope& scope)
{
    bool signal_other = signal_other_works();
    auto skeleton = load_skeleton(policy, settings_for(policy, options, scope, signal_other));
    if (!skeleton && signal_other) // there, but not for every program type: leave it to userspace
        skeleton = load_skeleton(policy, settings_for(policy, options, scope, false));
    return skeleton;
}

} // namespace davylamp
