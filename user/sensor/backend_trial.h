// SPDX-License-Identifier: Apache-2.0
// One row of backend.h put to the test: its program is loaded beside the others, attached, and its
// hook fired.
#pragma once

#include <string>

#include "sensor/backend.h"
#include "sensor/handles.h"

namespace davylamp {

// `skeleton` is loaded, and its maps are filled: from the attaching on, the program judges. The
// link where the program runs; else null, and `reason` says why.
Link try_backend(const BackendRow& row, davy_bpf& skeleton, std::string& reason);

} // namespace davylamp
