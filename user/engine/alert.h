// SPDX-License-Identifier: Apache-2.0
// A finding, explained: what the engine makes of one record of the alert ring and of all it knows
// of the processes in it. Plain data, values and no sentences: report/ turns it into text or OCSF.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "davylamp/abi/records.h"
#include "engine/findings.h"
#include "engine/process_info.h"

namespace davylamp {

// What the hook was asked to let through.
enum class Operation : std::uint8_t {
    unknown, // to this version
    connect,
    exec,
    code,
    removal,
    packet,
    process, // none was asked for: the process itself
};

// What a process is in a finding.
enum class Role : std::uint8_t {
    interpreter,
    program,
    downloader,
    stage,
    process,
    parent,
    victim,
    remover,
    owner,
    writer,
    holder,
    miner,
};

struct AlertParty {
    Role role = Role::process;
    ProcessInfo process;
    std::vector<ProcessInfo> ancestors; // parent first, by lineage (survives re-parenting)
};

struct Alert {
    std::uint64_t sequence = 0; // 1, 2, … of this run
    std::uint64_t time_ns = 0;  // CLOCK_BOOTTIME
    std::uint64_t incident = 0; // the same for all alerts of one lineage
    std::uint64_t repeats = 0;  // how often the same finding came before this one
    davy_decision decision{};
    std::uint32_t verdict = 0; // DAVY_ALERT … DAVY_KILL
    // What was found; nothing where this version does not know the rule.
    std::variant<std::monostate, ChainFinding, ImageFinding, StratumFinding, PoolFinding> finding;
    std::uint16_t kind = 0;          // DAVY_EVENT_* of the record
    int severity = 0;                // OCSF severity_id: 1 Info … 5 Critical
    std::vector<AlertParty> parties; // the process that matters first
    davy_flow flow{};                // family 0: none
    std::string payload;             // Stratum: the convicting bytes, raw
    davy_allow_facts allow{}; // CHAIN: what the allow rules were judged on; flags 0: not known
    std::string policy_note;  // the row's note, where a row decided
    Operation operation = Operation::unknown;
    davy_process_id current{};            // who was in the hook; tgid 0: nobody
    bool would_block = false;             // monitor: in block mode the operation would be refused
    std::vector<davy_process_id> to_kill; // left to userspace: condemned() of the record
    // Condemned, and another user's, whom the one who caused it could not have signalled.
    std::vector<davy_process_id> left_alive;
};

} // namespace davylamp
