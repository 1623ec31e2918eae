// SPDX-License-Identifier: Apache-2.0
// A monitor in a world that a test makes: the records it hands over, and a log of what was done, in
// order.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/process.h"
#include "davylamp/rules/reach.h"
#include "monitor/monitor.h"
#include "support/records.h"
#include "support/temp_folder.h"
#include "wire/names.h"

namespace davylamp::test {

// What was done to whom: "kill 100". Written by one thread, and looked at by another.
class Log {
public:
    void add(const std::string& line)
    {
        std::lock_guard hold(lock_);
        lines_.push_back(line);
    }
    std::vector<std::string> lines() const
    {
        std::lock_guard hold(lock_);
        return lines_;
    }
    bool has(const std::string& line) const
    {
        auto all = lines();
        return std::find(all.begin(), all.end(), line) != all.end();
    }

private:
    mutable std::mutex lock_;
    std::vector<std::string> lines_;
};

class FakeKiller : public Killer {
public:
    explicit FakeKiller(Log& log) : log_(log) {}
    Outcome kill(const davy_process_id& target, std::uint64_t causer) override
    {
        if (is_out_of_reach(target, causer))
            return {DAVY_OUTCOME_OUT_OF_REACH, 0};
        log_.add("kill " + std::to_string(target.tgid));
        killed.push_back(target);
        return kill_outcome;
    }
    Outcome stop(const davy_process_id& target, std::uint64_t causer) override
    {
        if (is_out_of_reach(target, causer))
            return {DAVY_OUTCOME_OUT_OF_REACH, 0};
        log_.add("stop " + std::to_string(target.tgid));
        return {gone.count(target.tgid) ? std::uint16_t{DAVY_OUTCOME_GONE}
                                        : std::uint16_t{DAVY_OUTCOME_KILLED},
                0};
    }

    Outcome kill_outcome{DAVY_OUTCOME_KILLED, 0};
    std::set<std::uint32_t> gone;
    std::set<std::uint32_t> others; // whom none but root reaches
    std::vector<davy_process_id> killed;

private:
    bool is_out_of_reach(const davy_process_id& target, std::uint64_t causer) const
    {
        return others.count(target.tgid) && causer != DAVY_OWN_ACT && causer != 0;
    }

    Log& log_;
};

class FakeSockets : public Sockets {
public:
    explicit FakeSockets(Log& log) : log_(log) {}
    UniqueFd network_of(const davy_process_id&) override { return {}; }
    std::optional<std::uint32_t> inode(const davy_flow& flow, int) override
    {
        return destroyed_.count(flow.cookie) ? std::nullopt : std::optional<std::uint32_t>(4711);
    }
    Outcome destroy(const davy_flow& flow, int) override
    {
        log_.add("destroy " + std::to_string(flow.cookie));
        destroyed_.insert(flow.cookie);
        return {DAVY_OUTCOME_SOCKET_DESTROYED, 0};
    }
    std::vector<SocketHolder> holders(std::uint32_t) override
    {
        log_.add("look for holders");
        if (while_looking)
            while_looking();
        return held_by;
    }

    // Its sockets are the descriptors 0, 1, … of `sockets_of`.
    bool any_of(const davy_process_id& process, const std::function<bool(int)>& wanted) override
    {
        log_.add("look at the sockets of " + std::to_string(process.tgid));
        auto found = sockets_of.find(process.tgid);
        return found != sockets_of.end() &&
               std::any_of(found->second.begin(), found->second.end(), wanted);
    }

    std::vector<SocketHolder> held_by;
    std::map<std::uint32_t, std::vector<int>> sockets_of;
    std::function<void()> while_looking;

private:
    Log& log_;
    std::set<std::uint64_t> destroyed_; // by cookie; what is destroyed is found no more
};

// A kernel that hands over `alerts` and `telemetry` at the next drain, `scope` at a sweep.
class FakeSource : public Source {
public:
    int poll_fd() const override { return -1; }
    bool drain(const RecordHandler& on_alert, const RecordHandler& on_telemetry) override
    {
        drains++;
        hand_over(alerts, on_alert);
        hand_over(telemetry, on_telemetry);
        return always_more;
    }
    int most_drains() const override { return 17; }
    Result<> sweep(bool gone_only, const RecordHandler& on_process) override
    {
        for (const davy_process& each : scope) {
            if (gone_only && each.image.nlink != 0)
                continue;
            davy_event_process event = swept(kSecond, each);
            on_process(reinterpret_cast<const std::byte*>(&event), sizeof event);
        }
        return {};
    }
    std::vector<std::uint64_t> losses() const override { return lost; }
    void mark_replaced(std::uint64_t, std::uint32_t) override {}
    void mark_sealed(std::uint64_t, std::uint32_t, bool) override {}
    void save_until(std::uint64_t) override {}
    bool condemn(const davy_process_id& target) override
    {
        condemned.insert(target.tgid);
        return holds;
    }
    void acquit(const davy_process_id& target) override { condemned.erase(target.tgid); }
    Result<> end_expired() override { return {}; }
    Result<> replace_pools(const PoolBook&) override { return {}; }
    bool came_in(int socket, std::uint64_t message) const override
    {
        return messages.count({socket, message}) != 0;
    }
    const std::vector<AttachRow>& rows() const override { return rows_; }
    const std::vector<HookChoice>& hooks() const override { return hooks_; }

    std::vector<Record> alerts, telemetry;
    std::vector<davy_process> scope;
    std::vector<std::uint64_t> lost = std::vector<std::uint64_t>(DAVY_LOSS_COUNT);
    std::set<std::pair<int, std::uint64_t>> messages; // that came in, by socket
    std::set<std::uint32_t> condemned;                // tgids
    bool holds = true;
    bool always_more = false;
    int drains = 0;

private:
    static void hand_over(std::vector<Record>& records, const RecordHandler& to)
    {
        for (const Record& record : std::exchange(records, {}))
            to(record.bytes().data(), record.bytes().size());
    }
    std::vector<AttachRow> rows_;
    std::vector<HookChoice> hooks_;
};

struct Scene {
    explicit Scene(std::string procfs = "/proc") : proc(std::move(procfs)) {}

    // Makes the monitor; what is set in `host_path` and `record` holds from here on.
    void start(const Policy& policy = default_policy())
    {
        World world;
        auto own_source = std::make_unique<FakeSource>();
        auto own_killer = std::make_unique<FakeKiller>(log);
        auto own_sockets = std::make_unique<FakeSockets>(log);
        source = own_source.get();
        killer = own_killer.get();
        sockets = own_sockets.get();
        world.source = std::move(own_source);
        world.killer = std::move(own_killer);
        world.sockets = std::move(own_sockets);
        world.proc = proc;
        world.host_path = host_path;
        world.tell = [this](const Alert& alert) {
            alerts.push_back(alert);
            log.add("tell " + std::string(rule_code(alert.decision.rule)));
        };
        world.note = [this](const std::string& text) { notes.push_back(text); };
        if (!record.empty()) {
            auto recorder = RecordingWriter::create(record, RecordingInfo{});
            ASSERT_TRUE(recorder) << recorder.error().text();
            world.recorder = std::move(*recorder);
        }
        auto pools = PoolWatch::open(policy);
        ASSERT_TRUE(pools) << pools.error().text();
        monitor = std::make_unique<Monitor>(policy, std::move(*pools), std::move(world));
    }
    void turn()
    {
        std::vector<pollfd> also;
        monitor->turn(0, also);
    }

    std::string proc, record;
    Completer::HostPath host_path = [](auto, auto, auto) { return std::string(); };
    Log log;
    FakeSource* source = nullptr;
    FakeKiller* killer = nullptr;
    FakeSockets* sockets = nullptr;
    std::vector<Alert> alerts;
    std::vector<std::string> notes;
    std::unique_ptr<Monitor> monitor;
};

constexpr std::uint8_t kKill = static_cast<std::uint8_t>(Mode::kill);
constexpr std::uint8_t kBlock = static_cast<std::uint8_t>(Mode::block);
constexpr std::uint8_t kMonitor = static_cast<std::uint8_t>(Mode::monitor);
constexpr const char* kSubscribe =
    "{\"id\":1,\"method\":\"mining.subscribe\",\"params\":[\"cpuminer/2.5.1\"]}\n";

} // namespace davylamp::test
