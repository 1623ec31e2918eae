// SPDX-License-Identifier: Apache-2.0
// manifest.json: what a capture has, what it lacks, and why. It is written last and in one step, so
// a folder without it says by itself that its capture was broken off.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "davylamp/abi/records.h"
#include "evidence/item.h"

namespace davylamp {

inline constexpr const char* kManifestName = "manifest.json";

struct Manifest {
    davy_process_id target{};
    std::string code;             // of the rule
    std::int64_t realtime_ns = 0; // when the capture began
    std::uint64_t boottime_ns = 0;
    std::uint64_t took_ms = 0;
    bool target_ended = false; // before the capture had
    // The file that the process runs, as it is; "" and 0 where that could not be seen.
    std::string image_device; // "254:1"
    std::uint64_t image_inode = 0, image_links = 0, image_size = 0;
    std::uint32_t image_mode = 0;
    std::vector<Item> items;
};

std::string manifest_text(const Manifest& manifest);

// 0, or errno.
int write_manifest(int folder, std::string_view text);

// "20261124T181617Z", for names; and "2026-11-24T18:16:17.123456789Z".
std::string compact_time(std::int64_t realtime_ns);
std::string exact_time(std::int64_t realtime_ns);

} // namespace davylamp
