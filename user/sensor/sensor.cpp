// SPDX-License-Identifier: Apache-2.0
#include "sensor/sensor.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/files.h"
#include "base/unique_fd.h"
#include "davylamp/abi/kernel_policy.h"
#include "davylamp/abi/records.h"
#include "sensor/accepted_socket.h"
#include "sensor/attach.h"
#include "sensor/fill_allow_maps.h"
#include "sensor/handles.h"
#include "sensor/host.h"
#include "sensor/identify.h"
#include "sensor/libbpf_log.h"
#include "sensor/load_programs.h"
#include "sensor/never_killed.h"
#include "sensor/policy_maps.h"
#include "sensor/pool_maps.h"

namespace davylamp {

namespace {

// Records of one ring taken before the other is looked at again. Alerts are fewer and larger, and
// each is acted on as it is read; a flood of them must not keep the reader in here.
constexpr int kAlertSlice = 1024;
constexpr int kSlice = 4096;

// Drains that read a full ring, were each record as small as one can be: a header, and the ring's
// own 8 bytes before it. One more for records that waited to be submitted.
int drains_of(const bpf_map* ring, int slice)
{
    std::uint32_t most = bpf_map__max_entries(ring) / (sizeof(davy_event_header) + 8);
    return static_cast<int>(most) / slice + 2;
}

} // namespace

struct Sensor::Impl {
    Impl(Skeleton loaded, AttachPlace place)
        : skeleton(std::move(loaded)), attachments(*skeleton, std::move(place))
    {
    }

    Skeleton skeleton;
    RingBuffer rings; // after the skeleton: dies first
    // Telemetry by itself, for after a full slice of alerts, which ends the reading of both.
    RingBuffer telemetry_ring;
    Attachments attachments;
    AllowExpiry expiry;
    const RecordHandler* on_alert = nullptr;
    const RecordHandler* on_telemetry = nullptr;
    int alert_slice = 0, slice = 0;
    bool holds = false; // who is condemned does not run again

    static int alert(void* context, void* data, std::size_t size) noexcept
    {
        auto* self = static_cast<Impl*>(context);
        (*self->on_alert)(static_cast<const std::byte*>(data), size);
        return --self->alert_slice > 0 ? 0 : -EAGAIN; // consumed all the same (libbpf ringbuf.c)
    }
    static int telemetry(void* context, void* data, std::size_t size) noexcept
    {
        auto* self = static_cast<Impl*>(context);
        (*self->on_telemetry)(static_cast<const std::byte*>(data), size);
        return --self->slice > 0 ? 0 : -EAGAIN;
    }

    Result<> fill_maps(const Policy& policy, const PoolBook& pools);
    Result<> open_rings();
    Result<> attach(bool images, bool best_effort);
};

Result<> Sensor::Impl::fill_maps(const Policy& policy, const PoolBook& pools)
{
    // So the programs know who the sensor is and which root is the host's, whatever policy lists.
    if (auto self = identify("/proc/self/exe", *skeleton); !self)
        return fail(self.error());
    if (auto filled = fill_policy_maps(policy, *skeleton); !filled)
        return fail(filled.error());
    if (auto filled = fill_pool_maps(pools, *skeleton); !filled)
        return fail(filled.error());
    auto filled = fill_allow_maps(policy, *skeleton);
    if (!filled)
        return fail(filled.error());
    expiry = *filled;
    return {};
}

Result<> Sensor::Impl::open_rings()
{
    rings.reset(ring_buffer__new(bpf_map__fd(skeleton->maps.alerts), alert, this, nullptr));
    telemetry_ring.reset(
        ring_buffer__new(bpf_map__fd(skeleton->maps.telemetry), telemetry, this, nullptr));
    if (!rings || !telemetry_ring ||
        ring_buffer__add(rings.get(), bpf_map__fd(skeleton->maps.telemetry), telemetry, this) != 0)
        return fail("ring buffers", "cannot be mapped: " + errno_text(errno));
    return {};
}

// `images`: whether their detection is on, which is all that a backend serves.
Result<> Sensor::Impl::attach(bool images, bool best_effort)
{
    if (images)
        attachments.attach_backends();
    for (const ProgramRow& row : program_rows()) {
        if (auto attached = attachments.attach(row, best_effort); !attached)
            return fail(attached.error());
    }
    attachments.hold_unpinned();
    auto attached = [&](const char* name) { return attachments.is_attached(name); };
    holds = attached("davy_stop_ends") ||
            (attached("davy_resume") && attached("davy_resumed") && attached("davy_continue"));
    return attachments.pin_condemned();
}

Sensor::Sensor(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Sensor::Sensor(Sensor&&) noexcept = default;

Sensor::~Sensor() = default;

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
    auto skeleton = load_programs(policy, options, *scope);
    if (!skeleton)
        return fail(skeleton.error());
    auto impl = std::make_unique<Impl>(
        std::move(*skeleton),
        AttachPlace{std::move(*scope), installed_shells(policy), options.pin_folder});
    if (auto filled = impl->fill_maps(policy, pools); !filled)
        return fail(filled.error());
    if (auto opened = impl->open_rings(); !opened)
        return fail(opened.error());
    bool images = policy.image != Mode::off;
    if (auto attached = impl->attach(images, options.best_effort); !attached)
        return fail(attached.error());
    return Sensor(std::move(impl));
}

int Sensor::poll_fd() const { return ring_buffer__epoll_fd(impl_->rings.get()); }

bool Sensor::drain(const RecordHandler& on_alert, const RecordHandler& on_telemetry)
{
    impl_->on_alert = &on_alert;
    impl_->on_telemetry = &on_telemetry;
    impl_->alert_slice = kAlertSlice;
    impl_->slice = kSlice;
    bool more = ring_buffer__consume(impl_->rings.get()) == -EAGAIN;
    if (impl_->alert_slice <= 0)
        ring_buffer__consume(impl_->telemetry_ring.get());
    return more;
}

int Sensor::most_drains() const
{
    return std::max(drains_of(impl_->skeleton->maps.alerts, kAlertSlice),
                    drains_of(impl_->skeleton->maps.telemetry, kSlice));
}

Result<> Sensor::sweep(bool gone_only, const RecordHandler& on_process)
{
    const bpf_link* link = impl_->attachments.sweep_link();
    if (!link)
        return {};
    impl_->skeleton->bss->sweep_gone_only = gone_only;
    UniqueFd file(bpf_iter_create(bpf_link__fd(link)));
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

// As bpf/condemned.h does it. The kernel programs count with atomic instructions as well.
bool Sensor::condemn(const davy_process_id& target)
{
    bpf_map* map = impl_->skeleton->maps.condemned;
    std::uint64_t start = 0;
    bool known =
        bpf_map__lookup_elem(map, &target.tgid, sizeof target.tgid, &start, sizeof start, 0) == 0;
    if (bpf_map__update_elem(map, &target.tgid, sizeof target.tgid, &target.start_ns,
                             sizeof target.start_ns, BPF_ANY) != 0)
        return false;
    if (!known)
        __atomic_fetch_add(&impl_->skeleton->bss->condemned_count, 1, __ATOMIC_SEQ_CST);
    return impl_->holds;
}

void Sensor::acquit(const davy_process_id& target)
{
    bpf_map* map = impl_->skeleton->maps.condemned;
    std::uint64_t start = 0;
    if (bpf_map__lookup_elem(map, &target.tgid, sizeof target.tgid, &start, sizeof start, 0) == 0 &&
        start == target.start_ns &&
        bpf_map__delete_elem(map, &target.tgid, sizeof target.tgid, 0) == 0)
        __atomic_fetch_sub(&impl_->skeleton->bss->condemned_count, 1, __ATOMIC_SEQ_CST);
}

Result<> Sensor::end_expired() { return tighten(impl_->expiry, *impl_->skeleton); }

Result<> Sensor::replace_pools(const PoolBook& pools)
{
    return replace_pool_maps(pools, *impl_->skeleton);
}

bool Sensor::came_in(int socket, std::uint64_t message) const
{
    davy_came_in known{};
    if (bpf_map_lookup_elem(bpf_map__fd(impl_->skeleton->maps.came_in_here), &socket, &known) != 0)
        return was_accepted(socket, impl_->skeleton->maps.flows);
    if (known.unread)
        return true;
    return message != 0 && std::find(std::begin(known.message), std::end(known.message), message) !=
                               std::end(known.message);
}

bool Sensor::never_kills(pid_t pid) const { return is_never_killed(pid, *impl_->skeleton); }

const std::vector<AttachRow>& Sensor::rows() const { return impl_->attachments.rows(); }

const std::vector<HookChoice>& Sensor::hooks() const { return impl_->attachments.hooks(); }

} // namespace davylamp
