// SPDX-License-Identifier: Apache-2.0
// Tells an operator what the sensor could not see, while it happens.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace davylamp {

class Losses {
public:
    // What was lost before counts for nothing. Counts since load, by DAVY_LOSS_*.
    explicit Losses(std::vector<std::uint64_t> counts);

    // Whether any count differs from those of the last call. Adds a line for each kind of loss that
    // has grown since it was told last; for one kind a line a minute, so that a flood of losses is
    // none of lines.
    bool note(const std::vector<std::uint64_t>& counts, std::int64_t now_ms,
              std::vector<std::string>& lines);
    // The lines that wait for their minute.
    std::vector<std::string> rest();

private:
    struct Told {
        std::uint64_t count;
        std::int64_t until_ms; // nothing more is told before
    };
    std::string line(std::size_t reason);

    std::vector<std::uint64_t> counts_;
    std::vector<Told> told_;
};

} // namespace davylamp
