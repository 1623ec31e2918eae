// SPDX-License-Identifier: Apache-2.0
// One file of a capture, written and hashed as its bytes come, within what the limits leave.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/unique_fd.h"
#include "evidence/sha256.h"

namespace davylamp {

// What a whole capture may still take.
struct Budget {
    std::uint64_t bytes = 0;
    std::int64_t deadline_ns = 0; // CLOCK_MONOTONIC

    bool time_up() const;
};

struct Item {
    std::string name; // and the file's
    bool saved = false;
    bool whole = false;
    std::uint64_t size = 0;
    std::optional<Digest> sha256;
    std::string why; // missing or cut: why; else empty
};

Item missing(std::string name, std::string why);
inline constexpr const char* kTimeUp = "the time for this capture was up";

class ItemWriter {
public:
    // The file is made with the first byte, or by finish(): never over one that is there, never
    // through a symbolic link. `limit` is the item's own, in bytes.
    ItemWriter(int folder, std::string name, std::uint64_t limit, Budget& budget);

    // Takes what the limits leave room for. False: no more is wanted, and the item is cut.
    bool add(std::string_view bytes);
    // The rest is not to be had.
    void cut(std::string why);
    std::uint64_t size() const { return item_.size; }
    Item finish();

private:
    bool make();

    int folder_;
    std::uint64_t limit_;
    Budget& budget_;
    Item item_;
    UniqueFd file_;
    Sha256 hash_;
};

// Called after each piece, with the bytes of the item that are saved by then.
using Piece = std::function<void(std::uint64_t bytes)>;

// The file behind `from`, from its beginning to its end, by pieces of `buffer`. An error of reading
// cuts the item there; what was read before it stays.
void copy(int from, std::span<char> buffer, const Budget& budget, ItemWriter& to,
          const Piece& piece);

} // namespace davylamp
