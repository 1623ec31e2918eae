// SPDX-License-Identifier: Apache-2.0
// A note for each process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>

#include "davylamp/abi/event.h"

namespace davylamp {

template <class T> class ByProcess {
public:
    T& operator[](const davy_process_id& id) { return entries_[key(id)]; }
    // nullptr: there is none.
    T* find(const davy_process_id& id)
    {
        auto found = entries_.find(key(id));
        return found == entries_.end() ? nullptr : &found->second;
    }
    std::size_t size() const { return entries_.size(); }

private:
    using Key = std::pair<std::uint64_t, std::uint32_t>; // start time, pid
    static Key key(const davy_process_id& id) { return {id.start_ns, id.tgid}; }

    std::map<Key, T> entries_;
};

} // namespace davylamp
