// SPDX-License-Identifier: Apache-2.0
// The rows of backend.h put to the test: a program is loaded beside the others, attached, and its
// hook fired.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "sensor/backend.h"
#include "sensor/handles.h"

namespace davylamp {

class BackendTrials {
public:
    // `skeleton` is loaded, and its maps are filled: once a program is attached, it judges.
    explicit BackendTrials(davy_bpf& skeleton) : skeleton_(skeleton) {}

    // The link where the row's program runs; else null, and `reason` says why.
    Link try_row(const BackendRow& row, std::string& reason);

private:
    // The row's program in the kernel, owned by this; null and a reason where it is refused.
    bpf_program* loaded(const BackendRow& row, std::string& reason);

    davy_bpf& skeleton_;
    // A backend's programs are loaded together, since each load reads the kernel's types anew. Null
    // where one of them was refused: then each is loaded alone, and takes nothing else with it.
    std::map<std::uint8_t, Skeleton> together_;
    Skeleton alone_; // the last one
};

} // namespace davylamp
