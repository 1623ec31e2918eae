// SPDX-License-Identifier: Apache-2.0
// What a finding is about, as values, a struct for each detection. report/ makes sentences and
// facts of them. Text in them is raw: it comes from outside.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "davylamp/abi/records.h"
#include "engine/stratum_details.h"

namespace davylamp {

// Who may write where a file lies, by its path.
enum class FilePlace : std::uint8_t { elsewhere, world_writable, home };

// CHAIN-003: what was downloaded, and runs.
struct DownloadedFile {
    davy_inode_key key{};
    std::string path;                    // as it was run; empty: not known
    std::uint32_t writer = 0;            // DAVY_WRITER_*
    bool program = false;                // it runs as an image, not as an interpreter's code
    std::optional<std::uint64_t> age_ns; // since it was written
    FilePlace place = FilePlace::elsewhere;
};

// The first party is the interpreter, or the program.
struct ChainFinding {
    std::uint32_t begins = 0;           // DAVY_SOURCE_*: where the chain begins
    std::uint32_t pipes = 0;            // between the source and the interpreter
    std::uint32_t stages = 0;           // processes between them
    davy_process_id source{};           // who fetched; tgid 0: nobody is known, or it is a socket
    std::uint16_t family = 0;           // DAVY_FAMILY_* of the interpreter
    std::string service;                // the nearest ancestor that serves the network; empty: none
    std::string code;                   // CHAIN-004, -005: how it begins
    std::optional<DownloadedFile> file; // CHAIN-003

    bool in_shell() const { return family == DAVY_FAMILY_SHELL || family == DAVY_FAMILY_MULTICALL; }
};

// What a process did with an image that has no file, or that policy denies.
enum class ImageDeed : std::uint8_t {
    starts_fileless,
    starts_denied,
    removes,
    connects,
    starts,
    runs
};

// The first party runs the image, or tried to start it.
struct ImageFinding {
    ImageDeed deed = ImageDeed::runs;
    davy_image image{};
    std::string path; // of the image; empty: not known
    FilePlace place = FilePlace::elsewhere;
    std::string starts; // EXE-005: the program that it starts

    // EXE-002
    davy_process_id remover{};
    std::size_t victims = 0;         // processes that run the image
    bool removed_itself = false;     // the remover is one of them
    bool remover_in_lineage = false; // or an ancestor or a descendant of one

    // What the process that runs the image does.
    std::optional<std::uint64_t> cpu_percent; // of one processor, since its start
    bool net_fed = false;                     // it took bytes from the network
    bool mines = false;                       // it was seen to talk to a pool
    bool connected = false;                   // it, or its parent, connected out (EXE-001)

    bool is_memfd() const { return (image.flags & DAVY_IMAGE_MEMFD) != 0; }
    // Mode o+w. A memfd always begins as 0777, which says nothing.
    bool anyone_writes() const { return (image.mode & 0002) != 0 && !is_memfd(); }
    bool in_open_place() const { return place == FilePlace::world_writable || anyone_writes(); }
    bool is_busy() const { return cpu_percent.value_or(0) >= 50; }
};

struct StratumFinding {
    std::uint8_t dialect = 0;                // DAVY_DIALECT_*
    std::uint8_t direction = 0;              // DAVY_TO_*
    bool midstream = false;                  // the flow's beginning was not seen
    bool relayed = false;                    // it came in on a connection that was accepted here
    std::uint8_t wraps[DAVY_WRAPS_MAX] = {}; // DAVY_WRAP_*, the outermost first
    std::uint32_t offset = 0;                // bytes read when the verdict fell
    std::optional<std::uint32_t> uid;        // of an owner of whom no more is known
    StratumDetails details;
};

struct PoolFinding {
    std::uint8_t match = 0;           // DAVY_POOL_*
    std::string name;                 // the host or protocol; empty: none
    std::uint8_t proxied[16] = {};    // PROXY_ADDRESS: the address behind the proxy
    bool relayed = false;             // a client asked the same user for it
    std::uint32_t tries = 0;          // PROVEN: connects since the last record
    std::uint32_t ttl_s = 0;          // ANSWER: for how long it goes on counting
    std::string entry;                // what policy lists, where that is wider than what was met
    std::optional<std::uint32_t> uid; // of a process of whom no more is known
};

} // namespace davylamp
