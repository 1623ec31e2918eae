// SPDX-License-Identifier: Apache-2.0
#include "report/attack_table.h"

#include <algorithm>
#include <string>

namespace davylamp {

namespace {

constexpr AttackName kAccess = {"TA0001", "Initial Access"};
constexpr AttackName kExecution = {"TA0002", "Execution"};
constexpr AttackName kStealth = {"TA0005", "Stealth"};
constexpr AttackName kCommand = {"TA0011", "Command and Control"};
constexpr AttackName kImpact = {"TA0040", "Impact"};
constexpr AttackName kScript = {"T1059", "Command and Scripting Interpreter"};

constexpr AttackRow kPublicFacing = {kAccess, {"T1190", "Exploit Public-Facing Application"}};
constexpr AttackRow kToolTransfer = {kCommand, {"T1105", "Ingress Tool Transfer"}};
constexpr AttackRow kScripting = {kExecution, kScript};
constexpr AttackRow kUnixShell = {kExecution, kScript, {"T1059.004", "Unix Shell"}};
constexpr AttackRow kPython = {kExecution, kScript, {"T1059.006", "Python"}};
constexpr AttackRow kJavaScript = {kExecution, kScript, {"T1059.007", "JavaScript"}};
constexpr AttackRow kLua = {kExecution, kScript, {"T1059.011", "Lua"}};
constexpr AttackRow kMaliciousFile = {
    kExecution, {"T1204", "User Execution"}, {"T1204.002", "Malicious File"}};
constexpr AttackRow kReflective = {kStealth, {"T1620", "Reflective Code Loading"}};
constexpr AttackRow kFileDeletion = {
    kStealth, {"T1070", "Indicator Removal"}, {"T1070.004", "File Deletion"}};
constexpr AttackRow kMasquerade = {
    kStealth, {"T1036", "Masquerading"}, {"T1036.004", "Masquerade Task or Service"}};
constexpr AttackRow kHijacking = {
    kImpact, {"T1496", "Resource Hijacking"}, {"T1496.001", "Compute Hijacking"}};
constexpr AttackRow kOddPort = {kCommand, {"T1571", "Non-Standard Port"}};

struct Interpreter {
    std::string_view family; // as family_name() spells it
    const AttackRow* row;
};
constexpr Interpreter kInterpreters[] = {
    {"shell", &kUnixShell}, {"multicall", &kUnixShell},
    {"python", &kPython},   {"node", &kJavaScript},
    {"lua", &kLua},
};

std::string_view fact_of(const Alert& alert, std::string_view name)
{
    for (const auto& [key, value] : alert.facts) {
        if (key == name)
            return value;
    }
    return {};
}

const AttackRow* interpreter_row(const Alert& alert)
{
    std::string_view family = fact_of(alert, "interpreter");
    for (const Interpreter& row : kInterpreters) {
        if (row.family == family)
            return row.row;
    }
    return &kScripting;
}

// "[kworker/0:1]": kernel threads alone are shown in brackets, and they run no image.
bool poses_as_kernel_thread(const AlertParty& party)
{
    auto bracketed = [](const std::string& name) {
        return name.size() > 2 && name.front() == '[' && name.find(']') != name.npos;
    };
    const ProcessInfo& process = party.process;
    return bracketed(process.comm) || bracketed(process.image_name) ||
           (!process.args.empty() && bracketed(process.args.front()));
}

// T1571 is a protocol on a port that belongs to another one. Stratum has no port of its own, so it
// is the ports of others that count: the system's (RFC 6335, 6) and the second web ports.
bool belongs_to_another(std::uint16_t port)
{
    return port != 0 && (port < 1024 || port == 8080 || port == 8443);
}

// Whether the flow's port is one that a pool's protocol is spoken on: a listed address and Stratum
// itself. A port that is the finding says nothing more, a proxy's port is the proxy's, and to a
// name TLS may go by its own port.
bool speaks_there(const Alert& alert)
{
    return alert.decision.rule == DAVY_RULE_STRATUM_PAYLOAD ||
           (alert.decision.rule == DAVY_RULE_STRATUM_POOL &&
            fact_of(alert, "match") != "proxy-address");
}

} // namespace

std::vector<const AttackRow*> attack_rows(const Alert& alert)
{
    std::vector<const AttackRow*> rows;
    if (!fact_of(alert, "network service").empty())
        rows.push_back(&kPublicFacing);
    switch (alert.decision.rule) {
    case DAVY_RULE_CHAIN_PIPE:
    case DAVY_RULE_CHAIN_FILE:
    case DAVY_RULE_CHAIN_TEXT:
    case DAVY_RULE_CHAIN_ONE_LINER:
        rows.push_back(&kToolTransfer);
        rows.push_back(interpreter_row(alert));
        break;
    case DAVY_RULE_CHAIN_SOCKET: rows.push_back(interpreter_row(alert)); break;
    case DAVY_RULE_IMAGE_FILELESS: rows.push_back(&kReflective); break;
    case DAVY_RULE_IMAGE_DENIED: rows.push_back(&kMaliciousFile); break;
    case DAVY_RULE_IMAGE_TALKING:
    case DAVY_RULE_IMAGE_FOUND:
    case DAVY_RULE_IMAGE_STARTING:
        rows.push_back(fact_of(alert, "kind") == "memfd" ? &kReflective : &kFileDeletion);
        break;
    case DAVY_RULE_IMAGE_REMOVED: rows.push_back(&kFileDeletion); break;
    case DAVY_RULE_STRATUM_PAYLOAD:
    case DAVY_RULE_STRATUM_POOL:
    case DAVY_RULE_STRATUM_PORT:
    case DAVY_RULE_STRATUM_NAME:
    case DAVY_RULE_STRATUM_QUESTION:
        rows.push_back(&kHijacking);
        if (speaks_there(alert) && belongs_to_another(alert.flow.remote_port))
            rows.push_back(&kOddPort);
        break;
    default: break;
    }
    if (std::any_of(alert.parties.begin(), alert.parties.end(), poses_as_kernel_thread))
        rows.push_back(&kMasquerade);
    return rows;
}

} // namespace davylamp
