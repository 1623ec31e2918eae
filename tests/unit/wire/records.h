// SPDX-License-Identifier: Apache-2.0
// Records of every kind for the tests of this room, and memory for the bytes that they view.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "wire/event.h"

namespace davylamp::test {

// Bytes aligned as the ring buffer aligns them. Copies are deep, and a heap block of the exact size
// lets ASan see each read beyond a trimmed record.
class Record {
public:
    Record() = default;
    explicit Record(std::span<const std::byte> bytes)
        : words_((bytes.size() + 7) / 8), size_(bytes.size())
    {
        std::memcpy(words_.data(), bytes.data(), bytes.size());
    }
    template <class T> explicit Record(const T& event) : Record(std::as_bytes(std::span(&event, 1)))
    {
    }

    std::span<const std::byte> bytes() const
    {
        return std::as_bytes(std::span(words_)).first(size_);
    }
    davy_event_header& header() { return *reinterpret_cast<davy_event_header*>(words_.data()); }
    template <class T> T& as() { return *reinterpret_cast<T*>(words_.data()); }

    // The same record, shorter or longer (zeros), with its header saying so.
    Record resized(std::size_t size) const
    {
        Record out;
        out.words_ = words_;
        out.words_.resize((size + 7) / 8);
        out.words_.shrink_to_fit();
        out.size_ = size;
        if (size >= sizeof(davy_event_header))
            out.header().size = static_cast<std::uint32_t>(size);
        return out;
    }

    Event event() const
    {
        auto event = Event::view(bytes());
        if (!event)
            ADD_FAILURE() << event.error().text();
        return *event;
    }
    std::string text() const { return {reinterpret_cast<const char*>(words_.data()), size_}; }

private:
    std::vector<std::uint64_t> words_;
    std::size_t size_ = 0;
};

inline std::string text_of(const Event& event)
{
    return {reinterpret_cast<const char*>(event.bytes().data()), event.bytes().size()};
}

template <class T> T make(std::uint16_t kind)
{
    T event{};
    event.header = {DAVY_ABI_VERSION, kind, sizeof(T), 5'000'000'001, 4321, DAVY_ALLOW};
    return event;
}

template <std::size_t N> void put(char (&field)[N], std::string_view text)
{
    std::memcpy(field, text.data(), std::min(N, text.size()));
}

inline davy_process process()
{
    davy_process p{};
    p.id = {4'000'000'000, 4321, 0};
    p.parent = {3'000'000'000, 4300, 0};
    p.cgroup_id = 77;
    p.uid = 33;
    p.euid = 34;
    p.gid = 35;
    p.auid = 0xffffffffu;
    put(p.comm, "bash");
    p.image = {1234, 8u << 20 | 1, 1, 0100755, 0, DAVY_FAMILY_SHELL, DAVY_IMAGE_RUNNING, 0, {}};
    put(p.image.name, "bash");
    return p;
}

inline davy_flow flow()
{
    davy_flow f{};
    f.remote[10] = f.remote[11] = 0xff;
    f.remote[12] = 198;
    f.remote[13] = 51;
    f.remote[14] = 100;
    f.remote[15] = 9;
    f.remote_port = 3333;
    f.local_port = 40000;
    f.family = 4;
    f.protocol = 6;
    f.cookie = 99;
    return f;
}

inline davy_decision decision(std::uint16_t detection, std::uint16_t rule)
{
    return {detection, rule, DAVY_MODE_BLOCK, DAVY_CERTAIN, DAVY_DID_REFUSE, DAVY_NO_ROW, 0, {}};
}

inline davy_event_exec exec_event(std::string_view args = std::string_view("bash\0-s\0", 8))
{
    auto e = make<davy_event_exec>(DAVY_EVENT_EXEC);
    e.process = process();
    e.stdin_inode = 5150;
    e.stdin_kind = DAVY_FD_PIPE;
    e.stdout_kind = DAVY_FD_OTHER;
    e.code_fd = 0;
    put(e.filename, "/usr/bin/bash");
    put(e.args, args);
    e.args_size = static_cast<std::uint16_t>(args.size());
    return e;
}

inline davy_event_chain chain_event()
{
    auto e = make<davy_event_chain>(DAVY_EVENT_CHAIN);
    e.header.verdict = DAVY_DENY;
    e.decision = decision(DAVY_DETECTION_CHAIN, DAVY_RULE_CHAIN_PIPE);
    e.process = process();
    e.flow = flow();
    e.source = {4'000'000'001, 4322, 0};
    e.sink = {4'000'000'002, 4323, 0};
    put(e.source_comm, "curl");
    put(e.sink_comm, "bash");
    e.facts = {DAVY_SOURCE_CONNECT, 1, 2, 0, DAVY_NO_ROW};
    e.pipe_inode = 5150;
    e.stages_count = 1;
    e.stages[0] = {4'000'000'003, 4324, 0};
    return e;
}

inline davy_event_image image_event()
{
    auto e = make<davy_event_image>(DAVY_EVENT_IMAGE);
    e.header.verdict = DAVY_KILL;
    e.decision = decision(DAVY_DETECTION_IMAGE, DAVY_RULE_IMAGE_FILELESS);
    e.process = process();
    e.image = e.process.image;
    e.image.nlink = 0;
    e.image.flags = DAVY_IMAGE_MEMFD | DAVY_IMAGE_UNHASHED;
    put(e.filename, "/proc/self/fd/3");
    return e;
}

inline davy_event_stratum stratum_event(std::string_view payload = "{\"method\":\"login\"}\n")
{
    auto e = make<davy_event_stratum>(DAVY_EVENT_STRATUM);
    e.header.verdict = DAVY_DENY;
    e.decision = decision(DAVY_DETECTION_STRATUM, DAVY_RULE_STRATUM_PAYLOAD);
    e.decision.did = DAVY_DID_DROP | DAVY_DID_KILL_PEER;
    e.flow = flow();
    e.owner = {4'000'000'000, 4321, 0};
    e.owner_uid = 33;
    put(e.owner_comm, "xmrig");
    e.facts = {DAVY_DIALECT_CRYPTONOTE, DAVY_TO_SERVER, 0, 0, 18};
    std::memcpy(e.payload, payload.data(), payload.size());
    e.payload_size = static_cast<std::uint32_t>(payload.size());
    return e;
}

inline davy_event_evidence evidence_event()
{
    auto e = make<davy_event_evidence>(DAVY_EVENT_EVIDENCE);
    e.target = {4'000'000'000, 4321, 0};
    std::memset(e.sha256, 0xab, sizeof e.sha256);
    e.image_size = 4096;
    e.rule = DAVY_RULE_IMAGE_REMOVED;
    e.flags = DAVY_EVIDENCE_IMAGE | DAVY_EVIDENCE_WHOLE;
    e.missing = 2;
    put(e.folder, "/e/20261124T110000Z-4321-EXE-002");
    return e;
}

// One record of every kind, full size.
inline std::vector<Record> one_of_each()
{
    std::vector<Record> all;
    auto fork = make<davy_event_fork>(DAVY_EVENT_FORK);
    fork.parent = {1, 2, 0};
    fork.child = {3, 4, 0};
    put(fork.comm, "sh");
    all.emplace_back(fork);
    all.emplace_back(exec_event());
    auto exit = make<davy_event_exit>(DAVY_EVENT_EXIT);
    exit.id = {4'000'000'000, 4321, 0};
    exit.exit_code = 256;
    exit.cpu_ns = 77;
    put(exit.comm, "sh");
    all.emplace_back(exit);
    auto connect = make<davy_event_connect>(DAVY_EVENT_CONNECT);
    connect.process = process();
    connect.flow = flow();
    all.emplace_back(connect);
    auto swept = make<davy_event_process>(DAVY_EVENT_PROCESS);
    swept.process = process();
    all.emplace_back(swept);
    all.emplace_back(chain_event());
    all.emplace_back(image_event());
    auto pool = make<davy_event_pool>(DAVY_EVENT_POOL);
    pool.decision = decision(DAVY_DETECTION_STRATUM, DAVY_RULE_STRATUM_POOL);
    pool.decision.row = 7;
    pool.process = process();
    pool.flow = flow();
    pool.facts.match = DAVY_POOL_ADDRESS;
    pool.facts.row = 7;
    all.emplace_back(pool);
    all.emplace_back(stratum_event());
    auto loss = make<davy_event_loss>(DAVY_EVENT_LOSS);
    loss.count[DAVY_LOSS_TELEMETRY_RING] = 12;
    all.emplace_back(loss);
    auto outcome = make<davy_event_outcome>(DAVY_EVENT_OUTCOME);
    outcome.target = {4'000'000'000, 4321, 0};
    outcome.rule = DAVY_RULE_STRATUM_PAYLOAD;
    outcome.outcome = DAVY_OUTCOME_FAILED;
    outcome.error = 3;
    all.emplace_back(outcome);
    all.emplace_back(evidence_event());
    return all;
}

} // namespace davylamp::test
