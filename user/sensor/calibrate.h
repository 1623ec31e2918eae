// SPDX-License-Identifier: Apache-2.0
// Where the kernel keeps its pages, found by trying: bpf/facts/pages.h says why.
#pragma once

#include "base/result.h"

struct davy_bpf;

namespace davylamp {

// Sets direct_map and page_array of a loaded object. Error: not found, or no program may be run on
// demand; then what went through a pipe cannot be read, and text is not followed.
Result<> calibrate(davy_bpf& skeleton);

} // namespace davylamp
