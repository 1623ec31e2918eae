// SPDX-License-Identifier: Apache-2.0
// Alerts as people and machines read them.
#pragma once

#include <string>

#include "engine/alert.h"
#include "wire/recording.h"

namespace davylamp {

// Several lines, the first a summary, ending in a newline. Text from outside is escaped for
// terminals (control bytes, escape sequences, invalid UTF-8 as \xNN). `host` gives the clock.
std::string alert_text(const Alert& alert, const RecordingInfo& host);

// One line, no newline: an OCSF 1.8.0 Detection Finding (class 2004). docs/events.md has every
// field.
std::string alert_ocsf(const Alert& alert, const RecordingInfo& host);

} // namespace davylamp
