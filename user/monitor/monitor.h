// SPDX-License-Identifier: Apache-2.0
// The sensor at work: rings → acting → completing → recording, engine and alerts. `run` and `guard`
// differ in what they wait for, and share this.
#pragma once

#include <poll.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "enforcer/killer.h"
#include "enforcer/sockets.h"
#include "engine/engine.h"
#include "evidence/store.h"
#include "monitor/act.h"
#include "monitor/batch.h"
#include "monitor/complete.h"
#include "monitor/losses.h"
#include "monitor/saver.h"
#include "monitor/socket_owners.h"
#include "monitor/sweeper.h"
#include "policy/policy.h"
#include "policy/pool_watch.h"
#include "sensor/source.h"
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

// What a monitor reads and acts on outside its own memory.
struct World {
    std::unique_ptr<Source> source;
    std::unique_ptr<Killer> killer;
    std::unique_ptr<Sockets> sockets;
    std::optional<EvidenceStore> evidence; // nullopt: nothing is saved
    std::optional<RecordingWriter> recorder;
    Completer::HostPath host_path;
    std::string proc = "/proc"; // where procfs is mounted
    Clock clock = clock_ns;
    std::function<void(const Alert&)> tell;
    std::function<void(const std::string&)> note; // what an operator has to know
};

class Monitor {
public:
    // The real world. `pools` are the lists of `policy`.
    static Result<std::unique_ptr<Monitor>> start(const Policy& policy, PoolWatch pools,
                                                  const MonitorOptions& options);
    // With parts of any kind. Nothing has been read from the source yet.
    Monitor(const Policy& policy, PoolWatch pools, World world);

    // Who was here before us: the engine learns their names, and reports those whose image is gone.
    // To be called first.
    Result<> first_sweep();
    // Waits at most `timeout_ms` for work or for `also` (poll(2) entries, their revents filled in),
    // and does the work.
    void turn(int timeout_ms, std::vector<pollfd>& also);
    // Reads everything that was in the rings when this was called, then the counts of what was
    // lost. However fast more comes, it takes no longer than reading full rings.
    void settle();
    // settle(), and the recording's end. The error is the recorder's.
    Result<> finish();

    // Drops what is remembered of processes that have ended (ByProcess); turn() does it now and
    // then.
    void forget_ended();

    const Source& source() const { return *world_.source; }
    const EngineCounts& counts() const { return engine_.counts(); }
    std::uint64_t alerts() const { return engine_.counts().alerts; }
    std::uint64_t killed() const { return actor_.killed(); }
    std::uint64_t failed() const { return actor_.failed(); }
    // Processes that something is remembered of, besides the engine's.
    std::size_t remembered() const { return sweeper_.remembered() + saver_.remembered(); }

private:
    void sweep_again();
    bool drain_once();
    void take_telemetry(const std::byte* data, std::size_t size);
    void tell_batch();
    void take(std::span<const std::byte> record);
    void note_losses();
    void look_at_pools();
    void complain(const Error& error);

    Policy policy_;
    PoolWatch pools_;
    World world_;
    Engine engine_;
    Sweeper sweeper_;
    Saver saver_;
    Owners owners_;
    Completer completer_;
    Actor actor_;
    Batch batch_; // until the telemetry that explains it has been fed
    Losses losses_;
    std::int64_t next_flush_ms_ = 0, next_sweep_ms_ = 0, next_forget_ms_ = 0;
    bool complained_ = false;
};

} // namespace davylamp
