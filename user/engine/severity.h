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
// The nearest ancestor of the party that serves the network (nginx, php-fpm, java …), by
// its image's name; empty where there is none.
std::string network_service(const AlertParty& party);

struct SeverityHints {
    bool connected = false;          // the process, or its parent, connected out
    bool open_place = false;         // the image lay in a world-writable place, or had mode o+w
    bool remover_in_lineage = false; // EXE-002: itself, its ancestor or its descendant
    bool memfd = false;
    bool net_fed = false; // what runs the image took bytes from the network
    bool stratum = false; // or was seen to talk to a pool
    bool burns = false;   // or keeps half a processor busy and more
};

// OCSF severity_id.
constexpr int kSeverityLow = 2, kSeverityMedium = 3, kSeverityHigh = 4, kSeverityCritical = 5;

// By the rule book; Medium for a rule that this version does not know. Reads decision and the first
// party.
int severity_of(const Alert& alert, const SeverityHints& hints);

// What the rule book asks.
int chain_severity(const Alert& alert, const SeverityHints& hints);
int download_severity(const Alert& alert, const SeverityHints& hints);
int fileless_severity(const Alert& alert, const SeverityHints& hints);
int talking_severity(const Alert& alert, const SeverityHints& hints);
int missing_image_severity(const Alert& alert, const SeverityHints& hints);
int denied_severity(const Alert& alert, const SeverityHints& hints);

} // namespace davylamp
