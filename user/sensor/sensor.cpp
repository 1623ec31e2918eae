// SPDX-License-Identifier: Apache-2.0
#include "sensor/sensor.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/files.h"
#include "davylamp/abi/event.h"
#include "davylamp/abi/policy.h"
#include "sensor/allow_maps.h"
#include "sensor/backend_trial.h"
#include "sensor/calibrate.h"
#include "sensor/handles.h"
#include "sensor/host.h"
#include "sensor/libbpf_log.h"
#include "sensor/link_holder.h"
#include "sensor/old_verifier.h"
#include "sensor/policy_maps.h"
#include "sensor/pool_maps.h"

namespace davylamp {

namespace {

// Telemetry records taken before alerts are looked at again.
constexpr int kSlice = 4096;

// A program, where it attaches, and which detection has no use for it when it is off.
struct ProgramRow {
    const char* name;
    const char* hook;
    std::uint16_t detection;
    // legacy: a syscall that newer architectures (arm64) do not have; the others do its work there.
    // spare: for tracepoints whose programs may be preempted.
    enum { tracepoint, spare, syscall, legacy, cgroup, iterator, shells, on_demand } kind;
};
constexpr std::string_view kNamesProgram = "davy_names";
const ProgramRow kPrograms[] = {
    {"davy_exec", "tp_btf/sched_process_exec", DAVY_DETECTION_NONE, ProgramRow::tracepoint},
    {"davy_exec_spare", "tp_btf/sched_process_exec", DAVY_DETECTION_NONE, ProgramRow::spare},
    {"davy_exec_last", "tp_btf/sched_process_exec", DAVY_DETECTION_NONE, ProgramRow::spare},
    {"davy_fork", "tp_btf/sched_process_fork", DAVY_DETECTION_NONE, ProgramRow::tracepoint},
    {"davy_exit", "tp_btf/sched_process_exit", DAVY_DETECTION_NONE, ProgramRow::tracepoint},
    {"davy_connect4", "cgroup/connect4", DAVY_DETECTION_NONE, ProgramRow::cgroup},
    {"davy_connect6", "cgroup/connect6", DAVY_DETECTION_NONE, ProgramRow::cgroup},
    {"davy_egress", "cgroup_skb/egress", DAVY_DETECTION_STRATUM, ProgramRow::cgroup},
    {"davy_ingress", "cgroup_skb/ingress", DAVY_DETECTION_STRATUM, ProgramRow::cgroup},
    {"davy_open_out", "tp/syscalls/sys_exit_openat", DAVY_DETECTION_NONE, ProgramRow::syscall},
    {"davy_open_out", "tp/syscalls/sys_exit_openat2", DAVY_DETECTION_NONE, ProgramRow::syscall},
    {"davy_open_out", "tp/syscalls/sys_exit_open", DAVY_DETECTION_NONE, ProgramRow::legacy},
    {"davy_open_out", "tp/syscalls/sys_exit_creat", DAVY_DETECTION_NONE, ProgramRow::legacy},
    {"davy_execve_in", "tp/syscalls/sys_enter_execve", DAVY_DETECTION_IMAGE, ProgramRow::syscall},
    {"davy_execveat_in", "tp/syscalls/sys_enter_execveat", DAVY_DETECTION_IMAGE,
     ProgramRow::syscall},
    {"davy_execve_out", "tp/syscalls/sys_exit_execve", DAVY_DETECTION_CHAIN, ProgramRow::syscall},
    {"davy_accept_out", "tp/syscalls/sys_exit_accept", DAVY_DETECTION_CHAIN, ProgramRow::syscall},
    {"davy_accept_out", "tp/syscalls/sys_exit_accept4", DAVY_DETECTION_CHAIN, ProgramRow::syscall},
    {"davy_wake", "tp_btf/sched_waking", DAVY_DETECTION_CHAIN, ProgramRow::tracepoint},
    {"davy_evaluate", "uprobe/bash:parse_and_execute", DAVY_DETECTION_CHAIN, ProgramRow::shells},
    {"davy_calibrate", "on demand", DAVY_DETECTION_CHAIN, ProgramRow::on_demand},
    {"davy_names", "cgroup_skb/ingress", DAVY_DETECTION_CHAIN, ProgramRow::cgroup},
    {"davy_unlink_in", "tp/syscalls/sys_enter_unlink", DAVY_DETECTION_IMAGE, ProgramRow::legacy},
    {"davy_unlink_out", "tp/syscalls/sys_exit_unlink", DAVY_DETECTION_IMAGE, ProgramRow::legacy},
    {"davy_unlinkat_in", "tp/syscalls/sys_enter_unlinkat", DAVY_DETECTION_IMAGE,
     ProgramRow::syscall},
    {"davy_unlinkat_o", "tp/syscalls/sys_exit_unlinkat", DAVY_DETECTION_IMAGE, ProgramRow::syscall},
    {"davy_rename_in", "tp/syscalls/sys_enter_rename", DAVY_DETECTION_IMAGE, ProgramRow::legacy},
    {"davy_rename_out", "tp/syscalls/sys_exit_rename", DAVY_DETECTION_IMAGE, ProgramRow::legacy},
    {"davy_renamea_in", "tp/syscalls/sys_enter_renameat", DAVY_DETECTION_IMAGE,
     ProgramRow::syscall},
    {"davy_renamea_o", "tp/syscalls/sys_exit_renameat", DAVY_DETECTION_IMAGE, ProgramRow::syscall},
    {"davy_rename2_in", "tp/syscalls/sys_enter_renameat2", DAVY_DETECTION_IMAGE,
     ProgramRow::syscall},
    {"davy_rename2_o", "tp/syscalls/sys_exit_renameat2", DAVY_DETECTION_IMAGE, ProgramRow::syscall},
    {"davy_sweep", "iter/task", DAVY_DETECTION_IMAGE, ProgramRow::iterator},
};

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
    // A list file may have none now and some later, and settings are fixed by then.
    bool files = !policy.pool_lists.empty();
    settings.has_pools = stratum && (files || !policy.pool_addresses.empty());
    settings.has_pool_names = stratum && (files || !policy.pool_names.empty());
    settings.has_alpn = stratum && !policy.pool_alpn.empty();
    // A bare port that does not convict is no fact worth a look-up.
    settings.has_ports = stratum && !policy.pool_ports.empty() && policy.pool_ports_refuse;
    settings.has_allowed = !policy.allow.empty();
    settings.has_denied = policy.image != Mode::off && !policy.image_deny.empty();
    settings.has_names = policy.chain != Mode::off && asks_for_names(policy);
    struct stat network {};
    if (::stat("/proc/self/ns/net", &network) == 0)
        settings.own_network = static_cast<std::uint32_t>(network.st_ino);
    settings.signal_in_connect = signal_in_connect_works();
    settings.signal_other = signal_other;
    settings.ancestor_read = !ancestor_id_works();
    settings.hold_cpu = cpu_can_be_held();
    settings.evidence = options.evidence;
    settings.scope_level = scope.level;
    settings.scope_cgroup = scope.id;
    settings.window_ns = policy.chain == Mode::off ? 0 : policy.chain_window_s * 1000000000ull;
    settings.self_tgid = static_cast<std::uint32_t>(::getpid());
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
    for (const ProgramRow& row : kPrograms) {
        if ((row.detection && policy.mode_of(row.detection) == Mode::off) ||
            (row.kind == ProgramRow::spare && !settings.hold_cpu))
            bpf_program__set_autoload(bpf_object__find_program_by_name(skeleton->obj, row.name),
                                      false);
    }
    // Those are loaded one by one, once it is known which may be.
    for (const BackendRow& row : backend_rows())
        bpf_program__set_autoload(bpf_object__find_program_by_name(skeleton->obj, row.program),
                                  false);
    // The payload hooks read DNS on their way.
    if (!settings.has_names || policy.stratum != Mode::off)
        bpf_program__set_autoload(skeleton->progs.davy_names, false);
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

struct Sensor::Impl {
    Scope scope;
    std::string pin_folder;
    Skeleton skeleton;
    RingBuffer rings; // after the skeleton: dies first
    std::vector<Link> links;
    std::vector<std::string> shells; // files to probe
    Link sweep_link;
    AllowExpiry expiry;
    std::vector<AttachRow> rows;
    std::vector<HookChoice> hooks;
    struct Unpinned {
        int link;
        std::size_t row;
    };
    std::vector<Unpinned> unpinned;
    const RecordHandler* on_alert = nullptr;
    const RecordHandler* on_telemetry = nullptr;
    int slice = 0;

    static int alert(void* context, void* data, std::size_t size) noexcept
    {
        auto* self = static_cast<Impl*>(context);
        (*self->on_alert)(static_cast<const std::byte*>(data), size);
        return 0;
    }
    static int telemetry(void* context, void* data, std::size_t size) noexcept
    {
        auto* self = static_cast<Impl*>(context);
        (*self->on_telemetry)(static_cast<const std::byte*>(data), size);
        return --self->slice > 0 ? 0 : -EAGAIN; // consumed all the same (libbpf ringbuf.c)
    }

    void attach_backends();
    Result<> attach(const ProgramRow& row, bool best_effort);
    void attach_shells(bpf_program* program, const ProgramRow& row, AttachRow& out);
    void keep(Link link, const std::string& name, AttachRow& out);
    void hold_unpinned();
};

// Pins where there is a place for it, and holds the link. `out` is the row that will be added next.
void Sensor::Impl::keep(Link link, const std::string& name, AttachRow& out)
{
    if (!pin_folder.empty()) {
        // A program that is attached in several places has a pin for each.
        const std::string pin = pin_folder + "/" + name;
        const std::string other = pin + "-" + std::to_string(links.size());
        bool taken = ::access(pin.c_str(), F_OK) == 0;
        int error = bpf_link__pin(link.get(), (taken ? other : pin).c_str());
        out.pinned = error == 0;
        if (error)
            unpinned.push_back({bpf_link__fd(link.get()), rows.size()});
    }
    links.push_back(std::move(link));
}

void Sensor::Impl::hold_unpinned()
{
    std::vector<int> descriptors;
    for (const Unpinned& each : unpinned)
        descriptors.push_back(each.link);
    if (descriptors.empty())
        return;
    auto held = hold_until_removed(descriptors, pin_folder);
    for (const Unpinned& each : unpinned)
        rows[each.row].reason = held ? "cannot be pinned: a process holds it"
                                     : "ends with the sensor: " + held.error().text();
}

// A uprobe on each shell that exports what bash exports. A shell that does not is no error: what it
// evaluates goes unseen (docs/limits.md), and the row says so.
void Sensor::Impl::attach_shells(bpf_program* program, const ProgramRow& row, AttachRow& out)
{
    std::string without;
    for (const std::string& path : shells) {
        LIBBPF_OPTS(bpf_uprobe_opts, options, .func_name = "parse_and_execute");
        Link link(bpf_program__attach_uprobe_opts(program, -1, path.c_str(), 0, &options));
        if (!link) {
            without += (without.empty() ? "" : ", ") + path;
            continue;
        }
        out.attached = true;
        keep(std::move(link), row.name, out);
    }
    if (!out.attached)
        out.reason = shells.empty() ? "no shell is installed"
                                    : "no shell here has parse_and_execute (" + without + ")";
    else if (out.reason.empty() && !without.empty())
        out.reason = "not in " + without;
}

// What refuses, where this host lets it; the rest is the portable programs'.
void Sensor::Impl::attach_backends()
{
    hooks = choose_backends(backend_rows(), [&](const BackendRow& row) {
        std::string reason;
        Link link = try_backend(row, *skeleton, reason);
        if (!link)
            return reason;
        AttachRow out;
        out.program = row.program;
        out.hook = row.attaches_to;
        out.detection = DAVY_DETECTION_IMAGE;
        out.attached = true;
        keep(std::move(link), row.program, out);
        rows.push_back(out);
        return std::string();
    });
}

Result<> Sensor::Impl::attach(const ProgramRow& row, bool best_effort)
{
    bpf_program* program = bpf_object__find_program_by_name(skeleton->obj, row.name);
    AttachRow out;
    out.program = row.name;
    out.hook = row.hook;
    out.detection = row.detection;
    if (!bpf_program__autoload(program) && row.name == kNamesProgram)
        return {}; // nobody asks for a name, or another program does its work: nothing is missing
    if (!bpf_program__autoload(program) && row.kind == ProgramRow::spare) {
        out.needless = true;
        out.reason = "no program is preempted at a tracepoint here";
        rows.push_back(out);
        return {};
    }
    if (!bpf_program__autoload(program)) {
        out.reason = "its detection is off";
        rows.push_back(out);
        return {};
    }
    if (const HookChoice* better = replaces(hooks, row.name)) {
        out.needless = true;
        out.reason = better->served_by() + " sees it before it happens";
        rows.push_back(out);
        return {};
    }
    if (row.kind == ProgramRow::shells) {
        attach_shells(program, row, out);
        rows.push_back(out);
        return {};
    }
    if (row.kind == ProgramRow::on_demand) {
        auto done = calibrate(*skeleton);
        out.attached = static_cast<bool>(done);
        if (!done)
            out.reason = done.error().what;
        rows.push_back(out);
        return {};
    }
    libbpf_log().clear();
    Link link;
    switch (row.kind) {
    case ProgramRow::cgroup:
        link.reset(bpf_program__attach_cgroup(program, scope.folder.get()));
        break;
    case ProgramRow::iterator: link.reset(bpf_program__attach_iter(program, nullptr)); break;
    case ProgramRow::syscall:
    case ProgramRow::legacy: {
        // By the row and not by the program's section: one program may serve several syscalls.
        const std::string hook = row.hook;
        link.reset(bpf_program__attach_tracepoint(program, "syscalls",
                                                  hook.substr(hook.rfind('/') + 1).c_str()));
        if (!link && row.kind == ProgramRow::legacy && errno == ENOENT) {
            out.needless = true;
            out.reason = "this architecture has no such syscall";
            rows.push_back(out);
            return {};
        }
        break;
    }
    default: link.reset(bpf_program__attach(program));
    }
    if (!link && best_effort) {
        out.reason = "cannot be attached: " + errno_text(errno);
        rows.push_back(out);
        return {};
    }
    if (!link)
        return fail(std::string(row.name) + " at " + row.hook,
                    "cannot be attached: " + errno_text(errno) + "\n" + libbpf_log_end(),
                    "`davylamp doctor` tells what this kernel lacks");
    out.attached = true;
    if (row.kind == ProgramRow::iterator) {
        sweep_link = std::move(link);
    } else {
        keep(std::move(link), row.name, out);
    }
    rows.push_back(out);
    return {};
}

Sensor::Sensor(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Sensor::Sensor(Sensor&&) noexcept = default;

Sensor::~Sensor()
{
    if (!impl_)
        return;
    // A pinned link outlives its descriptor, so the pin goes first.
    for (Link& link : impl_->links) {
        if (bpf_link__pin_path(link.get()))
            bpf_link__unpin(link.get());
    }
}

Result<Sensor> Sensor::start(const Policy& policy, const PoolBook& pools,
                             const SensorOptions& options)
{
    libbpf_set_print(keep_libbpf_log);
    if (auto host = require_host(); !host)
        return fail(host.error());
    if (auto tracefs = ensure_tracefs(); !tracefs)
        return fail(tracefs.error());
    auto scope = open_scope(options.scope);
    if (!scope)
        return fail(scope.error());

    auto impl = std::make_unique<Impl>();
    impl->scope = std::move(*scope);
    impl->pin_folder = options.pin_folder;
    impl->shells = installed_shells(policy);
    bool signal_other = signal_other_works();
    auto skeleton = load_skeleton(policy, settings_for(policy, options, impl->scope, signal_other));
    if (!skeleton && signal_other) // there, but not for every program type: leave it to userspace
        skeleton = load_skeleton(policy, settings_for(policy, options, impl->scope, false));
    if (!skeleton)
        return fail(skeleton.error());
    impl->skeleton = std::move(*skeleton);
    if (auto filled = fill_policy_maps(policy, *impl->skeleton); !filled)
        return fail(filled.error());
    if (auto filled = fill_pool_maps(pools, *impl->skeleton); !filled)
        return fail(filled.error());
    auto expiry = fill_allow_maps(policy, *impl->skeleton);
    if (!expiry)
        return fail(expiry.error());
    impl->expiry = *expiry;

    impl->rings.reset(ring_buffer__new(bpf_map__fd(impl->skeleton->maps.alerts), Impl::alert,
                                       impl.get(), nullptr));
    if (!impl->rings ||
        ring_buffer__add(impl->rings.get(), bpf_map__fd(impl->skeleton->maps.telemetry),
                         Impl::telemetry, impl.get()) != 0)
        return fail("ring buffers", "cannot be mapped: " + errno_text(errno));
    if (policy.image != Mode::off)
        impl->attach_backends();
    for (const ProgramRow& row : kPrograms) {
        if (auto attached = impl->attach(row, options.best_effort); !attached)
            return fail(attached.error());
    }
    impl->hold_unpinned();
    return Sensor(std::move(impl));
}

int Sensor::poll_fd() const { return ring_buffer__epoll_fd(impl_->rings.get()); }

bool Sensor::drain(const RecordHandler& on_alert, const RecordHandler& on_telemetry)
{
    impl_->on_alert = &on_alert;
    impl_->on_telemetry = &on_telemetry;
    impl_->slice = kSlice;
    return ring_buffer__consume(impl_->rings.get()) == -EAGAIN;
}

Result<> Sensor::sweep(bool gone_only, const RecordHandler& on_process)
{
    if (!impl_->sweep_link)
        return {};
    impl_->skeleton->bss->sweep_gone_only = gone_only;
    UniqueFd file(bpf_iter_create(bpf_link__fd(impl_->sweep_link.get())));
    if (!file)
        return fail("iter/task", "cannot be read: " + errno_text(errno));
    alignas(8) std::byte buffer[sizeof(davy_event_process) * 64];
    std::size_t filled = 0;
    for (;;) {
        ssize_t size = ::read(file.get(), buffer + filled, sizeof buffer - filled);
        if (size < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (size < 0)
            return fail("iter/task", "cannot be read: " + errno_text(errno));
        if (size == 0)
            return {};
        filled += static_cast<std::size_t>(size);
        std::size_t used = 0;
        for (; filled - used >= sizeof(davy_event_process); used += sizeof(davy_event_process))
            on_process(buffer + used, sizeof(davy_event_process));
        std::memmove(buffer, buffer + used, filled - used);
        filled -= used;
    }
}

std::vector<std::uint64_t> Sensor::losses() const
{
    std::vector<std::uint64_t> sums(DAVY_LOSS_COUNT);
    int cpus = libbpf_num_possible_cpus();
    std::vector<std::uint64_t> counts(static_cast<std::size_t>(cpus > 0 ? cpus : 0));
    for (std::uint32_t reason = 0; reason < DAVY_LOSS_COUNT; reason++) {
        if (bpf_map__lookup_elem(impl_->skeleton->maps.losses, &reason, sizeof reason,
                                 counts.data(), counts.size() * sizeof counts[0], 0) != 0)
            continue;
        for (std::uint64_t count : counts)
            sums[reason] += count;
    }
    return sums;
}

void Sensor::mark_replaced(std::uint64_t inode, std::uint32_t device)
{
    davy_inode_key key{inode, device, 0};
    std::uint32_t one = 1;
    bpf_map__update_elem(impl_->skeleton->maps.replaced, &key, sizeof key, &one, sizeof one,
                         BPF_ANY);
}

void Sensor::mark_sealed(std::uint64_t inode, std::uint32_t device, bool is_copy)
{
    davy_inode_key key{inode, device, 0};
    std::uint32_t one = 1;
    bpf_map* map = impl_->skeleton->maps.sealed_copies;
    if (is_copy)
        bpf_map__update_elem(map, &key, sizeof key, &one, sizeof one, BPF_ANY);
    else
        bpf_map__delete_elem(map, &key, sizeof key, 0);
}

void Sensor::save_until(std::uint64_t time_ns)
{
    impl_->skeleton->bss->evidence_until_ns = time_ns;
}

Result<> Sensor::end_expired() { return tighten(impl_->expiry, *impl_->skeleton); }

Result<> Sensor::replace_pools(const PoolBook& pools)
{
    return replace_pool_maps(pools, *impl_->skeleton);
}

const std::vector<AttachRow>& Sensor::rows() const { return impl_->rows; }

const std::vector<HookChoice>& Sensor::hooks() const { return impl_->hooks; }

} // namespace davylamp
