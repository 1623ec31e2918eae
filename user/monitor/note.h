// SPDX-License-Identifier: Apache-2.0
// Notes on stderr, for the person who runs the sensor.
#pragma once

#include <string>

namespace davylamp {

// "davylamp: …", escaped, as one line.
void note(const std::string& text);

} // namespace davylamp
