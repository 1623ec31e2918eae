// SPDX-License-Identifier: Apache-2.0
// Processes without their image that sweeps find: adds what the kernel's record lacks, and decides
// what is left alone and who is to be ended.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "davylamp/abi/records.h"
#include "monitor/by_process.h"
#include "policy/policy.h"
#include "sensor/source.h"

namespace davylamp {

class Sweeper {
public:
    // `marks` is told which images are no finding; all parameters outlive this.
    Sweeper(const Policy& policy, Source& marks, std::string proc)
        : mode_(static_cast<std::uint8_t>(policy.image)), marks_(marks), proc_(std::move(proc))
    {
    }

    // Whether judging it asks a filesystem about the path that the process was started from.
    // Records that need no such question are judged first, so that no path can keep them waiting.
    static bool asks_for_path(const davy_event_process& event);
    // Completes a record whose image is gone: path, flags, verdict. `at_start`: the first sweep,
    // which takes nothing. True where its process is to be ended, once for each process.
    bool judge(davy_event_process& event, bool at_start);
    // As ByProcess has it.
    void forget_ended(const std::function<bool(const davy_process_id&)>& runs);
    std::size_t remembered() const { return known_.size(); }

private:
    struct Known {
        bool before = false; // gone when we came
        bool quiet = false;  // of those: taken for a runtime's own
        bool ended = false;  // its end was asked for
    };

    bool still_quiet(const davy_event_process& event, bool at_start, Known& known);

    std::uint8_t mode_;
    Source& marks_;
    std::string proc_;
    ByProcess<Known> known_;
};

// A loader's process that ran before us: the program that it maps, where that is gone. False where
// there is none; else the record's image is that program.
bool find_loaded_program(davy_event_process& event, const std::string& proc);

// The path of the image that a process runs, gone or not; "" where it cannot be read. The kernel
// writes it from what it holds in memory: no filesystem is asked.
std::string image_path(std::uint32_t pid, const std::string& proc);

} // namespace davylamp
