// SPDX-License-Identifier: Apache-2.0
// A function for each kind of record: adds its fields to the object that has the header's.
#pragma once

#include "wire/event.h"
#include "wire/json_fields.h"

namespace davylamp {

// Telemetry, and what explains an alert: telemetry_json.cpp.
void add_fork(Json& out, const Event& event);
void add_exec(Json& out, const Event& event);
void add_exit(Json& out, const Event& event);
void add_connect(Json& out, const Event& event);
void add_process(Json& out, const Event& event);
void add_place(Json& out, const Event& event);

// Verdicts: finding_json.cpp.
void add_chain(Json& out, const Event& event);
void add_image(Json& out, const Event& event);
void add_pool(Json& out, const Event& event);
void add_stratum(Json& out, const Event& event);

// What the sensor tells of itself and its acts: sensor_json.cpp.
void add_loss(Json& out, const Event& event);
void add_outcome(Json& out, const Event& event);
void add_evidence(Json& out, const Event& event);

} // namespace davylamp
