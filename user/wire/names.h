// SPDX-License-Identifier: Apache-2.0
// The ABI's numbers by name, as JSON, alerts and reports spell them. A number that this build does
// not know is "unknown"; who prints it shows the number beside it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "davylamp/abi/numbers.h"
#include "davylamp/abi/records.h"

namespace davylamp {

inline constexpr std::string_view kUnknownName = "unknown";

namespace names {

struct Row {
    std::uint32_t number;
    std::string_view name;
};

inline constexpr Row kVerdicts[] = {
    {DAVY_ALLOW, "allow"},
    {DAVY_ALERT, "alert"},
    {DAVY_DENY, "deny"},
    {DAVY_KILL, "kill"},
};

inline constexpr Row kModes[] = {
    {DAVY_MODE_OFF, "off"},
    {DAVY_MODE_MONITOR, "monitor"},
    {DAVY_MODE_BLOCK, "block"},
    {DAVY_MODE_KILL, "kill"},
};

inline constexpr Row kCertainties[] = {
    {0, "none"},
    {DAVY_POSSIBLE, "possible"},
    {DAVY_CERTAIN, "certain"},
};

inline constexpr Row kDetections[] = {
    {DAVY_DETECTION_NONE, "none"},
    {DAVY_DETECTION_CHAIN, "chain"},
    {DAVY_DETECTION_IMAGE, "image"},
    {DAVY_DETECTION_STRATUM, "stratum"},
};

#define DAVY_RULE_ROW(constant, number, code) {constant, code},
inline constexpr Row kRules[] = {{DAVY_RULE_NONE, "none"}, DAVY_RULES(DAVY_RULE_ROW)};
#undef DAVY_RULE_ROW

inline constexpr Row kBackends[] = {
    {DAVY_BACKEND_PORTABLE, "portable"},
    {DAVY_BACKEND_FMOD_RET, "fmod_ret"},
    {DAVY_BACKEND_LSM, "lsm"},
};

inline constexpr Row kFamilies[] = {
    {DAVY_FAMILY_NONE, "none"},
    {DAVY_FAMILY_SHELL, "shell"},
    {DAVY_FAMILY_PYTHON, "python"},
    {DAVY_FAMILY_PERL, "perl"},
    {DAVY_FAMILY_RUBY, "ruby"},
    {DAVY_FAMILY_NODE, "node"},
    {DAVY_FAMILY_PHP, "php"},
    {DAVY_FAMILY_LUA, "lua"},
    {DAVY_FAMILY_MULTICALL, "multicall"},
    {DAVY_FAMILY_LOADER, "loader"},
    {DAVY_FAMILY_AWK, "awk"},
    {DAVY_FAMILY_TCL, "tcl"},
    {DAVY_FAMILY_MAKE, "make"},
    {DAVY_FAMILY_JAVA, "java"},
    {DAVY_FAMILY_INPUT, "input"},
    {DAVY_FAMILY_OTHER, "other"},
};

inline constexpr Row kDialects[] = {
    {DAVY_DIALECT_NONE, "none"},
    {DAVY_DIALECT_BITCOIN, "bitcoin"},
    {DAVY_DIALECT_CRYPTONOTE, "cryptonote"},
    {DAVY_DIALECT_ETHEREUM, "ethereum"},
};

inline constexpr Row kDirections[] = {
    {DAVY_TO_SERVER, "to_server"},
    {DAVY_TO_CLIENT, "to_client"},
};

inline constexpr Row kSources[] = {
    {DAVY_SOURCE_NONE, "none"},
    {DAVY_SOURCE_CONNECT, "connect"},
    {DAVY_SOURCE_FED, "fed"},
    {DAVY_SOURCE_SOCKET, "socket"},
    {DAVY_SOURCE_FILE, "file"},
    {DAVY_SOURCE_TEXT, "text"},
    {DAVY_SOURCE_ONE_LINER, "one_liner"},
    {DAVY_SOURCE_ACCEPTED, "accepted"},
};

inline constexpr Row kWriters[] = {
    {DAVY_WRITER_NONE, "none"},     {DAVY_WRITER_PROGRAM, "program"},
    {DAVY_WRITER_SHELL, "shell"},   {DAVY_WRITER_ONE_LINER, "one_liner"},
    {DAVY_WRITER_SCRIPT, "script"},
};

inline constexpr Row kPoolMatches[] = {
    {DAVY_POOL_NONE, "none"},
    {DAVY_POOL_ADDRESS, "address"},
    {DAVY_POOL_PORT, "port"},
    {DAVY_POOL_ANSWER, "answer"},
    {DAVY_POOL_SERVER_NAME, "server-name"},
    {DAVY_POOL_ALPN, "alpn"},
    {DAVY_POOL_PROXY_NAME, "proxy-name"},
    {DAVY_POOL_PROXY_ADDRESS, "proxy-address"},
    {DAVY_POOL_QUESTION, "question"},
    {DAVY_POOL_PROVEN, "proven"},
};

inline constexpr Row kWraps[] = {
    {DAVY_WRAP_NONE, "none"},
    {DAVY_WRAP_SOCKS4, "socks4"},
    {DAVY_WRAP_SOCKS5, "socks5"},
    {DAVY_WRAP_CONNECT, "connect"},
    {DAVY_WRAP_WEBSOCKET, "websocket"},
    {DAVY_WRAP_TLS, "tls"},
    {DAVY_WRAP_DNS, "dns"},
};

inline constexpr Row kDescriptors[] = {
    {DAVY_FD_OTHER, "other"},
    {DAVY_FD_PIPE, "pipe"},
    {DAVY_FD_INET, "inet"},
};

inline constexpr Row kOutcomes[] = {
    {DAVY_OUTCOME_KILLED, "killed"},
    {DAVY_OUTCOME_GONE, "gone"},
    {DAVY_OUTCOME_SPARED, "spared"},
    {DAVY_OUTCOME_FAILED, "failed"},
    {DAVY_OUTCOME_SOCKET_DESTROYED, "socket_destroyed"},
    {DAVY_OUTCOME_OUT_OF_REACH, "out_of_reach"},
};

inline constexpr Row kLosses[] = {
    {DAVY_LOSS_ALERT_RING, "alert_ring"},
    {DAVY_LOSS_TELEMETRY_RING, "telemetry_ring"},
    {DAVY_LOSS_PIPE_MAP, "pipe_map"},
    {DAVY_LOSS_IMAGE_MAP, "image_map"},
    {DAVY_LOSS_PENDING_MAP, "pending_map"},
    {DAVY_LOSS_STORAGE, "storage"},
    {DAVY_LOSS_PAYLOAD, "payload"},
    {DAVY_LOSS_SIGNAL, "signal"},
    {DAVY_LOSS_WALK, "walk"},
    {DAVY_LOSS_FED_MAP, "fed_map"},
    {DAVY_LOSS_ROLE_MAP, "role_map"},
    {DAVY_LOSS_FED_FILE, "fed_file"},
    {DAVY_LOSS_FED_TEXT, "fed_text"},
};

inline constexpr Row kDids[] = {
    {DAVY_DID_REFUSE, "refuse"},
    {DAVY_DID_DROP, "drop"},
    {DAVY_DID_KILL_CURRENT, "kill_current"},
    {DAVY_DID_KILL_PEER, "kill_peer"},
    {DAVY_DID_STOP_CURRENT, "stop_current"},
    {DAVY_DID_STOP_PEER, "stop_peer"},
    {DAVY_DID_NO_ROAD, "no_road"},
    {DAVY_DID_AGAIN, "again"},
    {DAVY_DID_FAIL, "fail"},
};

inline constexpr Row kAllowFlags[] = {
    {DAVY_FACTS_GATHERED, "gathered"},
    {DAVY_FACTS_NAMED, "named"},
    {DAVY_FACTS_CGROUP_CUT, "cgroup_cut"},
};
inline constexpr Row kImageFlags[] = {
    {DAVY_IMAGE_MEMFD, "memfd"},       {DAVY_IMAGE_UNHASHED, "unhashed"},
    {DAVY_IMAGE_EXEMPT, "exempt"},     {DAVY_IMAGE_REPLACED, "replaced"},
    {DAVY_IMAGE_NAME_CUT, "name_cut"}, {DAVY_IMAGE_RUNNING, "running"},
    {DAVY_IMAGE_LOADER, "loader"},     {DAVY_IMAGE_LOADED, "loaded"},
    {DAVY_IMAGE_SCRIPT, "script"},     {DAVY_IMAGE_BEFORE_US, "before_us"},
    {DAVY_IMAGE_TAKEN, "taken"},       {DAVY_IMAGE_SEALED, "sealed"},
    {DAVY_IMAGE_DENIED, "denied"},
};
inline constexpr Row kPlaceFlags[] = {
    {DAVY_PLACE_PIDS, "pids"},         {DAVY_PLACE_MOUNTS, "mounts"},
    {DAVY_PLACE_NETWORK, "network"},   {DAVY_PLACE_USERS, "users"},
    {DAVY_PLACE_ROOT, "root"},         {DAVY_PLACE_CGROUP_CUT, "cgroup_cut"},
    {DAVY_PLACE_PATH_CUT, "path_cut"},
};
inline constexpr Row kStateFlags[] = {
    {DAVY_STATE_NET_FED, "net_fed"},
    {DAVY_STATE_STARTER, "starter"},
    {DAVY_STATE_INITS_CGROUP, "inits_cgroup"},
};

inline constexpr Row kEvidenceFlags[] = {
    {DAVY_EVIDENCE_IMAGE, "image"},
    {DAVY_EVIDENCE_WHOLE, "whole"},
    {DAVY_EVIDENCE_ERROR, "error"},
};

template <std::size_t N>
constexpr std::string_view find(const Row (&table)[N], std::uint32_t number)
{
    for (const Row& row : table) {
        if (row.number == number)
            return row.name;
    }
    return kUnknownName;
}

// The names of the bits set, lowest first. Bits without a name together are one "unknown".
template <std::size_t N>
std::vector<std::string_view> bits(const Row (&table)[N], std::uint32_t value)
{
    std::vector<std::string_view> out;
    for (const Row& row : table) {
        if (value & row.number)
            out.push_back(row.name);
        value &= ~row.number;
    }
    if (value != 0)
        out.push_back(kUnknownName);
    return out;
}

} // namespace names

// "allow", "alert", "deny", "kill"
constexpr std::string_view verdict_name(std::uint32_t verdict)
{
    return names::find(names::kVerdicts, verdict);
}

// "off", "monitor", "block", "kill"
constexpr std::string_view mode_name(std::uint32_t mode)
{
    return names::find(names::kModes, mode);
}

// "possible", "certain"; "none" for 0
constexpr std::string_view certainty_name(std::uint32_t certainty)
{
    return names::find(names::kCertainties, certainty);
}

// "chain", "image", "stratum"; "none" for 0
constexpr std::string_view detection_name(std::uint32_t detection)
{
    return names::find(names::kDetections, detection);
}

// "portable", "fmod_ret", "lsm"
constexpr std::string_view backend_name(std::uint32_t backend)
{
    return names::find(names::kBackends, backend);
}

// The event code: "CHAIN-001"; "none" for 0
constexpr std::string_view rule_code(std::uint32_t rule)
{
    return names::find(names::kRules, rule);
}

// "shell", "python" …; "none" for 0
constexpr std::string_view family_name(std::uint32_t family)
{
    return names::find(names::kFamilies, family);
}

// "bitcoin", "cryptonote", "ethereum"; "none" for 0
constexpr std::string_view dialect_name(std::uint32_t dialect)
{
    return names::find(names::kDialects, dialect);
}

// "to_server", "to_client"
constexpr std::string_view direction_name(std::uint32_t direction)
{
    return names::find(names::kDirections, direction);
}

// Who wrote a file: "program", "shell", "one_liner", "script"; "none" for 0
constexpr std::string_view writer_name(std::uint32_t writer)
{
    return names::find(names::kWriters, writer);
}

// Where a chain begins: "connect", "fed", "socket" …; "none" for 0
constexpr std::string_view source_name(std::uint32_t source)
{
    return names::find(names::kSources, source);
}

// What a flow is wrapped in: "socks4", "socks5", "connect" (HTTP CONNECT), "websocket", "tls",
// "dns"; "none" for 0
constexpr std::string_view wrap_name(std::uint32_t wrap)
{
    return names::find(names::kWraps, wrap);
}

// "address", "port", "answer" …; "none" for 0
constexpr std::string_view pool_match_name(std::uint32_t match)
{
    return names::find(names::kPoolMatches, match);
}

// What a descriptor is: "other", "pipe", "inet"
constexpr std::string_view descriptor_name(std::uint32_t kind)
{
    return names::find(names::kDescriptors, kind);
}

// "killed", "gone", "spared", "failed", "socket_destroyed"
constexpr std::string_view outcome_name(std::uint32_t outcome)
{
    return names::find(names::kOutcomes, outcome);
}

// An index of davy_event_loss.count: "alert_ring", "telemetry_ring" …
constexpr std::string_view loss_name(std::uint32_t reason)
{
    return names::find(names::kLosses, reason);
}

// What was done, a name for each bit of DAVY_DID_*: {"refuse", "kill_peer"}
inline std::vector<std::string_view> did_names(std::uint16_t did)
{
    return names::bits(names::kDids, did);
}

// A name for each bit of DAVY_IMAGE_*: {"memfd", "unhashed"}
inline std::vector<std::string_view> image_flag_names(std::uint16_t flags)
{
    return names::bits(names::kImageFlags, flags);
}

} // namespace davylamp
