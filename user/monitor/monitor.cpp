// SPDX-License-Identifier: Apache-2.0
#include "monitor/monitor.h"

#include <cstring>

#include "base/process.h"
#include "monitor/own_record.h"

namespace davylamp {

namespace {

// Telemetry wakes nobody; this is how old it may grow before it is read.
constexpr int kIdleMs = 100;
constexpr std::int64_t kFlushMs = 1000;
constexpr std::int64_t kForgetMs = 10'000;

} // namespace

Monitor::Monitor(const Policy& policy, PoolWatch pools, World world)
    : policy_(policy), pools_(std::move(pools)), world_(std::move(world)), engine_(policy_),
      sweeper_(policy_, *world_.source, world_.proc),
      saver_(
          std::move(world_.evidence),
          [source = world_.source.get()](std::uint64_t until_ns) { source->save_until(until_ns); },
          world_.clock),
      owners_(*world_.sockets, *world_.source, world_.proc),
      completer_(owners_, world_.host_path, world_.proc),
      actor_({*world_.killer, *world_.sockets, owners_, saver_, *world_.source, world_.proc,
              world_.clock, world_.note}),
      losses_(world_.source->losses())
{
    engine_.use_pools(pools_.book());
    saver_.keep_on();
}

Result<> Monitor::first_sweep()
{
    auto swept = world_.source->sweep(false, [&](const std::byte* data, std::size_t) {
        davy_event_process event;
        std::memcpy(&event, data, sizeof event);
        const std::uint16_t how =
            event.process.image.flags & (DAVY_IMAGE_LOADER | DAVY_IMAGE_LOADED);
        if (event.process.image.nlink == 0 ||
            (how == DAVY_IMAGE_LOADER && find_loaded_program(event, world_.proc)))
            sweeper_.judge(event, true);
        actor_.found(batch_, Actor::places(batch_), event, false);
    });
    drain_once(); // where they are
    return swept;
}

// Whose image went away where no hook saw it (io_uring, another scope): ended like the others.
void Monitor::sweep_again()
{
    struct Found {
        Actor::Places at;
        davy_event_process event;
    };
    std::vector<Found> found;
    auto swept = world_.source->sweep(true, [&](const std::byte* data, std::size_t) {
        found.push_back({Actor::places(batch_), {}});
        std::memcpy(&found.back().event, data, sizeof found.back().event);
    });
    for (bool asks_for_path : {false, true}) {
        for (Found& each : found) {
            if (Sweeper::asks_for_path(each.event) != asks_for_path)
                continue;
            bool ends = sweeper_.judge(each.event, false);
            actor_.found(batch_, each.at, each.event, ends);
        }
    }
    if (!swept)
        complain(swept.error());
    drain_once(); // where they are
}

void Monitor::complain(const Error& error)
{
    if (!complained_)
        world_.note(error.text());
    complained_ = true;
}

// One record, in the order in which the engine sees it: a replay must see the same.
void Monitor::take(std::span<const std::byte> record)
{
    auto event = Event::view(record);
    if (!event)
        return complain(event.error());
    if (world_.recorder) {
        if (auto written = world_.recorder->append(*event); !written)
            complain(written.error());
    }
    engine_.feed(*event, world_.tell);
}

void Monitor::take_telemetry(const std::byte* data, std::size_t size)
{
    auto event = Event::view({data, size});
    if (!event || event->kind() != DAVY_EVENT_PLACE)
        return take({data, size});
    auto place = event->as<davy_event_place>();
    completer_.name_place(place);
    take({reinterpret_cast<const std::byte*>(&place), sizeof place});
}

// Alerts come first and are acted on as they are read; nothing is completed before all of them
// are.
bool Monitor::drain_once()
{
    bool more = world_.source->drain(
        [&](const std::byte* data, std::size_t size) { actor_.act(batch_, data, size); },
        [&](const std::byte* data, std::size_t size) {
            actor_.act_late(batch_);
            take_telemetry(data, size);
        });
    actor_.act_late(batch_);
    actor_.end_heirs(batch_, engine_.lineage());
    tell_batch();
    return more;
}

void Monitor::tell_batch()
{
    if (batch_.empty())
        return;
    batch_.for_each([&](std::span<std::byte> record) { completer_.complete(record); });
    batch_.for_each([&](std::span<std::byte> record) { take(record); });
    batch_.clear();
    if (world_.recorder) {
        if (auto flushed = world_.recorder->flush(); !flushed)
            complain(flushed.error());
    }
}

void Monitor::note_losses()
{
    std::vector<std::uint64_t> now = world_.source->losses();
    std::vector<std::string> lines;
    bool grown = losses_.note(now, world_.clock(CLOCK_MONOTONIC) / 1000000, lines);
    for (const std::string& line : lines)
        world_.note(line);
    if (!grown)
        return;
    auto event = own_record<davy_event_loss>(DAVY_EVENT_LOSS, world_.clock);
    for (std::size_t i = 0; i < now.size(); i++)
        event.count[i] = now[i];
    take({reinterpret_cast<const std::byte*>(&event), sizeof event});
}

// Said each time, and not once a run as complain() does: who edits a list waits for the answer.
void Monitor::look_at_pools()
{
    std::int64_t begun = world_.clock(CLOCK_MONOTONIC);
    auto news = pools_.look();
    if (!news) {
        world_.note("the pool lists stay as they were: " + news.error().text());
        return;
    }
    if (!*news)
        return;
    if (auto done = world_.source->replace_pools(**news); !done) {
        world_.note("the pool lists stay as they were: " + done.error().text());
        return;
    }
    engine_.use_pools(*news);
    world_.note("new pool lists are in force: " + std::to_string((*news)->addresses().size()) +
                " addresses, " + std::to_string((*news)->names().size()) + " names, after " +
                std::to_string((world_.clock(CLOCK_MONOTONIC) - begun) / 1'000'000) + " ms");
}

// By /proc and not by the records of exits, of which a full ring loses some.
void Monitor::forget_ended()
{
    auto runs = [&](const davy_process_id& id) {
        return start_ticks(static_cast<pid_t>(id.tgid), world_.proc) == ticks_of(id.start_ns);
    };
    sweeper_.forget_ended(runs);
    saver_.forget_ended(runs);
}

void Monitor::turn(int timeout_ms, std::vector<pollfd>& also)
{
    std::vector<pollfd> entries{{world_.source->poll_fd(), POLLIN, 0}};
    entries.insert(entries.end(), also.begin(), also.end());
    saver_.keep_on();
    int wait = timeout_ms < 0 || timeout_ms > kIdleMs ? kIdleMs : timeout_ms;
    ::poll(entries.data(), entries.size(), wait);
    for (std::size_t i = 0; i < also.size(); i++)
        also[i].revents = entries[i + 1].revents;
    // A flood is read in slices, so that the caller's own events are seen in between.
    for (int slices = 0; slices < 16 && drain_once(); slices++) {
    }
    std::int64_t now = world_.clock(CLOCK_MONOTONIC) / 1000000;
    if (policy_.image != Mode::off && policy_.image_sweep_s != 0 && now >= next_sweep_ms_) {
        if (next_sweep_ms_ != 0)
            sweep_again();
        next_sweep_ms_ = now + policy_.image_sweep_s * std::int64_t{1000};
    }
    if (now >= next_forget_ms_) {
        next_forget_ms_ = now + kForgetMs;
        forget_ended();
    }
    if (now >= next_flush_ms_) {
        next_flush_ms_ = now + kFlushMs;
        note_losses();
        if (policy_.stratum != Mode::off)
            look_at_pools();
        if (auto ended = world_.source->end_expired(); !ended)
            complain(ended.error());
        if (world_.recorder) {
            if (auto flushed = world_.recorder->flush(); !flushed)
                complain(flushed.error());
        }
    }
}

void Monitor::settle()
{
    for (int left = world_.source->most_drains(); left > 0 && drain_once(); left--) {
    }
    note_losses();
}

Result<> Monitor::finish()
{
    settle();
    for (const std::string& line : losses_.rest())
        world_.note(line);
    return world_.recorder ? world_.recorder->finish() : Result<>{};
}

} // namespace davylamp
