// SPDX-License-Identifier: Apache-2.0
// Processes without their image, as sweeps meet them: what the kernel's record lacks, what is left
// alone and why, and who is to be ended.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>

#include "davylamp/abi/event.h"
#include "policy/policy.h"
#include "sensor/sensor.h"

namespace davylamp {

class Sweeper {
public:
    explicit Sweeper(const Policy& policy) : mode_(static_cast<std::uint8_t>(policy.image)) {}

    // Completes a record whose image is gone: path, flags, verdict. `at_start`: the first sweep,
    // which takes nothing. True where its process is to be ended, once for each process.
    bool judge(davy_event_process& event, bool at_start, Sensor& sensor);

private:
    using Id = std::pair<std::uint64_t, std::uint32_t>; // start time, pid

    bool still_quiet(const davy_event_process& event, bool at_start, Sensor& sensor);

    std::uint8_t mode_;
    std::set<Id> before_; // gone when we came
    std::set<Id> quiet_;  // of those: taken for a runtime's own
    std::set<Id> ended_;
};

// A loader's process that ran before us: the program that it maps, where that is gone. False where
// there is none; else the record's image is that program.
bool find_loaded_program(davy_event_process& event);

// The path of the image that a process runs, gone or not; "" where it cannot be read.
std::string image_path(std::uint32_t pid);

} // namespace davylamp
