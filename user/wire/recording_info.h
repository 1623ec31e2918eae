// SPDX-License-Identifier: Apache-2.0
// RecordingInfo ⇄ the JSON of the info block.
#pragma once

#include <string>
#include <string_view>

#include "wire/recording.h"

namespace davylamp::recording {

std::string info_json(const RecordingInfo& info);
// Missing keys, and all behind a syntax error, stay empty: host facts are no reason to refuse the
// records. Other keys are skipped without being kept, whatever they hold.
RecordingInfo parse_info(std::string_view json);

} // namespace davylamp::recording
