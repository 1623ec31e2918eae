// SPDX-License-Identifier: Apache-2.0
#include "monitor/monitor.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <iostream>

#include "base/clock.h"
#include "base/files.h"
#include "base/text.h"
#include "enforcer/sock_diag.h"
#include "enforcer/socket_destroyer.h"
#include "enforcer/socket_holders.h"
#include "engine/lineage.h"
#include "monitor/host_info.h"
#include "monitor/note.h"
#include "report/report.h"

namespace davylamp {

namespace {

// Telemetry wakes nobody; this is how old it may grow before it is read.
constexpr int kIdleMs = 100;
constexpr std::int64_t kFlushMs = 1000;

template <class T> std::vector<std::uint64_t> words(const T& record)
{
    std::vector<std::uint64_t> copy((sizeof record + 7) / 8);
    std::memcpy(copy.data(), &record, sizeof record);
    return copy;
}

davy_event_header header_of(std::uint16_t kind, std::uint32_t size)
{
    davy_event_header header{};
    header.version = DAVY_ABI_VERSION;
    header.kind = kind;
    header.size = size;
    header.time_ns = static_cast<std::uint64_t>(clock_ns(CLOCK_BOOTTIME));
    header.tgid = static_cast<std::uint32_t>(::getpid());
    return header;
}

// The connection of a packet that the kernel dropped: it would only hang, and send it again.
const davy_flow* dropped_flow(const Event& event)
{
    const davy_decision* decision = decision_of(event);
    if (!decision || !(decision->did & DAVY_DID_DROP))
        return nullptr;
    switch (event.kind()) {
    case DAVY_EVENT_STRATUM: return &event.as<davy_event_stratum>().flow;
    case DAVY_EVENT_POOL: return &event.as<davy_event_pool>().flow;
    default: return nullptr;
    }
}

// Who connected the flow of a record, or 0.
davy_process_id owner_of(const Event& event)
{
    if (event.kind() == DAVY_EVENT_STRATUM)
        return event.as<davy_event_stratum>().owner;
    return event.kind() == DAVY_EVENT_POOL ? event.as<davy_event_pool>().process.id
                                           : davy_process_id{};
}

} // namespace

Monitor::Monitor(const Policy& policy, PoolWatch pools, const MonitorOptions& options, Saver saver)
    : policy_(policy), pools_(std::move(pools)), options_(options), host_(host_info(policy)),
      sweeper_(policy_), engine_(policy_), killer_(policy.never_kill), saver_(std::move(saver))
{
    engine_.use_pools(pools_.book());
}

Result<std::unique_ptr<Monitor>> Monitor::start(const Policy& policy, PoolWatch pools,
                                                const MonitorOptions& options)
{
    auto saver = Saver::open(policy.evidence);
    if (!saver)
        return fail(saver.error());
    std::unique_ptr<Monitor> monitor(
        new Monitor(policy, std::move(pools), options, std::move(*saver)));
    if (!options.record.empty()) {
        auto recorder = RecordingWriter::create(options.record, monitor->host_);
        if (!recorder)
            return fail(recorder.error());
        monitor->recorder_ = std::move(*recorder);
    }
    SensorOptions sensor_options;
    sensor_options.scope = options.scope;
    sensor_options.connects = !options.record.empty();
    sensor_options.pin_folder = options.pin_folder;
    sensor_options.best_effort = options.best_effort;
    sensor_options.evidence = monitor->saver_.is_on();
    auto sensor = Sensor::start(policy, *monitor->pools_.book(), sensor_options);
    if (!sensor)
        return fail(sensor.error());
    monitor->sensor_.emplace(std::move(*sensor));
    monitor->losses_ = monitor->sensor_->losses();
    monitor->saver_.keep_on(*monitor->sensor_);
    if (auto swept = monitor->first_sweep(); !swept)
        return fail(swept.error());
    return monitor;
}

// Who was here before us: the engine learns their names, and reports those whose image is gone.
Result<> Monitor::first_sweep()
{
    auto swept = sensor_->sweep(false, [&](const std::byte* data, std::size_t) {
        davy_event_process event;
        std::memcpy(&event, data, sizeof event);
        const std::uint16_t how =
            event.process.image.flags & (DAVY_IMAGE_LOADER | DAVY_IMAGE_LOADED);
        if (event.process.image.nlink == 0 ||
            (how == DAVY_IMAGE_LOADER && find_loaded_program(event)))
            sweeper_.judge(event, true, *sensor_);
        swept_one(event, false);
    });
    drain_once(); // where they are

    return swept;
}

// Whose image went away where no hook saw it (io_uring, another scope): ended like the others.
void Monitor::sweep_again()
{
    auto swept = sensor_->sweep(true, [&](const std::byte* data, std::size_t) {
        davy_event_process event;
        std::memcpy(&event, data, sizeof event);
        bool ends = sweeper_.judge(event, false, *sensor_);
        swept_one(event, ends);
    });
    if (!swept)
        complain(swept.error());
    drain_once(); // where they are
}

void Monitor::swept_one(const davy_event_process& event, bool ends)
{
    const davy_image& image = event.process.image;
    if (image.inode != 0 && image.nlink == 0 && event.header.verdict > DAVY_ALLOW)
        save(event.process.id, image, DAVY_RULE_IMAGE_FOUND, ends);
    waiting_.push_back(words(event));
    if (ends)
        condemn(event.process.id, DAVY_RULE_IMAGE_FOUND);
}

void Monitor::complain(const Error& error)
{
    if (!complained_)
        std::cerr << "davylamp: " << escape_for_terminal(error.text()) << "\n";
    complained_ = true;
}

// One record, in the order in which the engine sees it: a replay must see the same.
void Monitor::take(const std::byte* data, std::size_t size)
{
    auto event = Event::view({data, size});
    if (!event)
        return complain(event.error());
    if (recorder_) {
        if (auto written = recorder_->append(*event); !written)
            complain(written.error());
    }
    engine_.feed(*event, [&](const Alert& alert) {
        std::string text = options_.format == Format::json ? alert_ocsf(alert, host_) + "\n"
                                                           : alert_text(alert, host_);
        std::fwrite(text.data(), 1, text.size(), stdout);
        std::fflush(stdout);
    });
}

void Monitor::outcome(const davy_process_id& target, std::uint64_t cookie, std::uint16_t rule,
                      const Outcome& done)
{
    davy_event_outcome event{};
    event.header = header_of(DAVY_EVENT_OUTCOME, sizeof event);
    event.target = target;
    event.cookie = cookie;
    event.rule = rule;
    event.outcome = done.outcome;
    event.error = static_cast<std::uint32_t>(done.error);
    killed_ += done.outcome == DAVY_OUTCOME_KILLED;
    waiting_.push_back(words(event));
}

std::uint16_t Monitor::condemn(const davy_process_id& target, std::uint16_t rule)
{
    const Outcome done = killer_.kill(target);
    outcome(target, 0, rule, done);
    return done.outcome;
}

// The kernel names one process that ran the removed image; the others are found by its inode. Where
// the removal was refused, the image is not gone, and block mode has done all that it does.
void Monitor::end_others(const davy_event_image& removed)
{
    bool refused = (removed.decision.did & DAVY_DID_REFUSE) != 0;
    if (refused && removed.header.verdict < DAVY_KILL)
        return;
    auto swept = sensor_->sweep(!refused, [&](const std::byte* data, std::size_t) {
        davy_event_process event;
        std::memcpy(&event, data, sizeof event);
        if (event.process.image.inode != removed.image.inode ||
            event.process.image.device != removed.image.device)
            return;
        bool ends = removed.header.verdict >= DAVY_DENY;
        save(event.process.id, removed.image, DAVY_RULE_IMAGE_REMOVED, ends);
        waiting_.push_back(words(event));
        if (ends)
            condemn(event.process.id, DAVY_RULE_IMAGE_REMOVED);
    });
    if (!swept)
        complain(swept.error());
}

// What is known of the process is saved before it is reported, and before it is ended: it is
// stopped by then, where the kernel could.
void Monitor::save(const Event& event)
{
    if (!saver_.is_on() || event.kind() != DAVY_EVENT_IMAGE || event.header().verdict == DAVY_ALLOW)
        return;
    const davy_event_image image = whole_image(event);
    const std::uint16_t rule = image.decision.rule;
    const davy_process_id& target =
        rule == DAVY_RULE_IMAGE_REMOVED ? image.victim : image.process.id;
    bool ends = false;
    for (const davy_process_id& one : condemned(event))
        ends = ends || same_process(one, target);
    save(target, image.image, rule, ends);
}

void Monitor::save(const davy_process_id& target, const davy_image& image, std::uint16_t rule,
                   bool ends)
{
    if (auto record = saver_.save(target, image, rule, ends, killer_, *sensor_))
        waiting_.push_back(words(*record));
}

// What the kernel has left to us, at once: explaining can wait, ending cannot.
void Monitor::act(const Event& event)
{
    const davy_decision* decision = decision_of(event);
    if (!decision)
        return;
    const davy_flow* flow = dropped_flow(event);
    UniqueFd network = flow ? network_of(owner_of(event)) : UniqueFd();
    std::vector<davy_process_id> ends = condemned(event);
    if (flow)
        end_flow(*flow, network.get(), decision->rule, ends);
    for (const davy_process_id& target : ends)
        condemn(target, decision->rule);
    if (decision->rule == DAVY_RULE_IMAGE_REMOVED)
        end_others(event.as<davy_event_image>());
}

// A client that learns of the end first has time to go on; a socket whose owner is dead cannot be
// ended on every kernel (tcp_abort() before 6.11). So its owners are stopped, then the socket goes,
// and then they do. Where who connected has ended, and has left the socket to somebody, he mines
// now.
void Monitor::end_flow(const davy_flow& flow, int network, std::uint16_t rule,
                       std::vector<davy_process_id>& ends)
{
    bool gone = false;
    for (const davy_process_id& target : ends)
        gone = killer_.stop(target).outcome == DAVY_OUTCOME_GONE || gone;
    if (gone) {
        auto inode = SockDiag(network).inode(flow);
        if (inode && *inode != 0) {
            for (const davy_process_id& holder : socket_holders(*inode)) {
                killer_.stop(holder);
                ends.push_back(holder);
            }
        }
    }
    outcome({}, flow.cookie, rule, destroy_socket(flow, network));
}

// A flow that is older than the sensor has no owner in the record: it gets the process that holds
// the socket now, for the responder's first question is who. Where several do, nobody can tell.
void Monitor::name_owner(std::span<std::byte> record)
{
    davy_event_stratum event{};
    std::memcpy(&event, record.data(), std::min(record.size(), sizeof event));
    if (event.header.kind != DAVY_EVENT_STRATUM || event.owner.tgid != 0)
        return;
    auto inode = SockDiag().inode(event.flow);
    auto holders = inode && *inode != 0 ? socket_holders(*inode) : std::vector<davy_process_id>();
    if (holders.size() != 1)
        return;
    event.owner = holders.front();
    event.header.tgid = event.owner.tgid;
    const std::string process = "/proc/" + std::to_string(event.owner.tgid);
    if (auto comm = read_file(process + "/comm"))
        comm->copy(event.owner_comm, sizeof event.owner_comm - 1);
    if (char* end = std::strchr(event.owner_comm, '\n'))
        *end = '\0';
    struct stat owner {};
    if (::stat(process.c_str(), &owner) == 0)
        event.owner_uid = owner.st_uid;
    std::memcpy(record.data(), &event, std::min(record.size(), sizeof event));
}

// The kernel says where in its filesystem an image lies; where the host sees that is here to find.
// What no mount of the host shows is reached through the process, as long as it lives.
void Monitor::name_place(davy_event_place& event)
{
    std::string_view inside = field_text(event.inside);
    std::string path = host_paths_.find(event.file.device, event.file.inode, inside);
    if (path.empty() && event.path[0] != '\0') {
        path = "/proc/" + std::to_string(event.process.tgid) + "/root" +
               std::string(field_text(event.path));
        struct stat file {};
        if (::lstat(path.c_str(), &file) != 0)
            path.clear();
    }
    if (path.size() < sizeof event.host)
        path.copy(event.host, sizeof event.host - 1);
}

// The hooks of LSM and fmod_ret know what is removed by its last component. The process that runs
// it is alive then, and its /proc has the whole path.
void Monitor::name_removed(std::span<std::byte> record)
{
    davy_event_image event{};
    std::memcpy(&event, record.data(), std::min(record.size(), sizeof event));
    if (event.header.kind != DAVY_EVENT_IMAGE || event.decision.rule != DAVY_RULE_IMAGE_REMOVED ||
        event.decision.backend == DAVY_BACKEND_PORTABLE || event.victim.tgid == 0)
        return;
    std::string_view name(event.filename, ::strnlen(event.filename, sizeof event.filename));
    std::string path = image_path(event.victim.tgid);
    if (path.size() < sizeof event.filename && path.substr(path.rfind('/') + 1) == name)
        path.copy(event.filename, sizeof event.filename - 1);
    std::memcpy(record.data(), &event, std::min(record.size(), sizeof event));
}

bool Monitor::drain_once()
{
    bool more = sensor_->drain(
        [&](const std::byte* data, std::size_t size) {
            std::vector<std::uint64_t> copy((size + 7) / 8);
            std::memcpy(copy.data(), data, size);
            auto event = Event::view({reinterpret_cast<const std::byte*>(copy.data()), size});
            if (!event)
                return complain(event.error());
            if (event->kind() == DAVY_EVENT_PLACE)
                name_place(*reinterpret_cast<davy_event_place*>(copy.data()));
            name_owner({reinterpret_cast<std::byte*>(copy.data()), size});
            name_removed({reinterpret_cast<std::byte*>(copy.data()), size});
            save(*event);
            waiting_.push_back(std::move(copy));
            auto kept =
                Event::view({reinterpret_cast<const std::byte*>(waiting_.back().data()), size});
            act(*kept);
        },
        [&](const std::byte* data, std::size_t size) {
            auto event = Event::view({data, size});
            if (!event || event->kind() != DAVY_EVENT_PLACE)
                return take(data, size);
            auto place = event->as<davy_event_place>();
            name_place(place);
            take(reinterpret_cast<const std::byte*>(&place), sizeof place);
        });
    report_waiting();
    return more;
}

void Monitor::report_waiting()
{
    bool alerted = !waiting_.empty();
    for (const auto& record : waiting_)
        take(reinterpret_cast<const std::byte*>(record.data()), record.size() * 8);
    waiting_.clear();
    if (alerted && recorder_) {
        if (auto flushed = recorder_->flush(); !flushed)
            complain(flushed.error());
    }
}

void Monitor::note_losses()
{
    std::vector<std::uint64_t> now = sensor_->losses();
    if (now == losses_)
        return;
    losses_ = now;
    davy_event_loss event{};
    event.header = header_of(DAVY_EVENT_LOSS, sizeof event);
    for (std::size_t i = 0; i < now.size(); i++)
        event.count[i] = now[i];
    auto copy = words(event);
    take(reinterpret_cast<const std::byte*>(copy.data()), sizeof event);
}

// Said each time, and not once a run as complain() does: whoever edits a list waits for it.
void Monitor::look_at_pools()
{
    std::int64_t begun = clock_ns(CLOCK_MONOTONIC);
    auto news = pools_.look();
    if (!news) {
        note("the pool lists stay as they were: " + news.error().text());
        return;
    }
    if (!*news)
        return;
    if (auto done = sensor_->replace_pools(**news); !done) {
        note("the pool lists stay as they were: " + done.error().text());
        return;
    }
    engine_.use_pools(*news);
    note("new pool lists are in force: " + std::to_string((*news)->addresses().size()) +
         " addresses, " + std::to_string((*news)->names().size()) + " names, after " +
         std::to_string((clock_ns(CLOCK_MONOTONIC) - begun) / 1'000'000) + " ms");
}

void Monitor::turn(int timeout_ms, std::vector<pollfd>& also)
{
    std::vector<pollfd> entries{{sensor_->poll_fd(), POLLIN, 0}};
    entries.insert(entries.end(), also.begin(), also.end());
    saver_.keep_on(*sensor_);
    int wait = timeout_ms < 0 || timeout_ms > kIdleMs ? kIdleMs : timeout_ms;
    ::poll(entries.data(), entries.size(), wait);
    for (std::size_t i = 0; i < also.size(); i++)
        also[i].revents = entries[i + 1].revents;
    // A flood is read in slices, so that the caller's own events are seen in between.
    for (int slices = 0; slices < 16 && drain_once(); slices++) {
    }
    std::int64_t now = clock_ns(CLOCK_MONOTONIC) / 1000000;
    if (policy_.image != Mode::off && policy_.image_sweep_s != 0 && now >= next_sweep_ms_) {
        if (next_sweep_ms_ != 0)
            sweep_again();
        next_sweep_ms_ = now + policy_.image_sweep_s * std::int64_t{1000};
    }
    if (now >= next_flush_ms_) {
        next_flush_ms_ = now + kFlushMs;
        note_losses();
        if (policy_.stratum != Mode::off)
            look_at_pools();
        if (auto ended = sensor_->end_expired(); !ended)
            complain(ended.error());
        if (recorder_) {
            if (auto flushed = recorder_->flush(); !flushed)
                complain(flushed.error());
        }
    }
}

void Monitor::settle()
{
    while (drain_once()) {
    }
    note_losses();
}

Result<> Monitor::finish()
{
    settle();
    return recorder_ ? recorder_->finish() : Result<>{};
}

} // namespace davylamp
