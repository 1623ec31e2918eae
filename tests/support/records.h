// SPDX-License-Identifier: Apache-2.0
// Records as the kernel programs write them, made by hand, for unit tests and for the recordings of
// replay tests. A rule that judges a record gives it its verdict, so that judging it again agrees;
// a test that wants a false verdict changes the struct afterwards.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "davylamp/abi/records.h"
#include "wire/event.h"

namespace davylamp::test {

// The bytes of one record, aligned as Event::view() needs them.
class Record {
public:
    template <class T> explicit Record(const T& event) : Record(&event, event.header.size) {}
    Record(const void* bytes, std::size_t size);
    Event event() const; // aborts where the bytes are no record
    std::span<const std::byte> bytes() const
    {
        return {reinterpret_cast<const std::byte*>(words_.data()), size_};
    }

private:
    std::vector<std::uint64_t> words_;
    std::size_t size_;
};

constexpr std::uint64_t kSecond = 1'000'000'000;

// A pid with the start time that these tests give it: a second per pid.
davy_process_id id(std::uint32_t tgid);

// Describes a process; `parent` 0 is nobody. Run by root from inode tgid + 100,000 on device
// 8388609 (major 8, minor 1), linked, mode 0755, named as its comm.
davy_process process(std::uint32_t tgid, std::uint32_t parent, std::string_view comm);
davy_process with_uid(davy_process process, std::uint32_t uid);
davy_process with_family(davy_process process, std::uint16_t family);
// Runs the image of another: same file, same name.
davy_process with_image(davy_process process, const davy_image& image);
davy_image gone(davy_image image, std::uint16_t flags = 0); // nlink 0
davy_image memfd(std::uint64_t inode, std::string_view name);

// Numeric IPv4 or IPv6, TCP; aborts on anything else.
davy_flow flow(const std::string& remote, std::uint16_t port);

davy_event_fork forks(std::uint64_t time_ns, std::uint32_t parent, std::uint32_t child,
                      std::string_view comm);
davy_event_exec execs(std::uint64_t time_ns, const davy_process& process, std::string_view filename,
                      const std::vector<std::string>& args, std::int32_t code_fd = -1);
davy_event_exit exits(std::uint64_t time_ns, std::uint32_t tgid, std::string_view comm);
davy_event_process swept(std::uint64_t time_ns, const davy_process& process);
davy_event_connect connects(std::uint64_t time_ns, const davy_process& process,
                            const davy_flow& flow);

// The source connects while the sink waits on its pipe: certain. `did` is refuse if the mode
// enforces; the current process is the source.
davy_event_chain chain(std::uint64_t time_ns, std::uint8_t mode, const davy_process& source,
                       const davy_process& sink, const davy_flow& flow);
// Judges again after a change of facts or mode: rule, certainty and verdict. `did` stays.
void judge(davy_event_chain& event);

// EXE-001: `runner` starts `image`.
davy_event_image fileless(std::uint64_t time_ns, std::uint8_t mode, const davy_process& runner,
                          const davy_image& image, std::string_view filename);
// EXE-002: `remover` removes the last name of `image` while `victim` runs it.
davy_event_image removed(std::uint64_t time_ns, std::uint8_t mode, const davy_process& remover,
                         const davy_process_id& victim, const davy_image& image,
                         std::string_view path);
// EXE-003: `talker` runs its image, which is gone, and connects out.
davy_event_image talking(std::uint64_t time_ns, std::uint8_t mode, const davy_process& talker,
                         const davy_flow& flow);
void judge(davy_event_image& event);

// MINE-002 (match DAVY_POOL_ADDRESS), MINE-003 (DAVY_POOL_PORT, refusing), or as `match` says.
davy_event_pool pool(std::uint64_t time_ns, std::uint8_t mode, const davy_process& miner,
                     const davy_flow& flow, std::uint8_t match, std::uint32_t row);
davy_event_pool with_name(davy_event_pool event, std::string_view name);
void judge(davy_event_pool& event);

// MINE-001 if the matcher finds Stratum in the payload, the flow's first bytes; else a verdict of
// ALLOW. Dialect and offset are the matcher's.
davy_event_stratum stratum(std::uint64_t time_ns, std::uint8_t mode, const davy_process& owner,
                           const davy_flow& flow, std::string_view payload,
                           std::uint8_t direction = DAVY_TO_SERVER);
void judge(davy_event_stratum& event); // sets `did` as well: a packet is dropped or not

davy_event_loss loss(std::uint64_t time_ns, std::uint32_t reason, std::uint64_t count);
davy_event_outcome outcome(std::uint64_t time_ns, std::uint32_t target, std::uint16_t rule,
                           std::uint16_t result);
// A whole image of 4096 bytes, with a hash of 0xab bytes; flags, missing … as in the ABI.
davy_event_evidence evidence(std::uint64_t time_ns, std::uint32_t target, std::string_view folder);

} // namespace davylamp::test
