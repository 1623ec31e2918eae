// SPDX-License-Identifier: Apache-2.0
// How bad a finding is, by facts of the host: who ran it, from where, below which service.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/alert.h"

namespace davylamp {

// An account that no person logs in with.
bool is_service_account(std::uint32_t uid);
// A place where any local user may put a program.
bool is_world_writable_place(std::string_view path);
// Below a home folder.
bool is_home(std::string_view path);
FilePlace file_place(std::string_view path);
// The nearest ancestor of the party that serves the network (nginx, php-fpm, java …), by
// its image's name; empty where there is none.
std::string network_service(const AlertParty& party);

// OCSF severity_id.
constexpr int kSeverityLow = 2, kSeverityMedium = 3, kSeverityHigh = 4, kSeverityCritical = 5;

// By the rule book; Medium for a rule that this version does not know. Reads decision, finding and
// the first party.
int severity_of(const Alert& alert);

// What the rule book asks.
int chain_severity(const Alert& alert);
int download_severity(const Alert& alert);
int fileless_severity(const Alert& alert);
int talking_severity(const Alert& alert);
int missing_image_severity(const Alert& alert);
int denied_severity(const Alert& alert);
int stratum_severity(const Alert& alert);

} // namespace davylamp
