// SPDX-License-Identifier: Apache-2.0
// What one reading of the rings brought, on its way to the engine and the recording.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace davylamp {

// Records in the order in which the engine sees them. A place can be taken before its records are
// there: what is found out late is told where it belongs.
class Batch {
public:
    // A place without a record.
    std::size_t add()
    {
        places_.emplace_back();
        return places_.size() - 1;
    }
    // One more record for a place, the last one's last word padded with zeroes.
    void append(std::size_t at, const std::byte* data, std::size_t size)
    {
        Words& words = places_[at].emplace_back((size + 7) / 8);
        std::memcpy(words.data(), data, size);
    }
    template <class T> void append(std::size_t at, const T& record)
    {
        append(at, reinterpret_cast<const std::byte*>(&record), sizeof record);
    }

    bool empty() const { return places_.empty(); }
    void clear() { places_.clear(); }
    // The first record of a place that has one. The bytes stay where they are until clear().
    std::span<std::byte> bytes(std::size_t at) { return bytes_of(places_[at].front()); }
    // Every record, in order.
    template <class F> void for_each(F&& each)
    {
        for (auto& place : places_) {
            for (Words& words : place)
                each(bytes_of(words));
        }
    }

private:
    using Words = std::vector<std::uint64_t>; // which keeps a record aligned
    static std::span<std::byte> bytes_of(Words& words)
    {
        return {reinterpret_cast<std::byte*>(words.data()), words.size() * 8};
    }

    std::vector<std::vector<Words>> places_;
};

} // namespace davylamp
