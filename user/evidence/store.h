// SPDX-License-Identifier: Apache-2.0
// Saves what responders want of a process before somebody ends it: its image, its state, its
// connections. It stops nobody and ends nobody; the caller may stop the target, so that it holds
// still.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "davylamp/abi/records.h"
#include "evidence/folder.h"

namespace davylamp {

// What is above a limit is cut, and the manifest says so.
struct EvidenceLimits {
    std::uint64_t image_bytes = 64ull << 20;
    std::uint64_t text_bytes = 1ull << 20;  // each of the other items
    std::uint64_t total_bytes = 1ull << 30; // of the folder, with what lies there already
    std::uint32_t captures = 256;           // the same, in number
    std::uint32_t timeout_ms = 2000;        // one capture; looked at between the pieces of an item
};

struct Evidence {
    std::string folder;                    // whole path; empty: nothing was saved
    std::array<std::uint8_t, 32> sha256{}; // of the image as far as it was saved
    std::uint64_t image_size = 0;          // bytes of it that were saved
    bool image_saved = false;
    bool image_whole = false;
    std::uint32_t missing_items = 0; // items of which nothing could be saved
    int error_number = 0;            // errno; 0: the capture has a manifest
    std::string error;               // the same in words
};

class EvidenceStore {
public:
    // Called before an item, and after each piece of one: a caller with a ring to drain may do so.
    using Progress = std::function<void(std::string_view item, std::uint64_t bytes)>;

    // `folder` is an absolute path of at most DAVY_EVIDENCE_FOLDER_MAX bytes, whose parents exist.
    static Result<EvidenceStore> open(const std::string& folder, const EvidenceLimits& limits);

    // Into FOLDER/TIME-PID-CODE[-N]/, where CODE is the rule's ("EXE-002"): docs/policy.md has what
    // lies in it. A process that has another start time than `target` is somebody else, of whom
    // nothing is saved. What goes wrong with an item is in the manifest; nothing is thrown.
    Evidence capture(const davy_process_id& target, std::string_view code,
                     const Progress& progress = {});

    // Whether nothing more is saved: capture() then says EDQUOT.
    bool is_full() const;
    std::uint64_t used_bytes() const { return used_bytes_; }
    std::uint32_t captures() const { return captures_; }

private:
    EvidenceStore(EvidenceFolder folder, const EvidenceLimits& limits);
    std::uint64_t room() const; // bytes that items may still take

    EvidenceFolder folder_;
    EvidenceLimits limits_;
    std::uint64_t used_bytes_ = 0;
    std::uint32_t captures_ = 0;
    std::vector<char> buffer_; // a piece
};

// The record of it, for DAVY_EVENT_EVIDENCE. `rule` is the DAVY_RULE_* that it was done for.
davy_event_evidence evidence_record(const davy_process_id& target, std::uint16_t rule,
                                    const Evidence& evidence, std::uint64_t time_ns);

} // namespace davylamp
