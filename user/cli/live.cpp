#include "cli/live.h"

#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <iostream>

#include "base/text.h"
#include "cli/host_info.h"
#include "report/report.h"

namespace davylamp {

namespace {

// Telemetry wakes nobody; this is how old it may grow before it is read.
constexpr int kIdleMs = 100;
constexpr std::int64_t kFlushMs = 1000;

std::int64_t clock_ns(clockid_t clock)
{
    timespec time{};
    ::clock_gettime(clock, &time);
    return static_cast<std::int64_t>(time.tv_sec) * 1000000000 + time.tv_nsec;
}

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

// Whether the path a process was started from holds another file now, put there by root: that is
// an upgrade that has not been restarted yet, not a hidden program. An attacker who can write
// root's own folders has no need of the trick.
bool was_upgraded(const davy_process& process)
{
    if (process.image.owner != 0)
        return false;
    char target[4096];
    std::string exe = "/proc/" + std::to_string(process.id.tgid) + "/exe";
    ssize_t size = ::readlink(exe.c_str(), target, sizeof target);
    if (size <= 0)
        return false;
    std::string path(target, static_cast<std::size_t>(size));
    constexpr std::string_view kDeleted = " (deleted)";
    if (path.size() <= kDeleted.size() ||
        path.compare(path.size() - kDeleted.size(), kDeleted.size(), kDeleted) != 0)
        return false;
    path.resize(path.size() - kDeleted.size());
    struct stat file {
    }, folder{};
    if (::stat(path.c_str(), &file) != 0 ||
        ::stat(path.substr(0, path.rfind('/') + 1).c_str(), &folder) != 0)
        return false;
    return S_ISREG(file.st_mode) && file.st_uid == 0 && (file.st_mode & 0111) != 0 &&
           folder.st_uid == 0 && (folder.st_mode & 022) == 0;
}

} // namespace

Live::Live(const Policy& policy, const LiveOptions& options)
    : policy_(policy), options_(options), host_(host_info(policy)), engine_(policy_),
      killer_(policy.never_kill)
{
}

Result<std::unique_ptr<Live>> Live::start(const Policy& policy, const LiveOptions& options)
{
    std::unique_ptr<Live> live(new Live(policy, options));
    if (!options.record.empty()) {
        auto recorder = RecordingWriter::create(options.record, live->host_);
        if (!recorder)
            return fail(recorder.error());
        live->recorder_ = std::move(*recorder);
    }
    SensorOptions sensor_options;
    sensor_options.scope = options.scope;
    sensor_options.connects = !options.record.empty();
    sensor_options.pin_folder = options.pin_folder;
    sensor_options.best_effort = options.best_effort;
    auto sensor = Sensor::start(policy, sensor_options);
    if (!sensor)
        return fail(sensor.error());
    live->sensor_.emplace(std::move(*sensor));
    live->losses_ = live->sensor_->losses();
    if (auto swept = live->first_sweep(); !swept)
        return fail(swept.error());
    return live;
}

// Who was here before us: the engine learns their names, and reports those whose image is gone.
Result<> Live::first_sweep()
{
    return sensor_->sweep(false, [&](const std::byte* data, std::size_t) {
        davy_event_process event;
        std::memcpy(&event, data, sizeof event);
        if (event.process.image.nlink == 0 && was_upgraded(event.process)) {
            sensor_->mark_replaced(event.process.image.inode, event.process.image.device);
            event.process.image.flags |= DAVY_IMAGE_REPLACED;
        }
        auto copy = words(event);
        take(reinterpret_cast<const std::byte*>(copy.data()), sizeof event);
    });
}

void Live::complain(const Error& error)
{
    if (!complained_)
        std::cerr << "davylamp: " << escape_for_terminal(error.text()) << "\n";
    complained_ = true;
}

// One record, in the order in which the engine sees it: a replay must see the same.
void Live::take(const std::byte* data, std::size_t size)
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

void Live::outcome(const davy_process_id& target, std::uint64_t cookie, std::uint16_t rule,
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

void Live::condemn(const davy_process_id& target, std::uint16_t rule)
{
    outcome(target, 0, rule, killer_.kill(target));
}

// The kernel names one process that ran the removed image; the others are found by its inode.
void Live::end_others(const davy_event_image& removed)
{
    auto swept = sensor_->sweep(true, [&](const std::byte* data, std::size_t) {
        davy_event_process event;
        std::memcpy(&event, data, sizeof event);
        if (event.process.image.inode != removed.image.inode ||
            event.process.image.device != removed.image.device)
            return;
        waiting_.push_back(words(event));
        if (removed.header.verdict >= DAVY_DENY)
            condemn(event.process.id, DAVY_RULE_IMAGE_REMOVED);
    });
    if (!swept)
        complain(swept.error());
}

// What the kernel has left to us, at once: explaining can wait, ending cannot.
void Live::act(const Event& event)
{
    const davy_decision* decision = decision_of(event);
    if (!decision)
        return;
    // The owner before its socket: a client that learns of the end first has time to go on.
    for (const davy_process_id& target : condemned(event))
        condemn(target, decision->rule);
    if (event.kind() == DAVY_EVENT_STRATUM && (decision->did & DAVY_DID_DROP)) {
        const davy_flow& flow = event.as<davy_event_stratum>().flow;
        outcome({}, flow.cookie, decision->rule, sockets_.destroy(flow));
    }
    if (decision->rule == DAVY_RULE_IMAGE_REMOVED)
        end_others(event.as<davy_event_image>());
}

bool Live::drain_once()
{
    bool more = sensor_->drain(
        [&](const std::byte* data, std::size_t size) {
            std::vector<std::uint64_t> copy((size + 7) / 8);
            std::memcpy(copy.data(), data, size);
            auto event = Event::view({reinterpret_cast<const std::byte*>(copy.data()), size});
            if (!event)
                return complain(event.error());
            waiting_.push_back(std::move(copy));
            auto kept =
                Event::view({reinterpret_cast<const std::byte*>(waiting_.back().data()), size});
            act(*kept);
        },
        [&](const std::byte* data, std::size_t size) { take(data, size); });
    bool alerted = !waiting_.empty();
    for (const auto& record : waiting_)
        take(reinterpret_cast<const std::byte*>(record.data()), record.size() * 8);
    waiting_.clear();
    if (alerted && recorder_) {
        if (auto flushed = recorder_->flush(); !flushed)
            complain(flushed.error());
    }
    return more;
}

void Live::note_losses()
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

void Live::turn(int timeout_ms, std::vector<pollfd>& also)
{
    std::vector<pollfd> entries{{sensor_->poll_fd(), POLLIN, 0}};
    entries.insert(entries.end(), also.begin(), also.end());
    int wait = timeout_ms < 0 || timeout_ms > kIdleMs ? kIdleMs : timeout_ms;
    ::poll(entries.data(), entries.size(), wait);
    for (std::size_t i = 0; i < also.size(); i++)
        also[i].revents = entries[i + 1].revents;
    // A flood is read in slices, so that the caller's own events are seen in between.
    for (int slices = 0; slices < 16 && drain_once(); slices++) {
    }
    std::int64_t now = clock_ns(CLOCK_MONOTONIC) / 1000000;
    if (now >= next_flush_ms_) {
        next_flush_ms_ = now + kFlushMs;
        note_losses();
        if (auto ended = sensor_->end_expired(); !ended)
            complain(ended.error());
        if (recorder_) {
            if (auto flushed = recorder_->flush(); !flushed)
                complain(flushed.error());
        }
    }
}

void Live::settle()
{
    while (drain_once()) {
    }
    note_losses();
}

Result<> Live::finish()
{
    settle();
    return recorder_ ? recorder_->finish() : Result<>{};
}

} // namespace davylamp
