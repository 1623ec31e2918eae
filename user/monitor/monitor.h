// SPDX-License-Identifier: Apache-2.0
// The sensor at work: rings → recorder and engine → alerts and kills. `run` and `guard` differ in
// what they wait for, and share this.
#pragma once

#include <poll.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "enforcer/killer.h"
#include "engine/engine.h"
#include "monitor/host_path.h"
#include "monitor/saver.h"
#include "monitor/sweeper.h"
#include "policy/policy.h"
#include "policy/pool_watch.h"
#include "sensor/sensor.h"
#include "wire/recording.h"

namespace davylamp {

enum class Format { text, json };

struct MonitorOptions {
    std::string scope;
    std::string record; // file, or ""
    std::string pin_folder;
    Format format = Format::text;
    bool best_effort = false;
};

class Monitor {
public:
    // `pools` are the lists of `policy`.
    static Result<std::unique_ptr<Monitor>> start(const Policy& policy, PoolWatch pools,
                                                  const MonitorOptions& options);

    // Waits at most `timeout_ms` for work or for `also` (poll(2) entries, their revents filled in),
    // and does the work.
    void turn(int timeout_ms, std::vector<pollfd>& also);
    // Everything that the rings hold, then the counts of what was lost.
    void settle();
    // settle(), and the recording's end. The error is the recorder's.
    Result<> finish();

    const EngineCounts& counts() const { return engine_.counts(); }
    const Sensor& sensor() const { return *sensor_; }
    std::uint64_t alerts() const { return engine_.counts().alerts; }
    std::uint64_t killed() const { return killed_; }

private:
    Monitor(const Policy& policy, PoolWatch pools, const MonitorOptions& options, Saver saver);

    Result<> first_sweep();
    void sweep_again();
    void swept_one(const davy_event_process& event, bool ends);
    bool drain_once();
    void report_waiting();
    void take(const std::byte* data, std::size_t size);
    void save(const Event& event);
    void save(const davy_process_id& target, const davy_image& image, std::uint16_t rule,
              bool ends);
    void act(const Event& event);
    void end_others(const davy_event_image& removed);
    std::uint16_t condemn(const davy_process_id& target, std::uint16_t rule); // DAVY_OUTCOME_*
    void end_flow(const davy_flow& flow, int network, std::uint16_t rule,
                  std::vector<davy_process_id>& ends);
    void name_place(davy_event_place& event);
    void name_owner(std::span<std::byte> record);
    void name_removed(std::span<std::byte> record);
    void outcome(const davy_process_id& target, std::uint64_t cookie, std::uint16_t rule,
                 const Outcome& done);
    void note_losses();
    void look_at_pools();
    void complain(const Error& error);

    Policy policy_;
    PoolWatch pools_;
    MonitorOptions options_;
    RecordingInfo host_;
    Sweeper sweeper_;
    std::optional<Sensor> sensor_;
    std::optional<RecordingWriter> recorder_;
    Engine engine_;
    PidfdKiller killer_;
    Saver saver_;
    HostPaths host_paths_;
    // Copies of alert records (and the outcomes of acting on them) until the telemetry that
    // explains them has been fed; vectors of 8-byte words keep them aligned.
    std::vector<std::vector<std::uint64_t>> waiting_;
    std::vector<std::uint64_t> losses_;
    std::uint64_t killed_ = 0;
    std::int64_t next_flush_ms_ = 0, next_sweep_ms_ = 0;
    bool complained_ = false;
};

} // namespace davylamp
