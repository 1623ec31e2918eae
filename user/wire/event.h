// SPDX-License-Identifier: Apache-2.0
// One record of the kernel/user ABI as a checked view of bytes that somebody else owns: the ring
// buffer, or a block of a recording. Nothing is copied.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"
#include "davylamp/abi/records.h"

namespace davylamp {

class Event {
public:
    // Checks the header, the version (a newer one is refused by naming both), and that the record
    // is as long as its kind demands; the unused end of a last field may be missing. `bytes` must
    // be aligned to 8 and outlive the view. A kind that this build does not know is no error.
    static Result<Event> view(std::span<const std::byte> bytes);

    const davy_event_header& header() const
    {
        return *reinterpret_cast<const davy_event_header*>(bytes_.data());
    }
    std::uint16_t kind() const { return header().kind; }
    bool known() const { return known_; }
    std::span<const std::byte> bytes() const { return bytes_; }

    // The record as its struct. The kind must be T's; of the last field only what lies inside
    // bytes() may be read (exec_args(), image_filename() and their kin below do).
    template <class T> const T& as() const { return *reinterpret_cast<const T*>(bytes_.data()); }

private:
    Event(std::span<const std::byte> bytes, bool known) : bytes_(bytes), known_(known) {}
    std::span<const std::byte> bytes_;
    bool known_;
};

// The text of a bounded field: up to its NUL, or the whole field where it was cut.
template <std::size_t N> std::string_view field_text(const char (&field)[N])
{
    std::string_view all(field, N);
    return all.substr(0, all.find('\0'));
}

// NUL-separated arguments as the kernel copied them, cut to what the record holds.
std::string_view exec_args(const Event& event);
// The path of an image record, cut to what the record holds.
std::string_view image_filename(const Event& event);
// A record with what was appended since the first version; zeroes where the record is older.
davy_event_chain whole_chain(const Event& event);
davy_event_image whole_image(const Event& event);
davy_event_process whole_process(const Event& event);
davy_event_pool whole_pool(const Event& event);
davy_event_stratum
whole_stratum(const Event& event); // of the payload only stratum_payload() counts
// The folder of an evidence record, cut to what the record holds.
std::string_view evidence_folder(const Event& event);
// Bytes of the convicting segment, cut to what the record holds.
std::span<const std::uint8_t> stratum_payload(const Event& event);
// The decision block of an alert record (chain, image, pool, stratum); nullptr for other kinds.
const davy_decision* decision_of(const Event& event);
// The name of a kind ("exec", "chain" …); "unknown" for others.
std::string_view kind_name(std::uint16_t kind);

} // namespace davylamp
