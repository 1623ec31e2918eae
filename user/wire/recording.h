// SPDX-License-Identifier: Apache-2.0
// Recordings: the records as the ring buffers gave them, in framed, checksummed, compressed blocks.
// docs/recording.md has the grammar.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "wire/event.h"

namespace davylamp {

// What a reader must know to replay the records on another machine.
struct RecordingInfo {
    std::string version; // of Davylamp
    std::string hostname;
    std::string kernel;                  // uname -r
    std::string boot_id;                 // /proc/sys/kernel/random/boot_id
    std::string machine_id;              // /etc/machine-id, may be empty
    std::string os_name;                 // PRETTY_NAME of os-release, may be empty
    std::int64_t realtime_offset_ns = 0; // CLOCK_REALTIME - CLOCK_BOOTTIME at start
    std::string policy;                  // the effective policy, as `policy show` prints it
};

class RecordingWriter {
public:
    // Creates FILE (0600); an existing one is an error, nothing is ever overwritten. So is a path
    // that another user could lead elsewhere (base/own_path.h).
    static Result<RecordingWriter> create(const std::string& path, const RecordingInfo& info);
    RecordingWriter(RecordingWriter&&) noexcept;
    RecordingWriter& operator=(RecordingWriter&&) noexcept;
    ~RecordingWriter(); // flushes what it can; finish() reports errors

    // Takes a copy into the open block; writes the block when it is full (64 KiB).
    Result<> append(const Event& event);
    // Writes the open block, however small. Called on a timer and after every alert.
    Result<> flush();
    // Writes the end block; the recording then counts as whole.
    Result<> finish();

private:
    struct Impl;
    explicit RecordingWriter(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

class RecordingReader {
public:
    // Errors: no such file, a foreign file, a newer format or ABI version (both named).
    static Result<RecordingReader> open(const std::string& path);
    RecordingReader(RecordingReader&&) noexcept;
    RecordingReader& operator=(RecordingReader&&) noexcept;
    ~RecordingReader();

    const RecordingInfo& info() const;
    // The next record; the view lives until the next call. nullopt at the end. A torn or damaged
    // tail is an end too: damage() then says where it is and what was lost.
    Result<std::optional<Event>> next();
    std::optional<Error> damage() const;
    // Records of kinds that this build does not know, skipped by next().
    std::uint64_t unknown_kinds() const;

private:
    struct Impl;
    explicit RecordingReader(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace davylamp
