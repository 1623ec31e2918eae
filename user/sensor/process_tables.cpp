// SPDX-License-Identifier: Apache-2.0
#include "sensor/process_tables.h"

#include <bpf/libbpf.h>

#include <algorithm>
#include <charconv>

#include "base/files.h"
#include "sensor/skeleton.h"

namespace davylamp {

namespace {

// A table's buckets are allocated at once, 16 bytes for each entry. With a quarter of a million
// processes a host has tens of gigabytes, and a user who may have them all rules it anyway.
constexpr std::uint32_t kLeast = 8192, kMost = 256 * 1024;

std::uint32_t limit(const std::string& file)
{
    auto text = read_file(file);
    std::uint64_t value = kMost;
    if (text)
        std::from_chars(text->data(), text->data() + text->size(), value);
    return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(value, kLeast, kMost));
}

} // namespace

std::uint32_t most_processes(const std::string& proc)
{
    return std::min(limit(proc + "/sys/kernel/pid_max"), limit(proc + "/sys/kernel/threads-max"));
}

void size_process_tables(davy_bpf& skeleton, std::uint32_t processes)
{
    for (bpf_map* table :
         {skeleton.maps.sinks, skeleton.maps.named_outputs, skeleton.maps.fed_processes,
          skeleton.maps.one_liners, skeleton.maps.text_writers, skeleton.maps.readers})
        bpf_map__set_max_entries(table, processes);
}

} // namespace davylamp
