// SPDX-License-Identifier: Apache-2.0
// Which alerts belong to one story: those whose parties descend from one process, as long as the
// story goes on.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <utility>
#include <vector>

#include "davylamp/abi/records.h"

namespace davylamp {

class Incidents {
public:
    static constexpr std::uint64_t kWindowNs = 3'600'000'000'000; // since the story's last alert
    static constexpr std::size_t kRememberedMax = 4096;           // roots

    // The number for an alert whose parties have these roots (Lineage::root()). Where the roots
    // belong to two stories, the elder one's number is taken for both from now on.
    std::uint64_t number(const std::vector<davy_process_id>& roots, std::uint64_t time_ns);

private:
    using Root = std::pair<std::uint64_t, std::uint32_t>; // start time, pid
    struct Story {
        Root root;
        std::uint64_t number;
        std::uint64_t last_ns;
    };

    void forget_old(std::uint64_t time_ns);

    std::list<Story> stories_; // by last alert, the latest last
    std::map<Root, std::list<Story>::iterator> by_root_;
    std::uint64_t numbers_ = 0;
};

} // namespace davylamp
