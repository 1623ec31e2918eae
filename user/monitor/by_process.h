// SPDX-License-Identifier: Apache-2.0
// A note for each process, dropped when the process has ended, since a sensor runs for months.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>

#include "davylamp/abi/records.h"

namespace davylamp {

template <class T> class ByProcess {
public:
    T& operator[](const davy_process_id& id) { return entries_[key(id)].note; }
    // nullptr: there is none.
    T* find(const davy_process_id& id)
    {
        auto found = entries_.find(key(id));
        return found == entries_.end() ? nullptr : &found->second.note;
    }
    std::size_t size() const { return entries_.size(); }

    // To be called now and then; `runs(id)` says whether a process still does. The second call that
    // finds its process ended drops a note: at the first, records of its last moments may still
    // wait in the rings.
    template <class Runs> void forget_ended(const Runs& runs)
    {
        for (auto at = entries_.begin(); at != entries_.end();) {
            bool ended = !runs(davy_process_id{at->first.first, at->first.second, 0});
            if (ended && at->second.ended) {
                at = entries_.erase(at);
            } else {
                at->second.ended = ended;
                ++at;
            }
        }
    }

private:
    using Key = std::pair<std::uint64_t, std::uint32_t>; // start time, pid
    struct Entry {
        T note{};
        bool ended = false;
    };
    static Key key(const davy_process_id& id) { return {id.start_ns, id.tgid}; }

    std::map<Key, Entry> entries_;
};

} // namespace davylamp
