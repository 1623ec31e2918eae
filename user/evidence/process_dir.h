// SPDX-License-Identifier: Apache-2.0
// One process's folder in /proc, kept open. Its descriptor leads to that process for good: when it
// has ended, the names in it are gone, even if its pid is used again.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "davylamp/abi/records.h"

namespace davylamp {

class ProcessDir {
public:
    // errno; 0: `out` is the target, which has the same start time.
    static int open(const davy_process_id& target, ProcessDir& out);

    // Where its files are looked for. A process whose first thread has ended (pthread_exit in main)
    // has no exe and no cmdline of its own; then it is the folder of a thread that goes on.
    int files() const { return files_ ? files_.get() : process_.get(); }
    // When a process ends, it loses its memory and descriptors at some moment, and its files in
    // /proc then read as empty. True: that moment has not come, so what was read is right.
    bool runs() const;
    // Looked at again: still the target, or gone. False: it is somebody else.
    bool same() const;

    UniqueFd file(const char* name) const;
    // All of a file, for looking through it; empty where it cannot be read.
    std::string text(const char* name) const;
    // errno is set where it is empty.
    std::string link(const char* name) const;
    std::vector<int> descriptors() const; // rising

private:
    bool find_thread();

    davy_process_id target_{};
    UniqueFd pidfd_, process_, files_;
};

// Whether files of that device ("254:1") lie on FUSE, by a process's mountinfo. Who serves such
// files could keep us waiting for ever.
bool lies_on_fuse(std::string_view mountinfo, std::string_view device);

} // namespace davylamp
