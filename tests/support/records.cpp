// SPDX-License-Identifier: Apache-2.0
#include "support/records.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "davylamp/rules/chain.h"
#include "davylamp/rules/image.h"
#include "davylamp/rules/pool.h"
#include "davylamp/rules/stratum.h"

namespace davylamp::test {

namespace {

constexpr std::uint32_t kDevice = 8u << 20 | 1;
constexpr std::uint32_t kMemfdDevice = 1; // major 0: an anonymous mount

template <std::size_t N> void put(char (&field)[N], std::string_view text)
{
    std::memset(field, 0, N);
    std::memcpy(field, text.data(), std::min(text.size(), N - 1));
}

template <class T> T begin(std::uint16_t kind, std::uint64_t time_ns, std::uint32_t tgid)
{
    T event{};
    event.header.version = DAVY_ABI_VERSION;
    event.header.kind = kind;
    event.header.size = sizeof(T);
    event.header.time_ns = time_ns;
    event.header.tgid = tgid;
    return event;
}

davy_decision decision(std::uint16_t detection, std::uint8_t mode)
{
    davy_decision out{};
    out.detection = detection;
    out.mode = mode;
    out.row = DAVY_NO_ROW;
    return out;
}

std::uint16_t refused(std::uint32_t verdict)
{
    return davy_enforced(verdict) ? DAVY_DID_REFUSE : 0;
}

} // namespace

Record::Record(const void* bytes, std::size_t size) : words_((size + 7) / 8), size_(size)
{
    std::memcpy(words_.data(), bytes, size);
}

Event Record::event() const
{
    auto event = Event::view(bytes());
    if (!event)
        std::abort();
    return *event;
}

davy_process_id id(std::uint32_t tgid)
{
    davy_process_id out{};
    out.tgid = tgid;
    out.start_ns = tgid * kSecond;
    return out;
}

davy_process process(std::uint32_t tgid, std::uint32_t parent, std::string_view comm)
{
    davy_process out{};
    out.id = id(tgid);
    if (parent != 0)
        out.parent = id(parent);
    out.cgroup_id = 4242;
    out.auid = 0xffffffff;
    put(out.comm, comm);
    out.image.inode = tgid + 100'000;
    out.image.device = kDevice;
    out.image.nlink = 1;
    out.image.mode = 0100755;
    out.image.flags = DAVY_IMAGE_RUNNING;
    put(out.image.name, comm);
    return out;
}

davy_process with_uid(davy_process process, std::uint32_t uid)
{
    process.uid = process.euid = process.gid = uid;
    return process;
}

davy_process with_family(davy_process process, std::uint16_t family)
{
    process.image.family = family;
    return process;
}

davy_process with_image(davy_process process, const davy_image& image)
{
    process.image = image;
    return process;
}

davy_image gone(davy_image image, std::uint16_t flags)
{
    image.nlink = 0;
    image.flags |= flags | DAVY_IMAGE_UNHASHED;
    return image;
}

davy_image memfd(std::uint64_t inode, std::string_view name)
{
    davy_image out{};
    out.inode = inode;
    out.device = kMemfdDevice;
    out.mode = 0100777;
    out.flags = DAVY_IMAGE_MEMFD | DAVY_IMAGE_UNHASHED | DAVY_IMAGE_RUNNING;
    put(out.name, "memfd:" + std::string(name));
    return out;
}

davy_flow flow(const std::string& remote, std::uint16_t port)
{
    davy_flow out{};
    out.remote_port = port;
    out.protocol = 6;
    out.cookie = 7;
    if (inet_pton(AF_INET, remote.c_str(), out.remote + 12) == 1) {
        out.family = 4;
        out.remote[10] = out.remote[11] = 0xff;
        out.local[10] = out.local[11] = 0xff;
    } else if (inet_pton(AF_INET6, remote.c_str(), out.remote) == 1) {
        out.family = 6;
    } else {
        std::abort();
    }
    return out;
}

davy_event_fork forks(std::uint64_t time_ns, std::uint32_t parent, std::uint32_t child,
                      std::string_view comm)
{
    auto event = begin<davy_event_fork>(DAVY_EVENT_FORK, time_ns, parent);
    event.parent = id(parent);
    event.child = id(child);
    put(event.comm, comm);
    return event;
}

davy_event_exec execs(std::uint64_t time_ns, const davy_process& process, std::string_view filename,
                      const std::vector<std::string>& args, std::int32_t code_fd)
{
    auto event = begin<davy_event_exec>(DAVY_EVENT_EXEC, time_ns, process.id.tgid);
    event.process = process;
    event.code_fd = code_fd;
    put(event.filename, filename);
    std::string all;
    for (const std::string& arg : args)
        all += arg + '\0';
    constexpr std::size_t kRead = DAVY_ARGS_MAX - 1; // as far as the kernel reads
    event.args_cut = all.size() > kRead;
    event.args_size = static_cast<std::uint16_t>(std::min(all.size(), kRead));
    std::memcpy(event.args, all.data(), event.args_size);
    event.header.size =
        static_cast<std::uint32_t>(offsetof(davy_event_exec, args) + event.args_size);
    return event;
}

davy_event_exit exits(std::uint64_t time_ns, std::uint32_t tgid, std::string_view comm)
{
    auto event = begin<davy_event_exit>(DAVY_EVENT_EXIT, time_ns, tgid);
    event.id = id(tgid);
    put(event.comm, comm);
    return event;
}

davy_event_process swept(std::uint64_t time_ns, const davy_process& process)
{
    auto event = begin<davy_event_process>(DAVY_EVENT_PROCESS, time_ns, process.id.tgid);
    event.process = process;
    return event;
}

davy_event_connect connects(std::uint64_t time_ns, const davy_process& process,
                            const davy_flow& flow)
{
    auto event = begin<davy_event_connect>(DAVY_EVENT_CONNECT, time_ns, process.id.tgid);
    event.process = process;
    event.flow = flow;
    return event;
}

void judge(davy_event_chain& event)
{
    event.decision.rule = davy_chain_rule(&event.facts);
    event.decision.certainty = davy_chain_certainty(&event.facts);
    event.header.verdict = davy_judge_chain(&event.facts, event.decision.mode);
}

davy_event_chain chain(std::uint64_t time_ns, std::uint8_t mode, const davy_process& source,
                       const davy_process& sink, const davy_flow& flow)
{
    auto event = begin<davy_event_chain>(DAVY_EVENT_CHAIN, time_ns, source.id.tgid);
    event.decision = decision(DAVY_DETECTION_CHAIN, mode);
    event.process = source;
    event.flow = flow;
    event.source = source.id;
    event.sink = sink.id;
    std::memcpy(event.source_comm, source.comm, sizeof event.source_comm);
    std::memcpy(event.sink_comm, sink.comm, sizeof event.sink_comm);
    event.facts.source = DAVY_SOURCE_CONNECT;
    event.facts.reads_code = 1;
    event.facts.hops = 1;
    event.facts.row = DAVY_NO_ROW;
    event.pipe_inode = 31337;
    judge(event);
    event.decision.did = refused(event.header.verdict);
    return event;
}

void judge(davy_event_image& event)
{
    event.decision.certainty = davy_image_certainty(&event.image, event.decision.rule);
    event.header.verdict = davy_judge_image(&event.image, event.decision.rule, event.decision.mode);
}

davy_event_image fileless(std::uint64_t time_ns, std::uint8_t mode, const davy_process& runner,
                          const davy_image& image, std::string_view filename)
{
    auto event = begin<davy_event_image>(DAVY_EVENT_IMAGE, time_ns, runner.id.tgid);
    event.decision = decision(DAVY_DETECTION_IMAGE, mode);
    event.decision.rule = DAVY_RULE_IMAGE_FILELESS;
    event.decision.starts = 1;
    event.process = runner;
    event.image = image;
    put(event.filename, filename);
    judge(event);
    event.decision.did = davy_enforced(event.header.verdict) ? DAVY_DID_KILL_CURRENT : 0;
    return event;
}

davy_event_image removed(std::uint64_t time_ns, std::uint8_t mode, const davy_process& remover,
                         const davy_process_id& victim, const davy_image& image,
                         std::string_view path)
{
    auto event = begin<davy_event_image>(DAVY_EVENT_IMAGE, time_ns, remover.id.tgid);
    event.decision = decision(DAVY_DETECTION_IMAGE, mode);
    event.decision.rule = DAVY_RULE_IMAGE_REMOVED;
    event.process = remover;
    event.image = image;
    event.victim = victim;
    put(event.filename, path);
    judge(event);
    return event;
}

davy_event_image talking(std::uint64_t time_ns, std::uint8_t mode, const davy_process& talker,
                         const davy_flow& flow)
{
    auto event = begin<davy_event_image>(DAVY_EVENT_IMAGE, time_ns, talker.id.tgid);
    event.decision = decision(DAVY_DETECTION_IMAGE, mode);
    event.decision.rule = DAVY_RULE_IMAGE_TALKING;
    event.process = talker;
    event.image = talker.image;
    event.flow = flow;
    judge(event);
    event.decision.did = refused(event.header.verdict);
    return event;
}

void judge(davy_event_pool& event)
{
    event.decision.rule = davy_pool_rule(&event.facts);
    event.decision.certainty = davy_pool_certainty(&event.facts);
    event.header.verdict = davy_judge_pool(&event.facts, event.decision.mode);
}

davy_event_pool pool(std::uint64_t time_ns, std::uint8_t mode, const davy_process& miner,
                     const davy_flow& flow, std::uint8_t match, std::uint32_t row)
{
    auto event = begin<davy_event_pool>(DAVY_EVENT_POOL, time_ns, miner.id.tgid);
    event.decision = decision(DAVY_DETECTION_STRATUM, mode);
    event.decision.row = row;
    event.process = miner;
    event.flow = flow;
    event.facts.match = match;
    event.facts.port_refuses = match == DAVY_POOL_PORT;
    event.facts.row = row;
    judge(event);
    event.decision.did = refused(event.header.verdict);
    if (davy_pool_in_packet(&event.facts) && event.decision.did)
        event.decision.did = DAVY_DID_DROP;
    return event;
}

davy_event_pool with_name(davy_event_pool event, std::string_view name)
{
    put(event.name, name);
    return event;
}

void judge(davy_event_stratum& event)
{
    event.decision.certainty = davy_stratum_certainty(&event.facts);
    event.header.verdict = davy_judge_stratum(&event.facts, event.decision.mode);
    event.decision.did = davy_enforced(event.header.verdict) ? DAVY_DID_DROP : 0;
}

davy_event_stratum stratum(std::uint64_t time_ns, std::uint8_t mode, const davy_process& owner,
                           const davy_flow& flow, std::string_view payload, std::uint8_t direction)
{
    davy_stratum_state scan;
    davy_stratum_begin(&scan, direction);
    for (char byte : payload)
        davy_stratum_step(&scan, static_cast<std::uint8_t>(byte));

    auto event = begin<davy_event_stratum>(DAVY_EVENT_STRATUM, time_ns, owner.id.tgid);
    event.decision = decision(DAVY_DETECTION_STRATUM, mode);
    event.decision.rule = DAVY_RULE_STRATUM_PAYLOAD;
    event.flow = flow;
    event.owner = owner.id;
    event.owner_uid = owner.uid;
    std::memcpy(event.owner_comm, owner.comm, sizeof event.owner_comm);
    event.facts.dialect = scan.verdict == DAVY_STRATUM_MATCH ? scan.dialect : DAVY_DIALECT_NONE;
    event.facts.direction = direction;
    event.facts.offset = scan.bytes;
    event.payload_size = static_cast<std::uint32_t>(std::min(payload.size(), sizeof event.payload));
    std::memcpy(event.payload, payload.data(), event.payload_size);
    judge(event);
    return event;
}

davy_event_loss loss(std::uint64_t time_ns, std::uint32_t reason, std::uint64_t count)
{
    auto event = begin<davy_event_loss>(DAVY_EVENT_LOSS, time_ns, 0);
    event.count[reason] = count;
    return event;
}

davy_event_outcome outcome(std::uint64_t time_ns, std::uint32_t target, std::uint16_t rule,
                           std::uint16_t result)
{
    auto event = begin<davy_event_outcome>(DAVY_EVENT_OUTCOME, time_ns, 0);
    event.target = id(target);
    event.rule = rule;
    event.outcome = result;
    return event;
}

davy_event_evidence evidence(std::uint64_t time_ns, std::uint32_t target, std::string_view folder)
{
    auto event = begin<davy_event_evidence>(DAVY_EVENT_EVIDENCE, time_ns, 0);
    event.target = id(target);
    event.rule = DAVY_RULE_IMAGE_REMOVED;
    event.flags = DAVY_EVIDENCE_IMAGE | DAVY_EVIDENCE_WHOLE;
    event.image_size = 4096;
    std::memset(event.sha256, 0xab, sizeof event.sha256);
    std::memcpy(event.folder, folder.data(), std::min(folder.size(), sizeof event.folder));
    return event;
}

} // namespace davylamp::test
