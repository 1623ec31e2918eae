// SPDX-License-Identifier: Apache-2.0
// The two ends of `curl … | bash`, as root runs it, and where curl connects to.
#pragma once

#include "support/records.h"

namespace davylamp::test {

inline const davy_process kCurl = process(812, 811, "curl");
inline const davy_process kBash = process(813, 811, "bash");
inline const davy_flow kRemote = flow("198.51.100.9", 80);

} // namespace davylamp::test
