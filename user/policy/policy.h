// SPDX-License-Identifier: Apache-2.0
// The policy: what is detected, in which mode, with which lists. One JSON file (comments allowed)
// over built-in defaults, so that none is needed.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/own_path.h"
#include "base/result.h"
#include "davylamp/abi/numbers.h"

namespace davylamp {

enum class Mode : std::uint8_t {
    off = DAVY_MODE_OFF,
    monitor = DAVY_MODE_MONITOR,
    block = DAVY_MODE_BLOCK,
    kill = DAVY_MODE_KILL,
};
std::string_view mode_name(Mode mode);
Result<Mode> parse_mode(std::string_view text); // error.where is left empty

// An address or CIDR; bits counts in the 128-bit space (IPv4 is mapped: prefix + 96).
struct Prefix {
    std::array<std::uint8_t, 16> address{}; // host bits are zero
    std::uint32_t bits = 128;
    std::string note; // why it is listed; shown in the alert

    bool operator==(const Prefix&) const = default;
};
struct Port {
    std::uint16_t port = 0; // host byte order
    std::string note;

    bool operator==(const Port&) const = default;
};
// A domain: stands for that host and for every host below it.
struct PoolName {
    std::string name; // lower case
    std::string note;

    bool operator==(const PoolName&) const = default;
};
// A file of addresses and domains (policy/pool_list.h).
struct PoolList {
    std::string file; // absolute path
    std::string note;

    bool operator==(const PoolList&) const = default;
};
struct Interpreter {
    std::string name;         // file name, e.g. "bash"; a version suffix (python3.11) is understood
    std::uint16_t family = 0; // DAVY_FAMILY_*

    bool operator==(const Interpreter&) const = default;
};

struct AllowUser {
    std::string name;                 // empty where a number was given
    std::optional<std::uint32_t> uid; // where one was

    bool operator==(const AllowUser&) const = default;
};

// A chain that is wanted. Conditions are joined by AND, the values of one by OR; an empty list is
// no condition, and a rule has one at least.
struct AllowRule {
    std::vector<Prefix> to;
    std::vector<std::string> names; // lower case; ".example.org" is what lies below it
    std::vector<AllowUser> users;
    std::vector<std::string> cgroups;      // paths from the hierarchy's root; those below count too
    std::vector<std::string> parents;      // absolute paths of images
    std::vector<std::string> interpreters; // the same, or names of the interpreter list
    std::string owner, reason;
    std::string expires;         // as written
    std::uint64_t expires_s = 0; // since 1970, UTC; 0: never

    bool operator==(const AllowRule&) const = default;
};

// What is saved of a process before it is ended.
struct EvidencePolicy {
    std::string folder;                // absolute path; empty: nothing is saved
    std::uint32_t max_image_mb = 64;   // MiB
    std::uint32_t max_total_mb = 1024; // MiB, of the folder
    std::uint32_t timeout_ms = 2000;   // of one capture

    bool operator==(const EvidencePolicy&) const = default;
};

struct Policy {
    std::string source = "built-in"; // or the file's path
    Mode chain = Mode::monitor;
    Mode image = Mode::monitor;
    Mode stratum = Mode::monitor;

    std::vector<Interpreter> interpreters; // in the order of the families, each name once
    std::vector<AllowRule> allow;          // chains that are wanted; the first that matches decides
    std::vector<Prefix> resolvers;         // whose DNS answers count; empty: those of the host
    std::uint32_t chain_window_s = 600;    // how long a download counts against who runs it; 0: not
    std::vector<std::string> installers;   // absolute paths; what they write is no download
    std::vector<std::string> remote_admin; // absolute paths; what they accept is an administrator's
    std::vector<std::string> package_managers; // absolute paths; may replace running images
    std::vector<std::string> fileless_allowed; // absolute paths; it and its sealed copies
    std::vector<std::string> image_deny;       // absolute paths of files that may not run
    std::uint32_t image_sweep_s = 5; // between two looks for processes without an image; 0: none
    std::vector<Prefix> pool_addresses;
    std::vector<Port> pool_ports;
    bool pool_ports_refuse = false; // a bare port convicts
    std::vector<PoolName> pool_names;
    std::vector<std::string> pool_alpn;  // protocol names of TLS that convict, byte by byte
    std::vector<PoolList> pool_lists;    // their entries come behind pool_addresses and pool_names
    std::vector<std::string> never_kill; // absolute paths of images
    EvidencePolicy evidence;

    Mode mode_of(std::uint16_t detection) const; // DAVY_DETECTION_*
    void override_mode(Mode mode);               // --mode: every detection that is not off

    bool operator==(const Policy&) const = default;
};

bool asks_for_names(const Policy& policy); // some allow rule does: DNS answers must be watched

Policy default_policy();
// Reads FILE over the defaults. Unknown keys, wrong types, impossible values: an error that names
// file:line, the path in the document and the mend. Nothing is half-applied. What a sensor obeys is
// read with Trust::ours.
Result<Policy> load_policy(const std::string& path, Trust trust = Trust::anybody);
// The same from text; `name` stands for the file in errors.
Result<Policy> parse_policy(std::string_view text, const std::string& name);
// The effective policy as JSON that load_policy() reads back to the same policy.
std::string policy_json(const Policy& policy);

// The folder for evidence, checked as far as its text goes; empty is one. Shared with the command
// line. error.where is left empty.
Result<std::string> parse_evidence_folder(std::string_view text);

// "10.0.0.0/8", "2001:db8::1": shared with the command line. error.where is left empty.
Result<Prefix> parse_prefix(std::string_view text);
// The text that parse_prefix() reads back: IPv4 in dots, and no "/32" or "/128" behind an address.
std::string prefix_text(const Prefix& prefix);

} // namespace davylamp
