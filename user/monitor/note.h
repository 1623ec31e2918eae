// SPDX-License-Identifier: Apache-2.0
// What whoever runs the sensor reads on stderr.
#pragma once

#include <string>

namespace davylamp {

// "davylamp: …", escaped, as one line.
void note(const std::string& text);

} // namespace davylamp
