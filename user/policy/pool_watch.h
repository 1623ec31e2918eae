// SPDX-License-Identifier: Apache-2.0
// The list files of detections.stratum.lists, looked at again and again while the sensor runs.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "policy/policy.h"
#include "policy/pool_book.h"

namespace davylamp {

class PoolWatch {
public:
    // Reads every file; here the fault of one is an error. So is a file that another user could
    // change, then and later: a list says whom the sensor cuts off.
    static Result<PoolWatch> open(const Policy& policy);

    // The lists as they were read last.
    const std::shared_ptr<const PoolBook>& book() const { return book_; }

    // New lists, where a file has changed; nullptr where none has, or what changed says the same.
    // An error, once, where a file is faulty or gone: the lists as they were stay in force. A file
    // that changes while it is read is left for the next look.
    Result<std::shared_ptr<const PoolBook>> look();

private:
    // What tells that a file is another one, or has been written: rename and writing in place.
    struct Stamp {
        dev_t device = 0;
        ino_t inode = 0; // 0: there is none
        off_t size = 0;
        std::int64_t changed_ns = 0; // mtime

        bool operator==(const Stamp&) const = default;
    };

    explicit PoolWatch(const Policy& policy) : policy_(policy) {}
    std::vector<Stamp> stamps() const;
    static bool is_young(const std::vector<Stamp>& stamps);

    Policy policy_;
    std::shared_ptr<const PoolBook> book_;
    std::vector<Stamp> seen_;
    // When the file was read, it had been written within the last second. Another write may bear
    // the same time, since file times advance by the kernel's tick.
    bool unsure_ = false;
    std::string complaint_; // about what is there now
};

} // namespace davylamp
