// SPDX-License-Identifier: Apache-2.0
// The parts of the OCSF object that are objects of their own.
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>

#include "engine/alert.h"
#include "wire/recording.h"

namespace davylamp {

// Keys in the order in which they are set: docs/events.md promises it.
using OcsfJson = nlohmann::ordered_json;

// Since 1970.
std::int64_t ocsf_milliseconds(std::uint64_t time_ns, const RecordingInfo& host);
// Boot id, pid and start time: never the same twice.
std::string ocsf_process_uid(const davy_process_id& id, const RecordingInfo& host);
// A process with its parent and its ancestry.
OcsfJson ocsf_process(const AlertParty& party, const RecordingInfo& host);
// One for each party; the facts are with the first.
OcsfJson ocsf_evidences(const Alert& alert, const RecordingInfo& host);
// The values of the evidences that a search goes by, with the path of each.
OcsfJson ocsf_observables(const OcsfJson& evidences);

} // namespace davylamp
